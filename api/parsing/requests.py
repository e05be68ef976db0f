"""What clients send: articles, corrections, actors. Shapes and text are checked here, meaning in the domain."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from domain.actors import CODE_PATTERN, ActorKind
from domain.free_text import TEXTS
from domain.report_rules import MAX_ACTORS, MAX_REPORTS
from domain.rulings import MAX_RULED, RulingKind
from domain.standards.text import check_text, check_word


def _check_published(value: str) -> str:
    """Return a day as it is, an instant in UTC."""
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value).isoformat()
        instant = datetime.fromisoformat(value)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise ValueError("is not a day (2020-02-11) or an instant with its offset (2020-02-11T10:30:00Z)")
    try:
        return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        raise ValueError("lies outside the years 1 to 9999") from None


def _at_most(limit: int, code: str, what: str) -> BeforeValidator:
    """Return what refuses a list that is too long before any of its items is looked at."""

    def check(value: Any) -> Any:
        if isinstance(value, list) and len(value) > limit:
            raise PydanticCustomError(code, f"{what}, at most {limit}, not {len(value)}")
        return value

    return BeforeValidator(check)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _check_text(value: str) -> str:
    return _not_empty(check_text(value))


def _check_word(value: str) -> str:
    return _not_empty(check_word(value))


def _not_empty(text: str) -> str:
    if not text:
        raise ValueError("is empty")
    return text


def check_url(value: str) -> str:
    """Return a URL without its fragment, its scheme and host in lower case."""
    parts = urlsplit(_check_word(value))
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or re.search(r"\s", value):
        raise ValueError("is not a URL such as https://news.example/2020/02/11/idlib")
    if "@" in parts.netloc:
        raise ValueError("has a user or a password in it, which everybody could read")
    return urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, parts.query, ""))


def check_language(value: str) -> str:
    """Return a language tag: its shape is that of RFC 5646 (BCP 47), its parts are not looked up."""
    if not re.fullmatch(_LANGUAGE_TAG, value):
        raise ValueError("is not a language tag such as en, pt-BR or zh-Hans-CN")
    return value


def _check_segments(value: str) -> str:
    """Return an id that can stand in a path: clients leave out `.` and `..`, and read something else."""
    if {".", ".."} & set(value.split("/")):
        raise ValueError("has . or .. as a part of a path, which leads elsewhere")
    return value


#: Language, script, region, variants, extensions, private use: RFC 5646, section 2.1.
_LANGUAGE_TAG: Final = (
    r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-([A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(-[A-WYZa-wyz0-9](-[A-Za-z0-9]{2,8})+)*(-[Xx](-[A-Za-z0-9]{1,8})+)?$"
)
ARTICLE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")
ARTICLE_ID_RULE: Final = "up to 200 letters, digits and . _ : -, beginning with a letter or digit"
MAX_ALIASES: Final = 200  #: names beside its first that an actor is registered with

Word = Annotated[str, Field(max_length=100), AfterValidator(_check_word)]
AgreementId = Annotated[Word, AfterValidator(_check_segments)]
Name = Annotated[str, Field(max_length=200), AfterValidator(_check_text)]
Sentence = Annotated[str, Field(max_length=500), AfterValidator(_check_text)]
Passage = Annotated[str, Field(max_length=4000), AfterValidator(_check_text)]
Url = Annotated[str, Field(max_length=2000), AfterValidator(check_url)]
Language = Annotated[
    str,
    Field(max_length=35, json_schema_extra={"pattern": _LANGUAGE_TAG}),
    AfterValidator(check_language),
]
Published = Annotated[str, StringConstraints(max_length=40), AfterValidator(_check_published)]
Actors = Annotated[
    list[Name],
    Field(fail_fast=True),
    _at_most(MAX_ACTORS, "too-many-actors", "names actors"),
    BeforeValidator(_as_list, json_schema_input_type=str | list[str]),
    Field(description="A code or any known name, or a list of these.", examples=["RUS", ["Moscow", "TUR"]]),
]
Flag = Annotated[bool, Field(strict=True)]
People = Annotated[int, Field(strict=True)]


class _RequestBody(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _BaseReportIn(_RequestBody):
    occurred: Annotated[
        Name,
        Field(
            description="When it happened: EDTF, a day, month, year, or an interval of these.",
            examples=["2020-02-03/2020-02-10"],
        ),
    ]
    ref: Annotated[Word | None, Field(description="A name for this event within the article.")] = None
    part_of: Annotated[Word | None, Field(description="The `ref` of the larger event this is part of.")] = None
    same_as: Annotated[Word | None, Field(description="The `ref` of another report of the same event.")] = None
    mode: Word | None = None
    source_role: Annotated[Word | None, Field(description="Which part of the source, such as MIL.")] = None
    target_role: Annotated[Word | None, Field(description="Which part of the target, such as OPP.")] = None
    place: Name | None = None
    speaker: Name | None = None
    summary: Annotated[Passage | None, Field(description="What happened, in your own words.")] = None
    quote: Passage | None = None
    cameo: Annotated[
        str | None, Field(pattern=r"^\d{2,4}$", description="CAMEO code; gives the type where that is left out.")
    ] = None


class _DirectedIn(_BaseReportIn):
    source: Actors
    target: Actors
    reciprocal: Annotated[Flag, Field(description="Whether each did it to the other, as in talks.")] = False
    type: Annotated[Word | None, Field(description="PLOVER type.", examples=["ACCUSE"])] = None


class StatementIn(_DirectedIn):
    """Words: CONSULT, SUPPORT, REQUEST, ACCUSE, REJECT, THREATEN, CONCEDE, or, by CAMEO 01 and 02, none."""

    kind: Literal["statement"]


class ClashIn(_DirectedIn):
    """Hostile deeds: PROTEST, SANCTION, MOBILIZE, COERCE, ASSAULT."""

    kind: Literal["clash"]
    killed: People | None = None
    wounded: People | None = None


class CooperationIn(_DirectedIn):
    """Friendly deeds: COOPERATE, AID, RETREAT."""

    kind: Literal["cooperation"]


class AgreementIn(_BaseReportIn):
    """An agreement among `parties`, or by `source` with `target`; with an id, a development of a known one."""

    kind: Literal["agreement"]
    agreement: Annotated[AgreementId | None, Field(description="The id of a known agreement.")] = None
    development: Annotated[
        Word | None,
        Field(description="reached, reaffirmed, implemented, breached, suspended, terminated, expired."),
    ] = None
    title: Sentence | None = None
    purpose: Annotated[
        Word | None,
        Field(description="What it is for: ceasefire, peace, border, trade, military, other."),
    ] = None
    parties: Annotated[
        list[Name],
        Field(fail_fast=True),
        _at_most(MAX_ACTORS, "too-many-actors", "names actors"),
        BeforeValidator(_as_list),
    ] = []
    source: Actors = []
    target: Actors = []
    reciprocal: Flag = False
    type: Annotated[
        Literal["AGREE", "REJECT"] | None, Field(description="What the development weighs as; follows from it.")
    ] = None


class AlignmentIn(_BaseReportIn):
    """A standing tie: each source backs each target."""

    kind: Literal["alignment"]
    source: Actors
    target: Actors
    development: Annotated[Word, Field(description="standing, begun or ended.")] = "standing"
    type: Literal["SUPPORT"] | None = None


ReportIn = Annotated[
    StatementIn | ClashIn | CooperationIn | AgreementIn | AlignmentIn, Field(discriminator="kind")
]

#: An article as clients post it, for the OpenAPI document.
EXAMPLE: Final[dict[str, Any]] = {
    "url": "https://news.example/2020/02/11/idlib",
    "headline": "Talks on Idlib end",
    "publisher": "Example News",
    "published": "2020-02-11",
    "language": "en",
    "events": [
        {
            "kind": "statement",
            "type": "CONSULT",
            "source": "Ankara",
            "target": "Moscow",
            "reciprocal": True,
            "occurred": "2020-02-10/2020-02-12",
            "summary": "Talks about Idlib.",
        },
        {
            "kind": "clash",
            "type": "ASSAULT",
            "source": "SYR",
            "target": "TUR",
            "occurred": "2020-02-03",
            "killed": 8,
        },
    ],
}


class ArticleIn(_RequestBody):
    """An article and the events it reports. Its id is `id`, or else made from `url`; one of the two is needed."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [EXAMPLE]})

    id: Annotated[str | None, Field(pattern=f"^{ARTICLE_ID.pattern}$")] = None
    url: Url | None = None
    headline: Sentence | None = None
    publisher: Annotated[Name | None, Field(description="By default, the host of the `url`.")] = None
    published: Annotated[
        Published, Field(description="The day of publication, or its instant.", examples=["2020-02-11"])
    ]
    language: Language | None = None
    events: Annotated[
        list[ReportIn], _at_most(MAX_REPORTS, "too-many-events", "an article reports events, split it")
    ]


class RevisionIn(ArticleIn):
    """An article as its publisher has it now."""

    reason: Sentence | None = None


class CorrectionIn(_RequestBody):
    """A reported event as it should have been, and why."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"event": {**EXAMPLE["events"][1], "killed": 5}, "reason": "The ministry revised the toll."}
            ]
        },
    )

    event: ReportIn
    reason: Sentence | None = None


class RedactionIn(_RequestBody):
    """Which texts of an article are redacted: of all of it, or of one event, in some fields; and why."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"number": 1, "fields": ["quote"], "reason": "At the request of who was quoted."}]
        },
    )

    number: Annotated[int | None, Field(strict=True, description="Of the event; of all the article if null.")] = (
        None
    )
    fields: Annotated[
        list[Word],
        Field(
            fail_fast=True,
            max_length=len(TEXTS),
            description="By default headline, speaker, summary, quote, reason.",
        ),
    ] = []
    reason: Sentence


class ActorIn(_RequestBody):
    """An actor and its names."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "code": "WEIMAR",
                    "kind": "organisation",
                    "name": "Weimar Triangle",
                    "aliases": ["Weimar group"],
                }
            ]
        },
    )

    code: Annotated[str, Field(pattern=f"^{CODE_PATTERN}$")]
    kind: ActorKind
    name: Name
    aliases: Annotated[
        list[Name],
        Field(fail_fast=True),
        _at_most(MAX_ALIASES, "too-many-names", "an actor is registered with names"),
    ] = []


class NameIn(_RequestBody):
    """Another name of an actor."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [{"name": "Palazzo della Farnesina"}]}
    )

    name: Name


class PublisherAliasIn(_RequestBody):
    """A publisher that counts as another, and why."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"alias": "AFP via Yahoo", "publisher": "AFP", "reason": "Re-prints of the wire."}]
        },
    )

    alias: Name
    publisher: Annotated[Name, Field(description="What it counts as.")]
    reason: Sentence | None = None


class NamedReportIn(_RequestBody):
    """A reported event, by its article and its number there."""

    article: Annotated[Name, Field(description="The article's id.")]
    number: Annotated[int, Field(strict=True, description="The event's number within the article.")]


class RulingIn(_RequestBody):
    """That reported events are one incident, or one apart from all others, and why. The first is the anchor."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "ruling": "separate",
                    "reports": [{"article": "idlib-2020-02-11", "number": 2}],
                    "reason": "Two demands were made on that day, one about the zone, one about the highways.",
                }
            ]
        },
    )

    id: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$")] = None
    ruling: RulingKind
    reports: Annotated[list[NamedReportIn], _at_most(MAX_RULED, "number-of-reports", "names reported events")]
    reason: Sentence
