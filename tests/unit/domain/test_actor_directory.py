"""Who may be named how: a code or a name that another actor has is refused, in whatever case, script or order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actor_directory import ActorDirectory, SharedName
from domain.actors import ActorNameAdded, ActorNameRemoved, actor_uuid, names_without
from domain.errors import NameTaken, UnreadableHistory
from domain.standards.text import comparable
from tests.language import BY_ANN

TURKEY = ("TUR", "Türkiye", ["Ankara", "Türk"])
REBELS = ("SYR-REB", "Free Army", ["The Opposition", "Iraklı"])


def directory(*actors: tuple[str, str, list[str]]) -> ActorDirectory:
    made = ActorDirectory()
    for code, name, aliases in actors or (TURKEY, REBELS):
        made.add(code, name, aliases)
    return made


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("ANKARA", "TUR"),
        ("the Ankara", "TUR"),
        ("turk", "TUR"),
        ("tür", "TUR"),  # its code
        ("Syr. Reb", "SYR-REB"),
        ("opposition", "SYR-REB"),
        ("THE-OPPOSITION", "SYR-REB"),
        ("IRAKLI", "SYR-REB"),  # the upper case of a name with a dotless i
    ],
)
def test_what_another_actor_has_is_refused(text: str, owner: str) -> None:
    with pytest.raises(NameTaken) as caught:
        directory().check_names("NEW", [(("name",), "New one"), (("aliases", 0), text)], False)

    (fault,) = caught.value.faults
    assert (fault.path, fault.code, fault.candidates) == (("aliases", 0), "name-taken", (owner,))
    assert owner in fault.detail


def test_what_is_free_or_its_own_is_nobody_elses() -> None:
    known = directory()
    assert known.check_names("NEW", [(("name",), "Newland")], False) == ()
    assert known.check_names("TUR", [(("aliases", 0), "ANKARA"), (("code",), "TUR")], False) == ()


def test_a_name_is_shared_with_whom_it_may_be() -> None:
    known = directory()
    given_names = [(("name",), "Ankara")]
    assert known.check_names("NEW", given_names, True) == ("TUR",)
    assert known.check_names("NEW", given_names, frozenset({"TUR", "NEW"})) == ("TUR",)
    with pytest.raises(NameTaken):
        known.check_names("NEW", given_names, frozenset({"SYR-REB"}))


def test_shared_names_say_whose_code_wins() -> None:
    known = directory(TURKEY, ("ANKARA", "Ankara group", []), ("KOR", "Korea", []), ("PRK", "DPRK", ["korea"]))
    assert [*known.shared_names()] == [
        SharedName("ankara", ("ANKARA", "TUR"), "ANKARA"),
        SharedName("korea", ("KOR", "PRK"), None),
    ]
    assert [shared.name for shared in known.shared_names("TUR")] == ["ankara"]
    assert known.find("Ankara") == ("ANKARA",)  # as it was always looked up
    assert known.find("Korea") == ("KOR", "PRK")


def removed(code: str, name: str) -> ActorNameRemoved:
    fields = {**BY_ANN.fields(), "code": code, "name": name, "reason": None}
    return ActorNameRemoved(originator_id=actor_uuid(code), originator_version=2, **fields)


def test_a_name_that_was_taken_back_is_nobodys() -> None:
    known = directory()
    before = known.copy()
    known.apply(removed("TUR", "Ankara"))
    assert (known.find("ankara"), before.find("ankara")) == ((), ("TUR",))
    assert known.others_with("NEW", "Ankara") == ()


def test_another_spelling_that_is_left_is_still_a_name() -> None:
    known = directory(("TUR", "Türkiye", ["Turkiye"]))
    known.apply(removed("TUR", "Türkiye"))
    assert (known.find("TÜRKIYE"), known.names["TUR"]) == (("TUR",), "Turkiye")
    assert known.others_with("NEW", "turkiye") == ("TUR",)
    known.apply(removed("TUR", "Turkiye"))
    assert (known.find("turkiye"), known.names["TUR"]) == ((), "TUR")
    assert known.others_with("NEW", "TUR") == ("TUR",)


def test_a_shared_name_that_one_loses_is_the_others_again() -> None:
    known = directory(("KOR", "South", ["Korea"]), ("PRK", "North", ["Korea"]))
    known.apply(removed("PRK", "Korea"))
    assert known.find("korea") == ("KOR",)
    assert [*known.shared_names()] == []


def test_a_name_of_an_actor_that_cannot_be_read_is_not_taken_back() -> None:
    with pytest.raises(UnreadableHistory):
        directory().apply(removed("ATL", "Atlantis"))


CODES = st.sampled_from(["AA", "BB", "A-B", "THE-AA", "ISS", "FI"])
NAMES = st.one_of(
    st.sampled_from(["aa", "The AA", "ıss", "ıß", "ﬁ", "a b", "b"]), st.text(max_size=3).filter(comparable)
)
ACTORS = st.dictionaries(CODES, st.lists(NAMES, min_size=1, max_size=3), max_size=4)


@given(ACTORS, CODES, NAMES, st.text(max_size=4))
def test_an_addition_that_is_not_refused_moves_no_text_from_one_actor_to_another(
    actors: dict[str, list[str]], code: str, name: str, text: str
) -> None:
    known = directory(*[(code, names[0], names[1:]) for code, names in actors.items()])
    changed = known.copy()
    is_new = code not in known.names
    given_texts = [(("name",), name), *([(("code",), code)] if is_new else [])]
    try:
        known.check_names(code, given_texts, False)
    except NameTaken:
        return
    changed.add(code, name, ()) if is_new else changed._add_names(code, (name,))
    for looked_up in (text, name, code, name.upper(), f"the {name}", *(n for ns in actors.values() for n in ns)):
        before = known.find(looked_up)
        assert not before or changed.find(looked_up) == before


@given(st.data(), ACTORS)
def test_how_the_histories_of_actors_interleave_does_not_matter(
    data: st.DataObject, actors: dict[str, list[str]]
) -> None:
    gone = {code: data.draw(st.lists(st.sampled_from(names), unique=True)) for code, names in actors.items()}
    in_turn = [code for code in actors for _ in (*actors[code], *gone[code])]
    one, other = ActorDirectory(), ActorDirectory()
    for made, order in ((one, in_turn), (other, data.draw(st.permutations(in_turn)))):
        steps = {
            code: iter([(name, True) for name in actors[code]] + [(name, False) for name in gone[code]])
            for code in actors
        }
        for code in order:
            _take_in(made, code, *next(steps[code]))
    texts = [*actors, *(name for names in actors.values() for name in names)]
    assert [one.find(text) for text in texts] == [other.find(text) for text in texts]
    assert sorted(one.shared_names()) == sorted(other.shared_names())
    assert one.names == other.names


def _take_in(made: ActorDirectory, code: str, name: str, added: bool) -> None:
    if not added:
        made.apply(removed(code, name))
    elif code not in made.names:
        made.add(code, name, ())
    else:
        fields = {**BY_ANN.fields(), "code": code, "name": name}
        made.apply(ActorNameAdded(originator_id=actor_uuid(code), originator_version=2, **fields))


def test_the_names_without_one_are_the_code_where_none_is_left() -> None:
    assert names_without("TUR", ("Türkiye", "Ankara"), "Türkiye") == ("Ankara",)
    assert names_without("TUR", ("Ankara", "Ankara"), "Ankara") == ("TUR",)


@pytest.mark.parametrize(("text", "has"), [("TUR", True), (" tur ", True), ("SYR-REB", True), ("Ankara", False)])
def test_a_code_is_told_from_a_name(text: str, has: bool) -> None:
    assert directory().has_code(text) is has


@pytest.mark.parametrize("text", ["USSR", "ussr", "U.S.S.R.", "USS", "UAR", "FRG", "UKR.", "USAF"])
def test_an_abbreviation_does_not_suggest_another_that_looks_like_it(text: str) -> None:
    known = directory(
        ("USA", "United States", ["US", "U.S.A."]),
        ("ARE", "United Arab Emirates", ["UAE"]),
        ("FRA", "France", []),
        ("GBR", "United Kingdom", ["UK"]),
    )
    assert known.suggest(text) == ()


@pytest.mark.parametrize(("text", "near"), [("GER", ("DEU",)), ("Ukrain", ("UKR",)), ("Cubs", ("CUB",)), ("", ())])
def test_the_beginning_of_a_name_and_a_slip_in_a_longer_one_suggest_it(text: str, near: tuple[str, ...]) -> None:
    known = directory(
        ("DEU", "Germany", []), ("TUR", "Türkiye", []), ("UKR", "Ukraine", []), ("CUB", "Cuba", ["Cubans"])
    )
    assert known.suggest(text) == near


def test_codes_are_found_by_a_part_of_a_code_or_a_name_as_they_are_compared() -> None:
    assert directory().codes_with("tur") == {"TUR"}
    assert directory().codes_with("ank") == {"TUR"}
    assert directory().codes_with("r") == {"TUR", "SYR-REB"}
    assert directory().codes_with("nobody") == frozenset()
