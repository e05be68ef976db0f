"""Whatever an article contains, it stays text: it cannot script, restyle or leave the page."""

import pytest

from tests.e2e.pages.conftest import OpenPage
from tests.e2e.support import article, clash
from tests.server import ServerClient

TEXTS = (
    "<script>document.title='owned'</script>",
    "<ScRiPt SrC=//elsewhere.example/x.js></sCrIpT>",
    "</title><script>document.title='owned'</script>",
    "</textarea><script>document.title='owned'</script>",
    "</style><style>*{display:none}</style>",
    "<img src=x onerror=\"document.title='owned'\">",
    "<svg onload=\"document.title='owned'\"><script>document.title='owned'</script></svg>",
    "<body onload=\"document.title='owned'\">",
    "<iframe src='javascript:parent.document.title=1'></iframe>",
    "<iframe srcdoc=\"<script>parent.document.title='owned'</script>\"></iframe>",
    "<a href=\"javascript:document.title='owned'\">Reuters</a>",
    "javascript:document.title='owned'",
    '<base href="//elsewhere.example/">',
    '<meta http-equiv="refresh" content="0;url=//elsewhere.example/">',
    '<link rel="stylesheet" href="//elsewhere.example/x.css">',
    '<form action="//elsewhere.example/"><button autofocus>Go</button></form>',
    '<object data="data:text/html,<script>1</script>"></object>',
    '<embed src="//elsewhere.example/x">',
    '<math><mi xlink:href="javascript:document.title=1">x</mi></math>',
    "<details open ontoggle=\"document.title='owned'\">",
    "<input onfocus=\"document.title='owned'\" autofocus>",
    '" onmouseover="document.title=\'owned\'" x="',
    "' onmouseover='document.title=1' x='",
    "{{ 7 * 7 }}{% for x in y %}",
    "${document.title='owned'}`",
    "<!--><script>document.title='owned'</script>-->",
    "]]><script>document.title='owned'</script>",
    "&lt;script&gt;document.title='owned'&lt;/script&gt;",
    "\u2067\u05e9\u05dc\u05d5\u05dd <b>\u2069",  # overrides of the direction are refused when they are posted
    "\u0627\u0644\u0633\u0644\u0627\u0645 <script>document.title='owned'</script> \u0639\u0644\u064a\u0643\u0645",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b" * 40,
    "one word " + "x" * 400,
)
#: What no page has in its main part.
INTRUDERS = ", ".join(
    f"main {each}"
    for each in ("script", "iframe", "object", "embed", "base", "style", "link", "[onerror]", "[onload]")
)


@pytest.fixture(scope="module")
def hostile(sqlite_server: ServerClient) -> list[str]:
    """Return the addresses of pages that show texts which mean harm."""
    half = len(TEXTS) // 2
    paths = []
    for name, texts in (("first", TEXTS[:half]), ("second", TEXTS[half:])):
        events = [
            clash("KAZ", "UZB", occurred="2020-01-10", summary=text, place=text[:200], quote=text)
            for text in texts
        ]
        sent = article(*events, id=f"hostile-{name}", headline=texts[0], publisher=texts[1][:200])
        response = sqlite_server.post("/v1/articles", json=sent)
        assert response.status_code == 201, response.text
        position = response.json()["position"]
        paths += [f"/articles/hostile-{name}?min_position={position}", "/articles", f"/log?before={position + 1}"]
        paths += [f"/articles/hostile-{name}/revise", f"/articles/hostile-{name}/retract"]
    pair = f"/relations/KAZ/UZB{{}}?as_of=2020-01-11&min_position={position}"
    paths += [f"/?as_of=2020-01-11&min_position={position}", f"/relations?q={TEXTS[0]}"]
    return [*paths, *(pair.format(what) for what in ("", "/incidents", "/clash-risk", "/explanation"))]


def test_texts_that_mean_harm_stay_texts(open_page: OpenPage, hostile: list[str]) -> None:
    for path in hostile:
        page = open_page(path)
        assert "owned" not in page.title() or path.startswith("/articles/hostile")
        assert page.locator(INTRUDERS).count() == 0
        assert page.url.partition("?")[0].endswith(path.partition("?")[0])


def test_a_link_elsewhere_is_http_and_tells_nobody_where_from(sqlite_server: ServerClient) -> None:
    sent = article(clash("KAZ", "KGZ"), url="https://news.example/2020/01/10/a", id="linked-1")
    assert sqlite_server.post("/v1/articles", json=sent).status_code == 201
    shown = sqlite_server.get("/articles/linked-1", headers={"Accept": "text/html"}).text
    assert '<a href="https://news.example/2020/01/10/a" rel="noopener noreferrer external">' in shown
