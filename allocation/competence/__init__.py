"""Who may audit with which form: learning, looked at by others, signed off."""
