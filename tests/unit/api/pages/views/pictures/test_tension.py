"""Which incidents a picture of a pair marks: of each part of the time the heaviest of either sign."""

from api.pages.views.pictures.tension import heaviest_of_parts
from projections.scoring.incidents import Incident


def incident(day: int, weight: float) -> Incident:
    type_ = "ASSAULT" if weight < 0 else "AID"
    return Incident(f"{type_}-{day}", "RUS", "TUR", 0, type_, day, True, 1, 1, None, None, weight)


def test_a_few_are_all_marked() -> None:
    few = [incident(day, 5.0) for day in range(40)]
    assert list(heaviest_of_parts(few)) == few


def test_many_are_marked_in_each_part_of_the_time_and_of_conflict_as_of_cooperation() -> None:
    fights = [incident(day, -4.5) for day in range(2000)]
    aid = [incident(day, 5.0) for day in range(0, 2000, 2)]
    worst = incident(1050, -40.0)
    marked = heaviest_of_parts([*fights, worst, *aid])
    assert sum(each.weight < 0 for each in marked) == sum(each.weight > 0 for each in marked) == 20
    assert {each.day // 100 for each in marked} == set(range(20))
    assert worst in marked
