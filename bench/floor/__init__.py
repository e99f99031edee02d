"""The floors: what the bench's pages cost in bare Django, with nothing of the product but its tables."""
