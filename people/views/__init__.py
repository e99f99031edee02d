"""The pages about people, mail, activity and imports."""
