"""Templates made in the portal: drafts, files, comparing, publishing."""
