"""Operations: health, metrics, traces, backups."""
