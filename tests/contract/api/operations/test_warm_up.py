"""What a service does before it serves: the first reader waits for none of it."""

from pathlib import Path

from tests.e2e.app_client import app_client


def test_who_is_who_is_known_before_the_first_reader_comes(tmp_path: Path) -> None:
    for _ in ("makes the tables, and loads the seeds", "finds both"):
        with app_client(tmp_path, settings={"projector": "none"}) as client:
            log = client.app.state.service.log
            directory = log.directory_if_seen(log.position())
            assert directory is not None
            assert directory.names["RUS"] == "Russia"
