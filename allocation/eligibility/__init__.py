"""Which cases and which auditors are in a month's draw, who is kept from what, and the rules behind it."""
