"""The draw itself, pure: what goes in, how it is worked out, what comes out and how it is written down."""
