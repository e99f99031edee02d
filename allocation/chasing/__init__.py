"""Who is told of an audit that is late, and when."""
