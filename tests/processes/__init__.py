"""Tests that start real worker, beat and mail sender processes."""
