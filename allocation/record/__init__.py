"""The draw on record: its inputs frozen in the database and hashed, its result checked again."""
