"""The page on adding an import format, followed on a copy of the code: files of the format are imported."""

import json
import sys
from pathlib import Path

from tests.docs.code_copy import CodeCopy
from tests.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "how-to" / "maintain" / "add-an-import-format.md"
MODULE = "api/importing/formats/phoenix.py"
TEST = "tests/unit/api/importing/test_phoenix.py"


def test_a_format_is_added_as_the_page_says(tmp_path: Path) -> None:
    copy = CodeCopy(PAGE, tmp_path)
    copy.write(MODULE)
    copy.change(0)
    copy.write(TEST)
    copy.lint("api/importing/formats", TEST)
    copy.test(TEST, "tests/unit/api/importing/test_formats.py", "tests/unit/api/importing/formats")

    (typed,) = blocks(PAGE, "sh")
    shell = f"""
set -euo pipefail
export DETENTE_DATABASE_URL="sqlite:///{tmp_path}/phoenix.db"
detente() {{ "{sys.executable}" -m api.cli "$@"; }}
exec > summaries
"""
    copy.run("bash", "-c", shell + typed.code)

    printed = (tmp_path / "summaries").read_text("utf-8")
    first, again = json.loads("[" + printed.replace("}\n{", "},{") + "]")
    assert (first["read"], first["imported"], first["articles"]) == (4, 3, 1)
    assert first["reasons"] == {"unknown-cameo": 1}
    assert (again["read"], again["duplicates"]) == (4, 3)
    assert "'???' is not a CAMEO code" in (tmp_path / "rejected.tsv").read_text("utf-8")
