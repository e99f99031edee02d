"""Tests of the launcher and what set-up needs."""
