"""Where SQL may stand: storage rooms alone speak to a database in its own words."""

import re
from pathlib import Path

import projections

ROOT = Path(projections.__file__).parent
OWN_WORDS = re.compile(r"exec_driver_sql|create_engine|\.cursor\b|\btext\(|paramstyle|dialect")


def test_queries_and_folding_leave_a_database_s_own_words_to_storage() -> None:
    files = [*(ROOT / "queries").rglob("*.py"), *(ROOT / "folding").rglob("*.py")]
    assert len(files) > 10
    assert [str(file.relative_to(ROOT)) for file in files if OWN_WORDS.search(file.read_text("utf-8"))] == []
