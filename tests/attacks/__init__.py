"""What a hostile client sends, and what it may cost: bounded in memory, work and bytes. See docs/security.md."""
