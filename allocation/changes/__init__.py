"""What happens to a published month: exemptions, extensions, swaps, replacements, places and what needs attention."""
