"""`make history-test`: history built by two executors of a real Spark, compared with what a rebuild makes."""
