"""What it takes to build history, by processes of this machine and by Spark, beside a rebuild of the same log."""
