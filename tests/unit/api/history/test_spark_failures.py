"""What happened, as found in what Spark says."""

import pytest

from api.history.spark_failures import cause_in, refusal_in

OF_A_TASK = """An exception was thrown from the Python worker. Please see the stack trace below.
Traceback (most recent call last):
  File "/opt/api/history/task_outputs.py", line 60, in _flush
    self._place.add(part, stored)
domain.log.archives.manifest.ArchiveRefused: /history: No space left on device; nothing was published
"""
OF_JAVA = """An error occurred while calling o55.sql.
: org.apache.spark.SparkException: Exception thrown in awaitResult: Job aborted
\tat org.apache.spark.util.ThreadUtils$.awaitResult(ThreadUtils.scala:53)
Caused by: java.io.IOException: No space left on device.
\tat java.base/java.io.FileOutputStream.writeBytes(Native Method)
"""


def test_what_a_task_refused_is_told_from_what_failed() -> None:
    assert refusal_in(OF_A_TASK) == "/history: No space left on device; nothing was published"
    assert refusal_in(OF_JAVA) is None


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        (OF_JAVA, "java.io.IOException: No space left on device"),
        (
            "[PATH_NOT_FOUND] Path does not exist: file:/archive.\nIt is gone.",
            "[PATH_NOT_FOUND] Path does not exist: file:/archive",
        ),
        ("\njava.net.ConnectException: Connection refused\n", "java.net.ConnectException: Connection refused"),
    ],
)
def test_the_cause_is_one_line(said: str, cause: str) -> None:
    assert cause_in(said) == cause
