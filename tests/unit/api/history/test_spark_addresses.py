"""Addresses as Spark knows them."""

from pathlib import Path

import pytest

from api.history.spark_addresses import address_anywhere, spark_address


@pytest.mark.parametrize(
    ("address", "to_spark"),
    [
        ("/archives/log", "file:/archives/log"),
        ("s3://bucket/log", "s3a://bucket/log"),
        ("/archives/[2020]/l*g?", r"file:/archives/\[2020\]/l\*g\?"),
        ("s3://bucket/{a}", r"s3a://bucket/\{a\}"),
        ("/a\\b", r"file:/a\\b"),
    ],
)
def test_an_address_means_only_itself_to_spark(address: str, to_spark: str) -> None:
    assert spark_address(address) == to_spark


def test_an_address_means_the_same_wherever_a_task_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert address_anywhere("log") == f"{tmp_path}/log"
    assert address_anywhere("/archives/log") == "/archives/log"
    assert address_anywhere("s3://bucket/log") == "s3://bucket/log"
