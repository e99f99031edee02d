"""Grades and what follows from them: pure Python, no Django, no database, no clock."""
