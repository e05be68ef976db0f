"""Our own table of events: the template, a spreadsheet as people keep it, and what is refused."""

import csv
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from api.importing.formats.event_table import articles_of_table
from api.importing.summary import Summary
from api.parsing.articles import parse_article
from api.parsing.event_tables import ABSENT, COLUMNS, exported_header, exported_row, template_csv
from api.parsing.requests import ArticleIn
from domain.articles import Article, Header
from domain.errors import InvalidFacts
from domain.reports import Agreement, Clash, Report, Statement
from tests.language import agreement, backing, clash, cooperation, header, statement
from tests.unit.api.importing.support import PROVENANCE, MemoryTarget, import_bytes, seeded_directory

HEADER = "id,publisher,published,kind,type,date,source,target,killed"
ROW = "a1,Example News,2020-02-11,clash,ASSAULT,2020-02-03,SYR,TUR,8"


def table(*rows: str, header: str = HEADER, encoding: str = "utf-8") -> bytes:
    return "\n".join([header, *rows]).encode(encoding)


def imported(folder: Path, content: bytes) -> tuple[Summary, list[str], MemoryTarget]:
    summary, rejected, target = import_bytes(folder, content)
    return summary, [f"{row.number} {reject.reason}: {reject.detail}" for row, reject in rejected], target


def test_the_template_is_imported_as_it_is(tmp_path: Path) -> None:
    summary, rejected, target = imported(tmp_path, template_csv().encode())
    assert (summary.imported, summary.articles, rejected) == (2, 1, [])
    article = target.articles["example-1"]
    assert article.header.publisher == "Example News"
    talks, clash = article.reports
    assert isinstance(talks, Statement)
    assert isinstance(clash, Clash)
    assert (talks.source, talks.reciprocal, talks.named) == (
        ("TUR",),
        True,
        (("Russia", "RUS"), ("Turkey", "TUR")),
    )
    assert (clash.killed, clash.place, clash.occurred) == (8, "Idlib, Syria", "2020-02-03")
    assert summary.as_dict()["doubtful_actors"] == {}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_spreadsheet_as_people_keep_it(tmp_path: Path, separator: str) -> None:
    rows = [
        ["Killed", "Target", "SOURCE", "Date", "Published", "URL", "Type", "Quote", ""],
        [
            "3",
            "Turkey ; Russia",
            "Syria",
            "13.02.2020",
            "14.02.2020",
            "https://news.example/1",
            "assault",
            "«Non»",
            "",
        ],
        [
            "",
            "IRN",
            "USA",
            "03.02.2020 00:00",
            "43865",
            "https://news.example/2",
            "ACCUSE",
            '"""Two;\nlines"""',
            "",
        ],
        ["", "IRN", "USA", "2018-09", "2020-02-14T10:00:00Z", "https://news.example/3", "AGREE", "=A1", ""],
    ]
    lines = [separator.join(f'"{c}"' if separator in c and c[:1] != '"' else c for c in row) for row in rows]
    content = "\ufeff".encode() + "\r\n".join(lines).encode("cp1252") if separator == ";" else None
    summary, rejected, target = imported(tmp_path, content or "\r\n".join(lines).encode())
    assert rejected == []
    assert summary.imported == 3
    by_url = {article.header.url: article for article in target.articles.values()}
    first, second, third = (by_url[f"https://news.example/{n}"] for n in (1, 2, 3))
    assert (first.header.publisher, first.header.published) == ("news.example", "2020-02-14")
    (clash,), (words,), (deal,) = first.reports, second.reports, third.reports
    assert isinstance(clash, Clash)
    assert isinstance(words, Statement)
    assert isinstance(deal, Agreement)
    assert (clash.target, clash.killed, clash.occurred, clash.quote) == (("TUR", "RUS"), 3, "2020-02-13", "«Non»")
    assert (words.occurred, words.quote, second.header.published) == ("2020-02-03", '"Two;\nlines"', "2020-02-04")
    assert (deal.occurred, third.header.published) == ("2018-09", "2020-02-14T10:00:00Z")


TEXTS = f"{HEADER},url,headline,language,place,speaker,quote,summary,mode,source_role"


@pytest.mark.parametrize(
    ("texts", "kept", "mended", "left_out"),
    [
        ("place=Idlib\x00,speaker=\x1b[1mA,quote=\ufffe,summary=\x08", {}, {}, "place speaker quote summary"),
        ("mode=\x01,source_role=M\x02,language=English!,url=ftp://a", {}, {}, "mode source_role language url"),
        ("headline=Caf\x81,speaker=\uffff", {}, {}, "headline speaker"),
        ("place=KÃ¶ln,quote=A\u202eB", {"place": "Köln", "quote": "AB"}, {"mojibake": 1, "direction-mark": 1}, ""),
        ("source_role=MI\u200eL", {"source_role": "MIL"}, {"direction-mark": 1}, ""),
        (f"place={'Idlib ' * 40}", {"place": ("Idlib " * 40)[:200].strip()}, {"too-long": 1}, ""),
        ("place=دمشق", {"place": "دمشق"}, {}, ""),
    ],
)
def test_no_optional_text_decides_over_an_event(
    tmp_path: Path, texts: str, kept: dict[str, str], mended: dict[str, int], left_out: str
) -> None:
    given = dict(text.split("=") for text in texts.split(","))
    row = ",".join([ROW, *(given.get(name, "") for name in TEXTS.split(",")[9:])])
    content = "\n".join([TEXTS, row]).encode()
    summary, rejected, target = imported(tmp_path, content)
    assert (summary.imported, rejected) == (1, [])
    article = target.articles["a1"]
    assert (article.header.headline, article.header.language, article.header.url) == (None, None, None)
    report = msgspec.to_builtins(article.reports[0])
    assert {name: report[name] for name in given if report.get(name)} == kept
    assert dict(summary.mended) == mended
    assert dict(summary.left_out) == dict.fromkeys(left_out.split(), 1)


def test_what_an_article_has_is_compared_once_it_is_mended(tmp_path: Path) -> None:
    header = f"{HEADER},headline"
    rows = [f"{ROW},Treffen in Köln", f"{ROW.replace('-03', '-04')},Treffen in KÃ¶ln\u200b"]
    bad = f"{ROW.replace('-03', '-05')},\x00"
    summary, rejected, target = imported(tmp_path, table(*rows, bad, header=header))
    assert (summary.imported, summary.articles, rejected) == (3, 1, [])
    assert target.articles["a1"].header.headline == "Treffen in Köln"
    assert (dict(summary.mended), dict(summary.left_out)) == (
        {"mojibake": 1, "invisible-character": 1},
        {"headline": 1},
    )


def test_rows_of_an_article_may_leave_out_what_one_says_and_not_say_another(tmp_path: Path) -> None:
    rows = [ROW, "a1,,,clash,ASSAULT,2020-02-04,SYR,TUR,", "a1,Other News,,clash,ASSAULT,2020-02-05,SYR,TUR,"]
    summary, rejected, target = imported(tmp_path, table(*rows))
    assert (summary.imported, summary.articles) == (2, 1)
    assert rejected == ["4 article-differs: " + rejected[0].split(": ", 1)[1]]
    assert target.articles["a1"].header.publisher == "Example News"


@pytest.mark.parametrize(
    ("changes", "reason", "says"),
    [
        ({"8": "1,200"}, "not-a-count", "write 1200"),
        ({"8": "3.0"}, "not-a-count", "write 3,"),
        ({"8": "3.5"}, "not-a-count", "digits alone"),
        ({"8": "several"}, "not-a-count", "digits alone"),
        ({"TUR": "Turky"}, "unknown-actor", "Turkey"),
        ({"ASSAULT": "GREET"}, "type-not-of-kind", "ASSAULT"),
        ({"clash": "battle"}, "not-an-article", "kind"),
        ({"a1": ""}, "no-id", "url"),
        ({"2020-02-03": "soon"}, "not-a-date", "EDTF"),
        ({"2020-02-03": "3/2/2020"}, "not-a-date", "2020-02-03 or 2020-03-02"),
    ],
)
def test_what_is_wrong_is_told_with_what_would_be_right(
    tmp_path: Path, changes: dict[str, str], reason: str, says: str
) -> None:
    row = ROW
    for old, new in changes.items():
        row = ",".join(f'"{new}"' if cell == old else cell for cell in row.split(","))
    summary, rejected, _ = imported(tmp_path, table(ROW.replace("a1", "a0"), row))
    assert summary.imported == 1
    assert rejected[0].startswith(f"3 {reason}: ")
    assert says in rejected[0]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (f"{HEADER},wunded", "did you mean wounded"),
        (f"{HEADER},colour of flag", "it has agreement"),
        (f"{HEADER},occurred", "are one"),
    ],
)
def test_a_column_that_is_none_is_refused_with_what_was_meant(tmp_path: Path, header: str, says: str) -> None:
    summary, _, _ = imported(tmp_path, table(f"{ROW},1", header=header))
    assert says in summary.errors[0]
    with pytest.raises(InvalidFacts, match=says):
        articles_of_table(table(f"{ROW},1", header=header), 10_000)


def test_dates_that_leave_a_doubt_are_refused(tmp_path: Path) -> None:
    rows = [ROW.replace("2020-02-11", "11/2/2020").replace("2020-02-03", day) for day in ("3/2/2020", "4/2/2020")]
    summary, _, _ = imported(tmp_path, table(*rows))
    assert summary.imported == 0
    assert "day or the month" in summary.errors[0]


def test_a_table_that_is_sent_is_its_articles() -> None:
    rows = [ROW, "a2" + ROW[2:], "a1,,,clash,ASSAULT,2020-02-04,SYR,TUR,x", ROW.replace("a1,", ",")]
    first, second, third = articles_of_table(table(*rows), 10_000)
    assert (first.rows, list(first.faults)) == ([2, 4], [4])
    assert (second.rows, second.faults, second.body["events"][0]["killed"]) == ([3], {}, 8)
    assert (third.rows, third.faults) == ([5], {})
    for content in (b"", b"a,b\n", "é".encode("utf-32")):
        with pytest.raises(InvalidFacts):
            articles_of_table(content, 10_000)


def test_what_our_csv_guards_is_read_as_it_was(tmp_path: Path) -> None:
    row = f'{ROW},"\'=SUM(A1)"'
    _, _, target = imported(tmp_path, table(row, header=f"{HEADER},quote"))
    assert target.articles["a1"].reports[0].quote == "=SUM(A1)"


words = st.text("ab '=+-@;,\"\nNA<>é", max_size=8).map(str.strip) | st.sampled_from(sorted(ABSENT))
texts = st.none() | words.map(lambda text: text or None)
days = st.sampled_from(["2020-02-03", "2018", "2018-21", "199X", "2020-01-31/2020-02-06", "2018/..", "2015-09~"])
sources, targets = st.sampled_from(["SYR", "RUS SYR"]), st.sampled_from(["TUR", "ISR TUR"])
common = {"day": days, "summary": texts, "place": texts, "source_role": texts}
directed = {"source": sources, "target": targets, "reciprocal": st.booleans(), "mode": texts, **common}
reports = st.one_of(
    st.builds(clash, cameo=st.sampled_from([None, "190"]), **directed),
    st.builds(clash, killed=st.none() | st.integers(0, 99), wounded=st.none() | st.integers(0, 99), **directed),
    st.builds(statement, quote=texts, speaker=texts, **directed),
    st.builds(cooperation, **directed),
    st.builds(agreement, **common),
    st.builds(agreement, agreement=st.just("=a-1"), title=texts, purpose=st.just("ceasefire"), **common),
    st.builds(backing, development=st.sampled_from(["standing", "begun"]), **common),
)
headers = st.builds(
    header,
    published=st.sampled_from(["2021-02-11", "2021-02-11T10:30:00Z"]),
    publisher=words.map(lambda name: name or "Reuters"),
    url=st.sampled_from([None, "https://news.example/1?a=1,2"]),
    headline=texts,
    language=st.sampled_from([None, "pt-BR"]),
)


def exported(article_id: str, about: Header, *told: Report) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(
        [exported_header(), *(exported_row(article_id, about, report) for report in told)]
    )
    return text.getvalue().encode()


@settings(max_examples=20)  # each with the actors of the seeds
@given(headers, st.lists(reports, min_size=1, max_size=3, unique_by=str))
def test_what_is_exported_is_known_when_it_is_imported_and_no_change_when_it_is_posted(
    about: Header, told: list[Report]
) -> None:
    numbered = [replace(report, ref=f"={number}") for number, report in enumerate(told)]
    article = Article.post("a-1", about, numbered, PROVENANCE)
    table = exported("a-1", about, *numbered)
    target = MemoryTarget()
    target.seed()
    target.histories["a-1"] = list(article.collect_events())
    with TemporaryDirectory() as folder:
        summary, rejected, _ = import_bytes(Path(folder), table, target)
    assert (summary.duplicates, rejected, len(target.histories)) == (len(told), [], 1)
    (sent,) = articles_of_table(table, 100_000)
    command = parse_article(ArticleIn.model_validate(sent.body), seeded_directory(), PROVENANCE)
    assert article.says(command.header, command.reports)


@pytest.mark.parametrize("absent", sorted(ABSENT))
def test_a_cell_that_says_that_there_is_nothing_is_empty(tmp_path: Path, absent: str) -> None:
    row = f"{ROW.removesuffix('8')}{absent},{absent},{absent}"
    _, rejected, target = imported(tmp_path, table(row, header=f"{HEADER},quote,headline"))
    article = target.articles["a1"]
    assert (rejected, article.header.headline) == ([], None)
    assert isinstance(article.reports[0], Clash)
    assert (article.reports[0].killed, article.reports[0].quote) == (None, None)


def test_every_column_is_one_of_an_article_or_an_event(tmp_path: Path) -> None:
    header = ",".join(sorted(COLUMNS))
    values = {
        **dict.fromkeys(COLUMNS, ""),
        "id": "a",
        "publisher": "P",
        "published": "2020-02-11",
        "headline": "H",
        "language": "en",
        "type": "ASSAULT",
        "occurred": "2020-02-03",
        "source": "SYR",
        "target": "TUR",
        "reciprocal": "no",
        "source_role": "MIL",
        "target_role": "CVL",
        "wounded": "2",
        "speaker": "S",
        "mode": "m",
        "ref": "1",
    }
    row = ",".join(values[name] for name in sorted(COLUMNS))
    summary, rejected, _ = imported(tmp_path, table(row, header=header))
    assert (summary.imported, rejected) == (1, [])
