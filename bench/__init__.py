"""What must be fast, measured beside bare-Django floors: `make bench`."""
