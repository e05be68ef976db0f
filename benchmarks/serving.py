"""A server as it is served: with the settings that those get who set none, where tests have others."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from api.running.settings import Settings
from tests.server import ServerClient, running_code
from tests.zygote import ROOT

_SETTINGS: Final = ("projector", "wait_timeout", "request_timeout")


@contextmanager
def served(url: str) -> Iterator[ServerClient]:
    """Run `detente serve` on a database; yield a client of it."""
    usual = {f"DETENTE_{name.upper()}": str(Settings.model_fields[name].default) for name in _SETTINGS}
    with TemporaryDirectory() as folder, running_code(ROOT, url, Path(folder) / "server.log", **usual) as client:
        yield client
