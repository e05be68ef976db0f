"""A process that is forked and waits: when it begins, how it ends, and where there is none."""

import os
import subprocess
import sys
import textwrap

from tests.coverage import counting

_BEGINNING = """
import atexit, os, sys, threading, time
from tests import store_what_was_run_through
atexit.register(store_what_was_run_through)
from api.running.forked_process import fork_waiting

def task(read_end):
    print("begun", flush=True)
    while os.read(read_end, 1):
        pass
    print("told to end", flush=True)
"""


def said(script: str) -> list[str]:
    """Return the lines of a process of its own: that of the tests has threads."""
    text = _BEGINNING + textwrap.dedent(script)
    counted = {**os.environ, **counting.environment()}
    done = subprocess.run([sys.executable, "-c", text], env=counted, capture_output=True, text=True, check=True)
    return [*done.stdout.splitlines(), *done.stderr.splitlines()]


def test_it_begins_once_something_is_written_and_ends_when_nobody_can_write() -> None:
    assert said("""
        process = fork_waiting(task)
        print(process.poll(), flush=True)
        process.stdin.write(b"x")
        process.stdin.close()
        print(process.wait(), process.poll(), flush=True)
    """) == ["None", "begun", "told to end", "0 0"]


def test_it_does_nothing_where_nothing_is_ever_written() -> None:
    assert said("""
        process = fork_waiting(task)
        process.stdin.close()
        print(process.wait(), flush=True)
    """) == ["0"]


def test_one_that_fails_says_so_and_goes_on_with_nothing_of_its_caller() -> None:
    lines = said("""
        def failing(read_end):
            raise ValueError("no folder")
        try:
            process = fork_waiting(failing)
            process.stdin.write(b"x")
            print(process.wait(), flush=True)
        finally:
            print("the caller's end", flush=True)
    """)
    assert lines[:2] == ["1", "the caller's end"]
    assert lines[2] == "the process failed"
    assert lines[-1] == "ValueError: no folder"


def test_one_that_is_killed_has_the_signal_as_its_status() -> None:
    assert said("""
        process = fork_waiting(task)
        process.kill()
        print(process.wait())
        process.kill()
    """) == ["-9"]


def test_a_process_with_threads_is_not_forked() -> None:
    assert said("""
        end = threading.Event()
        threading.Thread(target=end.wait).start()
        print(fork_waiting(task))
        end.set()
    """) == ["None"]
