"""Backups and redactions, on every kind of store: what is made afterwards holds no text, who restores is told."""

from pathlib import Path

from api.operations.backup import restore_backup, write_backup
from domain.redactions import RedactTexts
from tests.contract.api.operations.logs import opened, quietly
from tests.language import BY_ANN, clash, post, statement

NAME = "Jane Q. Public"


def test_a_backup_holds_no_redacted_text_and_one_from_before_is_restored_with_a_note(
    database_url: str, tmp_path: Path
) -> None:
    before, after = tmp_path / "before.backup", tmp_path / "after.backup"
    with opened(database_url) as service:
        service.log.post_article(post("told", statement(speaker=NAME)))
        service.log.post_article(post("other", clash(summary="kept")))
        write_backup(database_url, before, quietly)
        service.log.post_article(post("later", statement(speaker=NAME)))
        for article in ("told", "later"):
            service.log.redact(RedactTexts(article, None, (), "Asked.", BY_ANN))
        write_backup(database_url, after, quietly)
    assert NAME.encode() in before.read_bytes()
    assert NAME.encode() not in after.read_bytes()
    assert restore_backup(database_url, after, quietly, force=True).notes == ()
    (note,) = restore_backup(database_url, before, quietly, force=True).notes
    assert "text that was redacted since, of told: redact it again" in note
    with opened(database_url) as service:
        assert service.log.article("told").reports[1].speaker == NAME
        assert service.log.redact(RedactTexts("told", None, (), "Again.", BY_ANN)).outcome.changed
    assert restore_backup(database_url, after, quietly, force=True).notes == ()
