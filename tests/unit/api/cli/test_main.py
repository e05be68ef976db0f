import subprocess
import sys
from typing import Any

import pytest
from typer.main import get_command

from api.cli.main import command_line


def commands(first_word: str = "") -> dict[str, Any]:
    found: dict[str, Any] = vars(get_command(command_line(first_word)))["commands"]
    return found


@pytest.mark.parametrize("name", ["import", "key"])
def test_of_a_command_that_is_asked_for_no_other_is_loaded(name: str) -> None:
    assert list(commands(name)) == [name]


@pytest.mark.parametrize("word", ["", "--help", "imp"])
def test_what_is_no_command_gets_the_list_of_all(word: str) -> None:
    assert {"import", "serve", "key", "publisher"} <= commands(word).keys()


def test_an_import_does_not_wait_for_the_server_to_be_loaded() -> None:
    asked = "import sys, api.cli.main as main; main.command_line('import'); print('fastapi' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
