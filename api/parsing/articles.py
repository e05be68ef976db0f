"""From what a client sent to a command: names become codes, CAMEO codes give types, defaults are filled in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from api.parsing.requests import ArticleIn, ReportIn
from domain.actor_directory import ActorDirectory
from domain.articles import Article, Header, PostArticle
from domain.errors import Fault, InvalidFacts, Path
from domain.events import Provenance
from domain.report_rules import EARLIEST
from domain.reports import Agreement, Alignment, Clash, Cooperation, Report, Statement
from domain.standards.plover import DEVELOPMENT_TYPES, cameo_to_plover

_ACTOR_FIELDS = ("source", "target", "parties")
_SUGGESTED: Final = 12  # faults of an article among which names get suggestions
_SUGGESTED_AT_ONCE: Final = 200  # names of a request that get suggestions
_KINDS: dict[str, Callable[..., Report]] = {
    "statement": Statement,
    "clash": Clash,
    "cooperation": Cooperation,
    "agreement": Agreement,
    "alignment": Alignment,
}


class Suggesting:
    """How many names of a request, which may have many articles, still get suggestions.

    Each costs a look at all names.
    """

    def __init__(self) -> None:
        self._left = _SUGGESTED_AT_ONCE

    def may_suggest(self, faults: Sequence[Fault]) -> bool:
        """Return whether a name gets suggestions after some faults of its article."""
        return self._left > 0 and len(faults) < _SUGGESTED

    def note(self) -> None:
        """Note that a name was not known."""
        self._left -= 1


def parse_article(
    sent: ArticleIn, directory: ActorDirectory, provenance: Provenance, suggesting: Suggesting | None = None
) -> PostArticle:
    """Return the command to record an article. Raises `InvalidFacts`.

    `suggesting` is that of the request, where that has more articles.
    """
    faults: list[Fault] = []
    article_id = _article_id(sent, faults)
    header = parse_header(sent, provenance.recorded, faults)
    reports = tuple(_reports(sent.events, directory, faults, suggesting or Suggesting()))
    if faults or header is None:
        raise InvalidFacts(faults)
    return PostArticle(article_id=article_id, header=header, reports=reports, provenance=provenance)


def parse_report(sent: ReportIn, directory: ActorDirectory, at: Path = ()) -> Report:
    """Return one reported event. Raises `InvalidFacts`."""
    faults: list[Fault] = []
    report = _report(sent, directory, at, faults, Suggesting())
    if faults or report is None:
        raise InvalidFacts(faults)
    return report


def parse_header(sent: ArticleIn, now: datetime, faults: list[Fault]) -> Header | None:
    """Return what is said of the article itself; None, with a fault, if something is missing."""
    publisher = sent.publisher or (urlsplit(sent.url).hostname if sent.url else None)
    if not publisher:
        faults.append(
            Fault(("publisher",), "no-publisher", "give the publisher, or a url whose host stands for it")
        )
        return None
    header = Header(
        publisher=publisher, published=sent.published, url=sent.url, headline=sent.headline, language=sent.language
    )
    if header.published_day < EARLIEST:
        detail = f"{sent.published} is before the year {EARLIEST.year}"
        faults.append(Fault(("published",), "too-early", detail))
    if header.published_day > (now.astimezone(UTC) + timedelta(days=1)).date():
        detail = f"{sent.published} is in the future: an article is posted once it is published"
        faults.append(Fault(("published",), "future-publication", detail))
    return header


def _article_id(sent: ArticleIn, faults: list[Fault]) -> str:
    if sent.id is not None:
        return sent.id
    if sent.url is None:
        faults.append(Fault(("url",), "no-id", "an article has a url, or an id of its own"))
        return ""
    return Article.id_for_url(sent.url)


def _reports(
    sent: Sequence[ReportIn], directory: ActorDirectory, faults: list[Fault], suggesting: Suggesting
) -> Iterator[Report]:
    for index, event in enumerate(sent):
        report = _report(event, directory, ("events", index), faults, suggesting)
        if report is not None:
            yield report


def _report(
    sent: ReportIn, directory: ActorDirectory, at: Path, faults: list[Fault], suggesting: Suggesting
) -> Report | None:
    fields: dict[str, Any] = {name: value for name, value in vars(sent).items() if value is not None}
    kind = fields.pop("kind")
    named: dict[str, str] = {}
    known = len(faults)
    for field in _ACTOR_FIELDS:
        if field in fields:
            fields[field] = tuple(_resolve(fields[field], directory, (*at, field), named, faults, suggesting))
    if kind in ("agreement", "alignment"):
        fields.setdefault("development", "reached")
        _check_type_of_development(fields.pop("type", None), fields["development"], at, faults)
    else:
        _fill_in_type(fields, at, faults, is_statement=kind == "statement")
    if len(faults) > known:
        return None
    return _KINDS[kind](**fields, named=tuple(sorted(named.items())))


def _resolve(
    names: Sequence[str],
    directory: ActorDirectory,
    at: Path,
    named: dict[str, str],
    faults: list[Fault],
    suggesting: Suggesting,
) -> Iterator[str]:
    for index, name in enumerate(names):
        path = at if len(names) == 1 else (*at, index)
        code = directory.resolve(name, path, suggests=suggesting.may_suggest(faults))
        if isinstance(code, Fault):
            faults.append(code)
            suggesting.note()
        else:
            if name != code:
                named[name] = code
            yield code


def _check_type_of_development(type_: str | None, development: str, at: Path, faults: list[Fault]) -> None:
    """Add a fault where a type that is given with a development is not what that weighs as."""
    if type_ == "REJECT" and DEVELOPMENT_TYPES.get(development, type_) != type_:
        detail = f"{development} does not weigh as {type_}: leave the type out"
        faults.append(Fault((*at, "type"), "type-not-of-kind", detail))


def _fill_in_type(fields: dict[str, Any], at: Path, faults: list[Fault], *, is_statement: bool) -> None:
    if "type" not in fields and "cameo" in fields:
        try:
            fields["type"] = cameo_to_plover(fields["cameo"])
        except KeyError:
            faults.append(Fault((*at, "cameo"), "unknown-cameo", f"{fields['cameo']!r} is not a CAMEO code"))
            return
    if fields.get("type") is None and not is_statement:
        faults.append(Fault((*at, "type"), "no-type", "give the event's PLOVER type, or its CAMEO code"))


def as_sent(report: Report) -> Mapping[str, Any]:
    """Return a reported event in the shape in which clients send it."""
    fields: dict[str, Any] = msgspec.to_builtins(report)
    for said_of_it in ("named", "redacted"):
        fields.pop(said_of_it, None)
    if isinstance(report, Agreement) and report.agreement is None:
        fields.pop("development", None)
    return {**fields, **({"type": report.type} if report.type is not None else {})}
