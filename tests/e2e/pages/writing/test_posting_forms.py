"""Posting and correcting by the pages' forms: on a server of this machine without keys, as a browser does it."""

import json
from typing import Any, Final

import httpx
import pytest

from tests.e2e.pages.writing.forms import FormBrowser, FormReader
from tests.e2e.support import ActorFactory, answer, unique
from tests.server import ServerClient

Pair = tuple[str, str]
EVENT: Final = "__events__0__"


@pytest.fixture
def browser_form(sqlite_server: ServerClient) -> FormBrowser:
    sqlite_server.cookies.clear()
    return FormBrowser(sqlite_server)


@pytest.fixture
def pair(sqlite_server: ServerClient) -> Pair:
    return ActorFactory(sqlite_server).pair()


def filled(pair: Pair, **more: str) -> dict[str, str]:
    """Return the fields of an article with a clash between two actors."""
    event = {"type": "ASSAULT", "source": pair[0], "target": pair[1], "occurred": "2020-02-03", "killed": "8"}
    fields = {f"{EVENT}{name}": value for name, value in event.items()}
    return {"__id": unique("form"), "__publisher": "AFP", "__published": "2020-02-11", **fields, **more}


def previewed(form: FormBrowser, **fields: str) -> httpx.Response:
    page = form.press(form.get("/post"), "check", **fields)
    assert page.status_code == 200, page.text
    return page


def recorded(form: FormBrowser, pair: Pair, **more: str) -> str:
    """Record an article by the form; return its id."""
    done = form.press(previewed(form, **filled(pair, **more)), "record")
    assert done.status_code == 303, done.text
    return done.headers["location"].removeprefix("/articles/").partition("?")[0]


def article(form: FormBrowser, article_id: str) -> dict[str, Any]:
    return answer(form.client.get(f"/v1/articles/{article_id}"))


def events(form: FormBrowser, article_id: str) -> list[dict[str, Any]]:
    return [each["event"] for each in article(form, article_id)["events"]]


# Posting


def test_an_article_is_understood_and_then_recorded(browser_form: FormBrowser, pair: Pair) -> None:
    fields = filled(pair, **{f"{EVENT}source": f"test actor {pair[0].lower()}", f"{EVENT}summary": "One\n<b>x"})
    shown = previewed(browser_form, **fields)

    assert f"<bdi>Test actor {pair[0]}</bdi> <code>{pair[0]}</code> →" in shown.text
    assert "A new incident." in shown.text
    assert "3 February 2020" in shown.text
    assert "Before and after, under model 2026.2" in shown.text
    assert "&lt;b&gt;x" in shown.text
    assert browser_form.client.get(f"/v1/articles/{fields['__id']}").status_code == 404

    done = browser_form.press(shown, "record")
    assert done.status_code == 303
    location = done.headers["location"]
    assert location.startswith(f"/articles/{fields['__id']}?min_position=")
    assert browser_form.get(location).status_code == 200
    (event,) = events(browser_form, fields["__id"])
    assert (event["source"], event["killed"], event["summary"]) == ([pair[0]], 8, "One\n<b>x")


def test_what_is_wrong_stands_beside_its_field_and_nothing_is_lost(browser_form: FormBrowser, pair: Pair) -> None:
    fields = filled(pair, **{f"{EVENT}source": "Ruritania", f"{EVENT}killed": "1.000", "__published": "soon"})
    refused = browser_form.press(browser_form.get("/post"), "check", **fields)

    assert refused.status_code == 422
    assert 'id="/events/0/killed-wrong"' in refused.text
    kept = dict(FormReader(refused.text).fields)
    assert all(kept[name.replace("__", "/")] == value for name, value in fields.items())

    mended = {f"{EVENT}killed": "1000", "__published": "2020-02-11"}
    refused = browser_form.press(refused, "check", **mended)
    assert 'id="/events/0/source-wrong"' in refused.text
    assert "no actor has the code or name" in refused.text
    assert "Record" not in refused.text.partition("<form id")[0].partition("<main")[2]
    assert browser_form.press(refused, "check", **{f"{EVENT}source": pair[0]}).status_code == 200


def test_what_was_not_previewed_is_not_recorded(browser_form: FormBrowser, pair: Pair) -> None:
    fields = filled(pair)
    changed = browser_form.press(previewed(browser_form, **fields), "record", **{f"{EVENT}killed": "80"})

    assert changed.status_code == 200
    assert "not what was previewed" in changed.text
    assert "80 killed" in changed.text
    assert browser_form.press(changed, "record").status_code == 303


def test_events_are_added_and_removed(browser_form: FormBrowser, pair: Pair) -> None:
    page = browser_form.press(browser_form.get("/post"), "add", **filled(pair))
    two = browser_form.press(page, "add", __events__1__source="second")
    assert two.text.count("<fieldset>") == 3
    left = browser_form.press(two, "remove:0")
    assert left.text.count("<fieldset>") == 2
    assert dict(FormReader(left.text).fields)["/events/0/source"] == "second"


def test_an_article_joins_what_others_report_and_its_near_duplicates_are_told(
    browser_form: FormBrowser, pair: Pair
) -> None:
    recorded(browser_form, pair)
    joining = previewed(browser_form, **filled(pair, __publisher="BBC"))
    assert "Joins an incident that one report has:" in joining.text
    near = previewed(browser_form, **filled(pair, **{f"{EVENT}occurred": "2020-02-04"}))
    assert "May be one with what is known" in near.text
    assert "close days" in near.text


def test_tables_and_json_are_pasted(browser_form: FormBrowser, pair: Pair) -> None:
    one, other = unique("pasted"), unique("pasted")
    rows = [
        ("id", "publisher", "published", "kind", "type", "date", "source", "target"),
        (one, "AFP", "2020-02-11", "clash", "ASSAULT", "2020-02-03", *pair),
        (other, "AFP", "2020-02-11", "statement", "ACCUSE", "2020-02-04", *pair),
    ]
    shown = previewed(browser_form, pasted="\n".join("\t".join(row) for row in rows))
    assert shown.text.count('class="preview"') == 2
    done = browser_form.press(shown, "record")
    assert "2 articles are recorded" in done.text
    assert len(events(browser_form, other)) == 1

    sent = {**article(browser_form, one), "events": events(browser_form, one)}
    body = {name: sent[name] for name in ("id", "publisher", "published", "events")}
    again = previewed(browser_form, pasted=json.dumps(body))
    assert "recorded already, no change" in again.text
    changed = browser_form.press(again, "check", pasted=json.dumps([{**body, "publisher": "BBC"}]))
    assert changed.status_code == 409
    assert browser_form.press(changed, "check", on_conflict="revise", reason="It was the BBC").status_code == 200


def test_pasted_articles_are_shown_one_behind_the_other(browser_form: FormBrowser, pair: Pair) -> None:
    event = {"kind": "clash", "type": "ASSAULT", "source": pair[0], "target": pair[1], "occurred": "2020-02-03"}
    sent = {"publisher": "AFP", "published": "2020-02-11", "events": [event]}

    shown = previewed(browser_form, pasted=json.dumps([{**sent, "id": unique("line")} for _ in range(11)])).text

    assert shown.count("A new incident.") == 1
    assert "Joins an incident that 10 reports have:" in shown
    assert 'href="/articles/line-' not in shown  # which has no page before it is recorded
    assert "Each is shown as if those above it were recorded by then." in shown
    assert shown.count("What it would change is not worked out for so many at once.") == 1


@pytest.mark.parametrize(
    ("pasted", "detail"),
    [
        ("nonsense", "names the columns"),
        ("{", "is not JSON"),
        ('{"id":"a","id":"b"}', "is given twice"),
        ("[" * 5000, "nested too deeply"),
        ("[" + ",".join(["{}"] * 101) + "]", "101 articles"),
        ('[{"id":"x"},{"id":"x","id":"y"}]', "is given twice"),
        ("  ", "Preview"),
    ],
)
def test_what_cannot_be_read_is_refused_and_kept(browser_form: FormBrowser, pasted: str, detail: str) -> None:
    refused = browser_form.press(browser_form.get("/post"), "check", pasted=pasted)
    assert refused.status_code in (400, 422)
    assert detail in refused.text
    assert dict(FormReader(refused.text).fields)["pasted"].strip() == pasted.strip()


# Correcting


def test_an_article_is_revised_with_a_reason(browser_form: FormBrowser, pair: Pair) -> None:
    made = recorded(browser_form, pair)
    page = browser_form.get(f"/articles/{made}/revise")
    same = browser_form.press(page, "check")
    assert "recorded already, no change" in same.text
    shown = browser_form.press(page, "check", reason="Misread", **{f"{EVENT}killed": "5"})
    assert "revises what is recorded" in shown.text
    assert browser_form.press(shown, "record").status_code == 303
    assert events(browser_form, made)[0]["killed"] == 5
    assert "Misread" in [entry["reason"] for entry in article(browser_form, made)["history"]]

    late = browser_form.press(page, "check", reason="Misread", **{f"{EVENT}killed": "6"})
    assert late.status_code == 412
    assert dict(FormReader(late.text).fields)["/events/0/killed"] == "6"


def test_an_event_is_corrected_and_taken_back_and_then_the_article(browser_form: FormBrowser, pair: Pair) -> None:
    made = recorded(browser_form, pair)
    page = browser_form.get(f"/articles/{made}/events/1/correct")
    wrong = browser_form.press(page, "check", __event__occurred="2021")
    assert 'id="/event/occurred-wrong"' in wrong.text
    shown = browser_form.press(page, "check", __event__killed="80")
    assert "What it would change" in shown.text
    unsaid = browser_form.press(shown, "record")
    assert unsaid.status_code == 422
    assert 'id="reason-wrong"' in unsaid.text
    assert browser_form.press(unsaid, "record", reason="The ministry revised it").status_code == 303
    assert events(browser_form, made)[0]["killed"] == 80

    page = browser_form.get(f"/articles/{made}/events/1/retract")
    assert browser_form.press(page, "record", reason="Never happened").status_code == 303
    assert events(browser_form, made) == []
    page = browser_form.get(f"/articles/{made}/retract")
    assert browser_form.press(page, "record", reason="Withdrawn").status_code == 303
    assert article(browser_form, made)["retracted"]


def test_what_is_not_there_is_said(browser_form: FormBrowser) -> None:
    for path in ("/articles/none/revise", "/articles/none/retract", "/articles/none/events/1/correct"):
        assert browser_form.get(path).status_code == 404, path
    assert browser_form.get("/rulings/none/withdraw").status_code == 404


def test_reports_are_ruled_one_and_the_ruling_is_taken_back(browser_form: FormBrowser, pair: Pair) -> None:
    one = recorded(browser_form, pair)
    other = recorded(browser_form, pair, **{f"{EVENT}occurred": "2020-02-04", "__publisher": "BBC"})
    page = browser_form.get(f"/rulings/new?report={one}/1&report={other}/1")
    assert "What it would change" in page.text
    assert browser_form.press(page, "record", reason="One night").status_code == 303
    (ruling,) = answer(browser_form.client.get("/v1/rulings", params={"article": one}))["items"]
    assert ruling["reason"] == "One night"

    refused = browser_form.press(
        browser_form.get(f"/rulings/new?report={one}/1"), "check", ("report", f"{other}/1")
    )
    assert refused.status_code == 409
    assert f"ruling {ruling['id']} stands on" in refused.text
    page = browser_form.get(f"/rulings/{ruling['id']}/withdraw")
    assert browser_form.press(page, "record", reason="Two after all").status_code == 303


def test_texts_are_redacted_once_they_were_listed(browser_form: FormBrowser, pair: Pair) -> None:
    made = recorded(browser_form, pair, **{f"{EVENT}quote": "I was there."})
    page = browser_form.get(f"/articles/{made}/redact")
    assert browser_form.press(page, "check").status_code == 422
    shown = browser_form.press(page, "check", reason="At their request")
    assert "One text would go" in shown.text
    assert browser_form.press(shown, "record").status_code == 303
    assert "quote" not in events(browser_form, made)[0]


# Forgery


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "multipart/form-data; boundary=x"},
    ],
)
def test_no_page_of_another_site_posts(browser_form: FormBrowser, pair: Pair, headers: dict[str, str]) -> None:
    shown = previewed(browser_form, **filled(pair))
    fields = [*FormReader(shown.text).fields, ("do", "record")]
    assert browser_form.send("/post", fields, headers).status_code in (403, 415)
    assert browser_form.send("/post", fields).status_code == 303


def test_a_post_says_where_it_comes_from(browser_form: FormBrowser) -> None:
    page = browser_form.client.post("/post", data={"do": "check"}, headers={"Accept": "text/html"})
    assert page.status_code == 403


def test_a_form_that_others_made_up_is_shown_and_not_recorded(browser_form: FormBrowser, pair: Pair) -> None:
    shown = previewed(browser_form, **filled(pair))
    fields = dict(FormReader(shown.text).fields)
    cookie = browser_form.client.cookies["detente_visit"]
    for token in ("", "0" * 64, fields["form_token"][:-1] + "g"):
        forged = browser_form.send("/post", [*{**fields, "form_token": token}.items(), ("do", "record")])
        assert forged.status_code == 200
        assert "Nothing has been recorded" in forged.text
    browser_form.client.cookies.clear()
    browser_form.client.cookies["detente_visit"] = "0" * 32
    other = browser_form.send("/post", [*fields.items(), ("do", "record")])
    assert "Nothing has been recorded" in other.text
    browser_form.client.cookies.clear()
    browser_form.client.cookies["detente_visit"] = cookie
    assert browser_form.send("/post", [*fields.items(), ("do", "record")]).status_code == 303
