"""Commands that copy the log and put copies back: backups and archives."""
