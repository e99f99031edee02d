"""What comes after an audit."""
