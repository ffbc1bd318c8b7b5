"""In which areas published incidents lie, and by which names of these they are found."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field

from incidents.models import AdminArea, AreaClosure, AreaName
from incidents.models.bulk import Row
from incidents.models.gathering import columns
from incidents.rules.publication.board import Content

# {P-code: {ancestor P-code, itself included: its level}}
Above = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Lying:
    """Where incidents lie: what is above the areas that their documents name, and words of all these areas' names."""

    above: Above
    names: Mapping[str, Set[str]]
    words: dict[frozenset[str], frozenset[str]] = field(default_factory=dict)
    """Words of all names of these areas, once for all incidents that lie in the same."""


def lying(contents: Iterable[Content]) -> Lying:
    """Where the incidents of these documents lie."""
    contents = list(contents)
    named: dict[str, int] = {}
    for content in contents:
        named.update({area["pcode"]: area["level"] for area in content["place"]["areas"]})
        named.update({estimate["area"]: 0 for estimate in content["by_area"]})
    return lying_in(named, {content["place"]["country"] for content in contents})


def lying_in(named: Mapping[str, int], countries: Set[str]) -> Lying:
    """The same of areas given by their P-codes and levels, and of countries."""
    above = _above(named)
    return Lying(above, _names({pcode for chain in above.values() for pcode in chain} | countries))


def _above(named: Mapping[str, int]) -> Above:
    """What lies above each of these areas, and the area itself."""
    above: dict[str, dict[str, int]] = {}
    rows = columns(
        "what lies above areas",
        lambda some: AreaClosure.objects.filter(descendant__pcode__among=some).values(
            "descendant__pcode", "ancestor__pcode", "ancestor__level"
        ),
        AdminArea._meta.get_field("pcode"),
        named.keys(),
    )
    for below, ancestor, level in rows:
        above.setdefault(below, {})[ancestor] = level
    for pcode, level in named.items():
        above.setdefault(pcode, {pcode: level})
    return above


def _names(pcodes: set[str]) -> dict[str, set[str]]:
    """{P-code: words of its names in every language}."""
    named: dict[str, set[str]] = {}
    rows = columns(
        "names of areas",
        lambda some: AreaName.objects.filter(area__pcode__among=some).values("area__pcode", "folded"),
        AdminArea._meta.get_field("pcode"),
        pcodes,
    )
    for pcode, name in rows:
        named.setdefault(pcode, set()).update(name.split())
    return named


def words_of(content: Content, lying: Lying) -> frozenset[str]:
    """The words of the names of all places that an incident lies in."""
    place, above = content["place"], lying.above
    pcodes = {place["country"], *(pcode for area in place["areas"] for pcode in above[area["pcode"]])}
    for estimate in content["by_area"]:
        pcodes.update(above[estimate["area"]])
    key = frozenset(pcodes)
    if key not in lying.words:
        lying.words[key] = frozenset(word for pcode in pcodes for word in lying.names.get(pcode, ()))
    return lying.words[key]


def rows(incident: int, content: Content, above: Above) -> list[Row]:
    """The rows of an incident (its primary key) for the areas that it lies in, its country where it names none."""
    own = [area["pcode"] for area in content["place"]["areas"]]
    itemised = sorted({estimate["area"] for estimate in content["by_area"]})
    country = content["place"]["country"]
    above_own = above if own else {country: {country: 0}}
    return [
        *_closure(incident, own or [country], above_own, itemised=False),
        *_closure(incident, itemised, above, itemised=True),
    ]


def _closure(incident: int, pcodes: Iterable[str], above: Above, *, itemised: bool) -> list[Row]:
    return [
        {"incident_id": incident, "pcode": ancestor, "own_pcode": pcode, "level": level, "itemised": itemised}
        for pcode in pcodes
        for ancestor, level in above[pcode].items()
    ]
