"""What is measured: each figure beside a peer's, taken in the same run, as a ratio."""
