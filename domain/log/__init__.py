"""Where facts are kept: commands, reading, the databases, backups of the log, and how domain events are stored."""
