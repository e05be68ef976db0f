"""The tests. What they run through is counted from before the first import of it, if that is asked for."""

from typing import Final

from tests.coverage.counting import begin

store_what_was_run_through: Final = begin()
