"""Reads CAMEO's codes of actors: country, organisation, region or people, then groups and roles behind it."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Final

from api.importing.codes import cameo, cameo_parties, ethnic
from api.importing.codes.coded_actor import CodedActor
from api.importing.rows import Reject

_SHAPE: Final = re.compile(r"[a-z]{3}|[A-Z]{3}([A-Z0-9]{3}|[a-z]{3})*")
_PARTY_ROLES: Final = frozenset({"IMG", "NGM", "NGO"})
Parts = Sequence[str]
Reads = Callable[[str, Parts], CodedActor | None]


class CameoActors:
    """Reads codes; `is_country` says whether three letters are the registry's code of a country."""

    def __init__(self, is_country: Callable[[str], bool]) -> None:
        self._is_country = is_country
        self._ways: tuple[Reads, ...] = (
            self._of_country,
            self._of_organisation,
            _of_community,
            _of_region,
            _known_alone,
            self._of_role,
        )

    def read(self, code: str) -> CodedActor:
        """Return what a code means. Raises `Reject` if it names no actor, or is none."""
        if not _SHAPE.fullmatch(code):
            detail = f"{code[:40]!r} is not a CAMEO code: three capital letters, and threes behind them"
            raise Reject("unknown-actor", detail)
        if code.islower():
            return _people(code)
        head, *rest = (code[at : at + 3] for at in range(0, len(code), 3))
        for way in self._ways:
            if meaning := way(head, rest):
                return meaning
        return CodedActor(head, "".join(rest), f"CAMEO's dictionary has no {head}", is_doubtful=True)

    def country(self, code: str) -> str | None:
        """Return the registry's code of a country, by CAMEO's."""
        return cameo.COUNTRIES.get(code) or (code if self._is_country(code) else None)

    def _country_behind(self, code: str) -> str | None:
        """Return a country behind a role, where some codes are a religion's that are a country's at the front."""
        return None if code in cameo.COMMUNITY_CODES else self.country(code)

    def _of_country(self, head: str, rest: Parts) -> CodedActor | None:
        country = self.country(head)
        if country is None:
            return None
        parties = {
            **cameo_parties.INTERNATIONAL_GROUPS,
            **cameo.PARTS.get(head, {}),
            **cameo.PARTS.get(country, {}),
            **cameo_parties.GROUPS.get(country, {}),
        }
        for index, part in enumerate(rest):
            if part in parties:
                return CodedActor(parties[part], "".join(rest[index + 1 :]), f"CAMEO: {part} behind {head}")
        if head == ethnic.ETHNIC and (people := _ethnic_group(rest)):
            return people
        role, why = "".join(rest), f"CAMEO: country {head}"
        if group := self._unknown_group(rest):
            why = f"{why}; no dictionary has {group} behind it, a group that may not be meant by its country"
            return CodedActor(country, role, why, is_doubtful=True)
        return CodedActor(country, role, why)

    def _unknown_group(self, rest: Parts) -> str | None:
        """Return what stands behind the country, or the role of an armed group, and is no role and no people."""
        named = [*rest[:1], *(part for role, part in pairwise(rest) if role in cameo.ARMED)]
        return next((part for part in named if not self._is_general(part)), None)

    def _of_organisation(self, head: str, rest: Parts) -> CodedActor | None:
        if head != "IGO":
            return None
        known = {**cameo_parties.NONGOVERNMENTAL, **cameo_parties.ORGANISATIONS}
        return _last(rest, known) or self._unnamed(head, rest)

    def _unnamed(self, head: str, rest: Parts) -> CodedActor:
        """Return an organisation by a part that the dictionary lacks. Raises `Reject` if there is no such part."""
        for index, part in enumerate(rest):
            if not self._is_general(part):
                why = f"CAMEO's dictionary has no {part} behind {head}"
                role = "".join((*rest[:index], *rest[index + 1 :]))
                return CodedActor(f"{head}{part.upper()}", role, why, is_doubtful=True)
        raise Reject("no-actor", f"{head}{''.join(rest)} is a role, and does not say whose")

    def _is_general(self, part: str) -> bool:
        """Return whether a part says only what kind of party it is, or whence."""
        known = part in cameo.ROLES or part in cameo.REGIONS or part in ethnic.PEOPLES
        return known or part in cameo.PLACES or _community(part) is not None or self.country(part) is not None

    def _of_role(self, head: str, rest: Parts) -> CodedActor | None:
        """Return whose role it is: what stands first is a role, and behind it may stand of whom."""
        if head not in cameo.ROLES:
            return None
        parties = {"IMG": cameo_parties.INTERNATIONAL_GROUPS, "UAF": cameo_parties.INTERNATIONAL_GROUPS}
        if known := _last(rest, parties.get(head, cameo_parties.NONGOVERNMENTAL)):
            return known
        if head in cameo.ROLES_OF_SOMEONE:
            for find in (self._country_behind, _community, cameo.REGIONS.get):
                for index, part in enumerate(rest):
                    if actor := find(part):
                        role = "".join((head, *rest[:index], *rest[index + 1 :]))
                        return CodedActor(actor, role, f"CAMEO: role {head} of {part}")
        if head in _PARTY_ROLES:
            return self._unnamed(head, rest)
        raise Reject("no-actor", f"{head}{''.join(rest)} is a role, and does not say whose")


@lru_cache(maxsize=1024)
def party_of(code: str) -> str | None:
    """Return the organisation or group that a known group's code of three letters means."""
    for known in (
        cameo_parties.ORGANISATIONS,
        cameo_parties.NONGOVERNMENTAL,
        cameo_parties.GROUPS_ALONE,
        cameo_parties.INTERNATIONAL_GROUPS,
        *cameo_parties.GROUPS.values(),
    ):
        if code in known:
            return known[code]
    return None


def name_of_people(code: str) -> str | None:
    """Return the name of a people or a religion, by the registry's code for it."""
    return cameo.COMMUNITIES.get(code) or (
        ethnic.PEOPLES.get(code.removeprefix(ethnic.PREFIX).lower()) if code.startswith(ethnic.PREFIX) else None
    )


def _ethnic_group(rest: Parts) -> CodedActor | None:
    """Return the people that stands behind ETH, None where Ethiopia may be meant: a part of it, or its religion.

    Ethiopia has the same letters in CAMEO. It is not what a people's code, or one that nobody knows, is a part of.
    """
    if not rest or rest[0].islower():
        return None
    code, role = rest[0], "".join(rest[1:])
    community = _community(code)
    if code in cameo.ROLES or community in cameo.RELIGIONS:
        return None
    if community is not None:
        return CodedActor(community, role, f"ETH before {code}: {cameo.COMMUNITIES[community]}, and not Ethiopia")
    name = ethnic.PEOPLES.get(code.lower())
    what = f"it may be {name}" if name else f"no dictionary has {code} as a people"
    return CodedActor(
        f"{ethnic.PREFIX}{code}", role, f"ETH before {code}: {what}, and not Ethiopia", is_doubtful=True
    )


def _of_community(head: str, rest: Parts) -> CodedActor | None:
    community = _community(head)
    if community is None:
        return None
    return _last(rest, cameo_parties.INTERNATIONAL_GROUPS) or CodedActor(
        community, "".join(rest), f"CAMEO: {cameo.COMMUNITIES[community]}"
    )


def _community(code: str) -> str | None:
    code = cameo.COMMUNITY_CODES.get(code, code)
    return code if code in cameo.COMMUNITIES else None


def _of_region(head: str, rest: Parts) -> CodedActor | None:
    if head not in cameo.REGIONS:
        return None
    return _last(rest, cameo_parties.INTERNATIONAL_GROUPS) or CodedActor(
        cameo.REGIONS[head], "".join(rest), f"CAMEO: region {head}"
    )


def _known_alone(head: str, rest: Parts) -> CodedActor | None:
    known = cameo_parties.ORGANISATIONS if head in cameo_parties.KNOWN_ALONE else cameo_parties.GROUPS_ALONE
    return CodedActor(known[head], "".join(rest), f"CAMEO: {head}") if head in known else None


def _people(code: str) -> CodedActor:
    if code in ethnic.PEOPLES:
        return CodedActor(f"{ethnic.PREFIX}{code.upper()}", "", f"CAMEO: {ethnic.PEOPLES[code]}")
    raise Reject("unknown-actor", f"the list of peoples has no {code!r}")


def _last(parts: Parts, known: Mapping[str, str]) -> CodedActor | None:
    """Return the last part that is known: those before it say in what it is, those behind it which part of it."""
    for index in range(len(parts) - 1, -1, -1):
        if parts[index] in known:
            return CodedActor(known[parts[index]], "".join(parts[index + 1 :]), f"CAMEO: {parts[index]}")
    return None
