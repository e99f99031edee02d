"""The launcher: embedded servers, the demo's processes, and what set-up needs."""
