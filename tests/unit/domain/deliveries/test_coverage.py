"""Files that have no column for a field, or tell a part of it: they change nothing of what is recorded."""

from msgspec.structs import replace

from domain.deliveries.coverage import WHOLE, Coverage
from domain.reports import Clash, Statement
from tests.language import clash, header, statement

TOLD = clash(ref="1", place="Idlib, Syria", killed=3, source_role="MIL")


def silent(*fields: str) -> Coverage:
    return Coverage(silent=frozenset(fields))


def partial(*fields: str) -> Coverage:
    return Coverage(partial=frozenset(fields))


def test_what_has_no_column_stays_as_it_is_recorded() -> None:
    given = clash(ref="1", type="COERCE")
    assert silent("place", "killed").completed(given, TOLD) == replace(TOLD, type="COERCE", source_role=None)
    assert silent("mode").completed(clash(ref="1", mode="Battles"), TOLD) == clash(ref="1")


def test_a_type_without_a_column_stays_with_its_kind_and_the_rest_is_taken() -> None:
    made = silent("type").completed(statement("SYR", "TUR", type=None, place="Hama"), TOLD)
    assert isinstance(made, Clash)
    assert (made.type, made.place, made.killed) == ("ASSAULT", "Hama", 3)


def test_a_part_of_a_text_says_nothing_against_the_whole() -> None:
    known = partial("place")
    assert known.completed(replace(TOLD, place="Syria"), TOLD) == TOLD
    assert known.completed(replace(TOLD, place="Hama, Syria"), TOLD).place == "Hama, Syria"
    assert known.completed(replace(TOLD, place=None), TOLD) == TOLD


def test_a_day_within_the_days_that_are_recorded_says_nothing_against_them() -> None:
    recorded = replace(TOLD, occurred="2020-01-31/2020-02-06")
    assert partial("occurred").completed(replace(TOLD, occurred="2020-02-03"), recorded) == recorded
    assert partial("occurred").completed(replace(TOLD, occurred="2020-02-08"), recorded).occurred == "2020-02-08"


def test_some_of_the_actors_say_nothing_against_all_and_names_of_all_stay() -> None:
    recorded = clash("SYR RUS", "TUR", named=(("Syrian Army", "SYR"),))
    made = partial("source", "target").completed(clash("TUR", "SYR", named=(("Türkiye", "TUR"),)), recorded)
    assert isinstance(made, Clash)
    assert (made.source, made.target) == (("SYR", "RUS"), ("TUR",))
    assert made.named == (("Syrian Army", "SYR"), ("Türkiye", "TUR"))
    other = partial("source", "target").completed(clash("IRN", "TUR"), recorded)
    assert isinstance(other, Clash)
    assert other.source == ("IRN",)


def test_a_kind_that_lacks_a_field_does_without_it() -> None:
    made = silent("killed").completed(statement(), TOLD)
    assert isinstance(made, Statement)


def test_an_article_is_known_without_its_url_and_publisher() -> None:
    own, given = header(url="https://news.example/1", publisher="news.example"), header(publisher="GDELT")
    assert not WHOLE.is_of(own, given)
    assert silent("url", "publisher").is_of(own, given)
    assert not silent("url").is_of(own, given)


def test_what_somebody_says_is_said() -> None:
    assert silent("place", "publisher").without(("publisher",)) == silent("place")
    assert silent("place").without(("publisher",)) == silent("place")
    assert not silent("place").without(("place",))
