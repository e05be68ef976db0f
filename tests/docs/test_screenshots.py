"""The pictures of the desk in the docs are of the pages of today."""

import json

from tests.docs.screenshots import DIGESTS, IMAGES, PAGES, desk, digest_of


def test_each_picture_shows_its_page_as_it_is_now() -> None:
    shown = json.loads(DIGESTS.read_text())
    with desk() as client:
        today = {name: digest_of(client, path) for name, path in PAGES.items()}
    changed = sorted(name for name in PAGES if shown.get(name) != today[name])
    assert not changed, f"the pages look otherwise by now: make screenshots ({', '.join(changed)})"
    assert {path.stem for path in IMAGES.glob("*.png")} == PAGES.keys()
