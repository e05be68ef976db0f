"""What others agree on: reads of pairs without agreements, in a log that has many and in one that has none."""

from itertools import combinations
from pathlib import Path
from typing import Final

from benchmarks.lifelike.kept import KeptLog, make_one_region
from benchmarks.lifelike.making import ReportProgress
from benchmarks.lifelike.world import ALIGNMENTS, agreement_steps, code_of, pairs
from benchmarks.measurement import Measurement
from benchmarks.serving import cpu_seconds, served

_EVENTS: Final = 200_000
_DEVELOPMENTS: Final = 200_000
_PAIRS: Final = 400
_WITHOUT_TIES: Final = {code_of(rank) for rank in range(10, 75)}  # neither patrons nor clients


def measure_neighbours(folder: Path, report: ReportProgress) -> Measurement:
    """Measure the server's processor time for pairs, each for the first time, against a log without agreements."""
    many = make_one_region(_EVENTS, _DEVELOPMENTS, ALIGNMENTS, folder, report)
    none = make_one_region(_EVENTS, 0, 0, folder, report)
    ours, peer = _milliseconds(many), _milliseconds(none)
    name = f"GET of a pair, {_DEVELOPMENTS:,} developments of agreements and {ALIGNMENTS} alignments of others"
    return Measurement(name, "none in the log", "CPU ms", ours, peer, 1.2, is_limit=True)


def _milliseconds(kept: KeptLog) -> float:
    """Return the processor time for a pair, of those that have neither agreements nor ties in any log."""
    agreed = {pair for step in agreement_steps(_DEVELOPMENTS) for pair in combinations(step.parties, 2)}
    chosen = [pair for pair in pairs() if pair not in agreed and _WITHOUT_TIES.issuperset(pair)][:_PAIRS]
    with served(kept.url) as client:
        for a, b in pairs()[:50]:
            client.get(f"/v1/relations/{a}/{b}").raise_for_status()  # what a process reads once
        before = cpu_seconds(client.process_id)
        for a, b in chosen:
            client.get(f"/v1/relations/{a}/{b}").raise_for_status()
        return 1000 * (cpu_seconds(client.process_id) - before) / len(chosen)
