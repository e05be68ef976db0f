"""The `detente` command, for tests that run it as a person does."""

import os
import subprocess

from tests.zygote import run


def detente(database_url: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DETENTE_DATABASE_URL": database_url, "COLUMNS": "200", **settings}
    return run([*arguments], environment)
