"""After an audit is submitted: told, answered, disagreed with, moderated, acted on, verified."""
