"""Lines that are one record, stray quotes, and every line accounted for."""

import csv
import io
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from api.importing.records.csv_records import MOST_LINES, join_records, split_record
from api.importing.text_files import TextLine, read_lines

_CELLS = st.text(alphabet='ab,;"\né', max_size=6)  # without blanks: a line of nothing else is left out


def joined(text: str, fields: int, separator: str = ",") -> list[TextLine]:
    return list(join_records(read_lines(iter([text.encode()]), 10_000), separator, fields))


def rows_of(records: Sequence[TextLine], separator: str = ",") -> list[list[str]]:
    return [split_record(record.text, separator) for record in records if record.text is not None]


def test_a_field_in_quotes_has_separators_quotes_and_line_breaks() -> None:
    records = joined('id,note\n1,"a, ""b""\n\nc"\n2,d\n', 2)
    assert [record.number for record in records] == [1, 2, 5]
    assert rows_of(records) == [["id", "note"], ["1", 'a, "b"\n\nc'], ["2", "d"]]


def test_a_quote_within_a_field_is_a_letter() -> None:
    assert rows_of(joined('1,5" gun\n2,b\n', 2)) == [["1", '5" gun'], ["2", "b"]]


def test_a_quote_that_is_never_closed_costs_its_line_and_no_other() -> None:
    for text in ('1,"a\n2,b\n3,c\n', '1,"a\n2,b\n3,"c"\n'):
        records = joined(text, 2)
        assert [(record.number, record.text is None) for record in records] == [(1, True), (2, False), (3, False)]
        assert records[0].reject.startswith("unclosed-quote\t")


def test_a_record_has_no_end_of_lines() -> None:
    records = joined('1,"' + "a\n" * (MOST_LINES + 1) + '"\n2,b\n', 2)
    assert records[0].text is None
    assert rows_of(records[-1:]) == [["2", "b"]]


def test_quotes_that_are_opened_in_every_line_are_not_read_again_and_again() -> None:
    records = joined('a"b,"c\n' * 2_000, 3)  # each ends open, and closes the one before it
    assert len(records) == 2_000
    assert {record.text for record in records} == {None}


@given(st.lists(st.lists(_CELLS, min_size=3, max_size=3), min_size=1), st.sampled_from(",;\t"))
def test_what_a_csv_writer_writes_is_read_back(rows: list[list[str]], separator: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n", quoting=csv.QUOTE_ALL).writerows(rows)
    assert rows_of(joined(text.getvalue(), 3, separator), separator) == rows


@given(st.text(alphabet='a",\n', max_size=60), st.integers(1, 4))
def test_every_line_is_in_one_record(text: str, fields: int) -> None:
    covered: list[int] = []
    for record in joined(text, fields):
        taken = [""] if record.text is None else record.text.split("\n")
        covered += [record.number + n for n, line in enumerate(taken) if line.strip() or record.text is None]
        assert len(taken) == 1 or len(split_record(record.text or "", ",")) == fields
    assert covered == [line.number for line in read_lines(iter([text.encode()]), 10_000)]


def test_tabs_part_a_line_whatever_the_quotes_in_it() -> None:
    lines = '"Unity Party\tb\t"c"\n"Unity" Party\tb\tc\n'
    assert [record.text for record in joined(lines, 3, "\t")] == lines.splitlines()
    assert split_record('"Unity Party\tb\t"c"', "\t", 3) == ['"Unity Party', "b", "c"]
    assert split_record('"Unity" Party\t"say ""b"""\t""c""', "\t", 3) == ['"Unity" Party', 'say "b"', "c"]
    assert split_record('"a\tb"\tc', "\t", 2) == ["a\tb", "c"]
