"""Exampleshire: an invented council with eighteen months of audits, made by the product's own functions."""
