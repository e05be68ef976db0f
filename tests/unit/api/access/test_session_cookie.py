"""The cookies of the pages."""

from typing import Any

import pytest

from api.access.session_cookie import SESSION, cookie_header, read_cookie


def request(*cookies: bytes, scheme: str = "http") -> dict[str, Any]:
    return {"scheme": scheme, "headers": [(b"cookie", each) for each in cookies]}


def test_a_cookie_is_for_no_script_and_of_other_sites_for_links_alone() -> None:
    assert cookie_header(request(), SESSION, "x") == "detente_session=x; Path=/; HttpOnly; SameSite=Lax"
    assert cookie_header(request(), SESSION, None).endswith("; Max-Age=0")


def test_by_https_a_cookie_is_sent_by_https_and_to_this_host_alone() -> None:
    secure = request(b"__Host-detente_session=x", scheme="https")
    assert cookie_header(secure, SESSION, "x").startswith("__Host-detente_session=x; Path=/; ")
    assert cookie_header(secure, SESSION, "x").endswith("; Secure")
    assert read_cookie(secure, SESSION) == "x"
    assert read_cookie(request(b"detente_session=x", scheme="https"), SESSION) is None


@pytest.mark.parametrize(
    ("cookies", "found"),
    [
        ([], None),
        ([b"a=1; detente_session=x; b=2"], "x"),
        ([b"a=1", b"detente_session=x"], "x"),
        ([b"detente_session=x; detente_session=y"], None),  # of two one was planted
        ([b"Xdetente_session=x"], None),
        ([b"a=" + b"1" * 5000 + b"; detente_session=x"], None),
        ([b"detente_session"], ""),
        ([b"\xff=\xff; detente_session=x"], "x"),
    ],
)
def test_one_cookie_of_the_name_is_read(cookies: list[bytes], found: str | None) -> None:
    assert read_cookie(request(*cookies), SESSION) == found
