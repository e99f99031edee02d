"""The forms of the pages about months: they validate and save nothing."""
