"""A month from its set-up to what was given out: designed, drawn, looked at, overridden, published, followed."""
