"""Questions over HTTP, as a server gets them: in all formats, with entity tags, page by page and whole."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any, Final

from tests.differential.events import Json, folded_publisher
from tests.differential.run import Known, Mismatch, Played, standing_of
from tests.differential.scores import Standing

WHOLE: Final = 1000  #: items of a page that holds all


class Question:
    """A question as the server gets it, and as the model understands it."""

    def __init__(self, played: Played, asked: Json, known: Known) -> None:
        self.played, self.asked, self.facts = played, asked, known.facts
        self.now = known.instant is None
        self.a, self.b = asked["pair"]
        self.day = date.fromisoformat(asked["as_of"]) if "as_of" in asked else datetime.now(UTC).date()
        self.model, self.what_if = asked.get("model", "2026.2"), asked.get("what_if") or []
        self.published_by = date.fromisoformat(asked["published_by"]) if "published_by" in asked else date.max
        self.parameters: Json = {"known_at": known.instant} if known.instant else {}
        self.parameters |= {name: asked[name] for name in ("published_by",) if name in asked}

    @property
    def path(self) -> str:
        return f"/v1/relations/{self.a}/{self.b}"

    @property
    def of_relations(self) -> Json:
        supposed = {"what_if": self.what_if} if self.what_if else {}
        return {"as_of": str(self.day), "model": self.model, **supposed}

    def standing(self) -> Standing | None:
        """Return how actors stand by the model; null where the server has to refuse what is supposed."""
        publishers = {folded_publisher(publisher) for publisher in self.played.facts.publishers}
        for each in self.what_if:
            name, _, value = each.partition(":")
            if (name == "without_publisher" and folded_publisher(value) not in publishers) or (
                name == "without_article" and value not in self.played.facts.papers
            ):
                return None
        return standing_of(self.facts, self.model, self.what_if, self.published_by)

    def get(self, path: str, status: int = 200, days: Json | None = None, **parameters: Any) -> Json:
        """Return an answer, having looked at its other forms too."""
        asked = {**self.parameters, **parameters, **(days or {}), "min_position": self.played.position}
        if path.startswith(("/v1/articles", "/v1/rulings")):
            del asked["min_position"]
        response = self.played.client.get(path, params=asked)
        if response.status_code != status:
            raise Mismatch(f"{status} expected, {response.status_code} found: {response.text}")
        if status == 200:
            self._same_again(path, asked, response.headers["etag"], response.text)
        body: Json = response.json()
        return body

    def _same_again(self, path: str, asked: Json, etag: str, text: str) -> None:
        """Fail unless the answer is the same under its entity tag, and in the other formats."""
        again = self.played.client.get(path, params=asked, headers={"If-None-Match": etag})
        if again.status_code != 304:
            raise Mismatch(f"304 expected, {again.status_code} found: {text} {again.text}")
        body = json.loads(text)
        items = body.get("items", [body])
        lines = self.played.client.get(path, params={**asked, "format": "ndjson"}).text.splitlines()
        differ_exactly(items, [json.loads(line) for line in lines], "ndjson")
        rows = list(
            csv.DictReader(io.StringIO(self.played.client.get(path, params={**asked, "format": "csv"}).text))
        )
        if len(rows) != len(items) and not path.startswith("/v1/articles/"):
            raise Mismatch(f"csv: {len(items)} rows expected, {len(rows)} found")
        for item, row in zip(items, rows, strict=False):
            for name in item.keys() & row.keys():
                if not isinstance(item[name], dict | list) and _in_csv(item[name]) != row[name]:
                    raise Mismatch(f"csv: {name} {item[name]!r} expected, {row[name]!r} found")


def _in_csv(value: Any) -> str:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def differ_exactly(expected: Any, got: Any, where: str) -> None:
    """Fail unless two answers are the same to the last digit."""
    if expected != got:
        raise Mismatch(f"{where}: {expected} expected, {got} found")


def pages_of(question: Question, path: str, limit: int, **parameters: Any) -> Iterator[Json]:
    """Yield what a list holds, page by page; fail if the whole is another."""
    whole = question.get(path, limit=WHOLE, **parameters)["items"]
    paged, cursor = [], None
    while limit < WHOLE:
        page = question.get(path, limit=limit, **parameters, **({"cursor": cursor} if cursor else {}))
        paged += page["items"]
        cursor = page["next"]
        if cursor is None:
            differ_exactly(whole, paged, "page by page")
            break
    yield from whole
