"""Sessions: their tokens, and when they are over."""

from datetime import UTC, datetime, timedelta

import pytest

from api.access.keys import Key, Scope
from api.access.sessions import IDLE, LONGEST, find_session, make_session, session_id_of, why_over

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
KEY = Key("0" * 12, "Desk", Scope.POST, "h", NOON)
KEYS = {KEY.id: KEY}


def test_a_session_is_found_by_its_token_alone() -> None:
    one, other = make_session(KEY, NOON), make_session(KEY, NOON)
    sessions = {made.session.id: made.session for made in (one, other)}

    assert one.token != other.token
    assert one.token.partition("_")[2] not in str(one.session)
    assert find_session(sessions, one.token) == one.session
    assert find_session(sessions, f"{one.session.id}_{other.token.partition('_')[2]}") is None
    assert find_session({}, one.token) is None


@pytest.mark.parametrize("text", ["", "x", "0" * 12, f"{'0' * 12}_{'0' * 63}", f" {'0' * 12}_{'0' * 64}", "é_"])
def test_what_has_no_tokens_form_is_none(text: str) -> None:
    assert session_id_of(text) is None
    assert find_session({}, text) is None


def test_a_session_ends_with_the_day_with_idleness_with_its_key_and_by_hand() -> None:
    session = make_session(KEY, NOON).session
    used = session._replace(last_used=NOON + LONGEST)
    tick = timedelta(microseconds=1)

    assert why_over(session, KEYS, NOON + IDLE - tick) is None
    assert "2 hours" in (why_over(session, KEYS, NOON + IDLE) or "")
    assert why_over(used, KEYS, NOON + LONGEST - tick) is None
    assert "12 hours" in (why_over(used, KEYS, NOON + LONGEST) or "")
    assert why_over(session._replace(ended=NOON), KEYS, NOON) == "it was ended"
    assert why_over(session, {KEY.id: KEY._replace(revoked=NOON)}, NOON) == "its key was revoked"
    assert why_over(session, {}, NOON) == "its key was revoked"
