"""Where a submission says that things happened: its places and the areas that it names, and what they contradict."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from incidents import choices
from incidents.models import AdminArea, PublicClaim, PublicIncident, PublicIncidentArea
from incidents.rules.refusals import Fault, pointer

POINTED = frozenset({choices.GeoPrecision.EXACT, choices.GeoPrecision.NEAR})
Content = Mapping[str, Any]


def places(content: Content) -> Iterator[tuple[Content, tuple[str, ...]]]:
    """Each place of an incident that it speaks of, with the steps to it."""
    for steps in (("incident",), ("correction", "changes")):
        facts = content
        for step in steps:
            facts = facts.get(step, {})
        if "place" in facts:
            yield facts["place"], (*steps, "place")


def astray(content: Content) -> Iterator[Fault]:
    """What is said of places and cannot be, by the gazetteer, by itself, or by where the incident is."""
    yield from _unknown(content)
    yield from _torn(content)
    yield from _torn_cells(content)
    yield from _left_behind(content)


def _torn(content: Content) -> Iterator[Fault]:
    """A place that says two things: an area of another country, or a point that is known and not there.

    Such an incident counts in the one and in the other. One that crosses a border has an area in its country too.
    """
    for place, steps in places(content):
        areas = place.get("areas", [])
        countries = dict(AdminArea.objects.filter(pcode__in=areas).values_list("pcode", "country"))
        if countries and place["country"] not in countries.values():
            code = next(code for code in areas if code in countries)
            detail = f"{code} lies in {countries[code]}, the incident in {place['country']}; correct one of them."
            yield Fault(pointer(*steps, "areas", areas.index(code)), "contradiction", detail)
        if place["precision"] in POINTED and not place.get("point"):
            detail = (
                f"'{place['precision']}' needs a point; without one a village or town is 'settlement_unmatched', and"
                " what is known to its district or province alone 'adm2' or 'adm1'."
            )
            yield Fault(pointer(*steps, "precision"), "contradiction", detail)


def _torn_cells(content: Content) -> Iterator[Fault]:
    """People of an incident who are said to be elsewhere: they would count there, and in the incident's country too."""
    cells = [
        (pointer("claims", index, "cells", number, "area"), cell["area"])
        for index, claim in enumerate(content.get("claims", []))
        for number, cell in enumerate(claim.get("cells", []))
        if "area" in cell
    ]
    if not cells:
        return
    place = content["incident"]["place"] if "incident" in content else _place_in_public(content["about"])
    if place is None:
        return
    codes = {*(code for _, code in cells), *place.get("areas", [])}
    countries = dict(AdminArea.objects.filter(pcode__in=codes).values_list("pcode", "country"))
    here = {place["country"], *(countries.get(code) for code in place.get("areas", []))}
    for where, code in cells:
        if code in countries and countries[code] not in here:
            detail = (
                f"{code} lies in {countries[code]}, the incident in {place['country']}. Send what happened there as an"
                " incident of its own, or name an area there in the place of one that crosses the border."
            )
            yield Fault(where, "contradiction", detail)


def _left_behind(content: Content) -> Iterator[Fault]:
    correction = content.get("correction", {})
    place = correction.get("changes", {}).get("place")
    if place is not None:
        gone = {each["claim"] for each in correction.get("retractions", [])}
        yield from left_behind(content["about"], place, gone, pointer("correction", "changes", "place", "country"))


def left_behind(about: UUID, place: Content, gone: Collection[UUID], where: str) -> Iterator[Fault]:
    """People whom claims that count place where the incident would not lie any more: it would count there too.

    Claims that are `gone` with the same submission are none of them.
    """
    itemised = PublicIncidentArea.objects.filter(incident__public_id=about, itemised=True)
    codes = {*itemised.values_list("own_pcode", flat=True), *place.get("areas", [])}
    countries = dict(AdminArea.objects.filter(pcode__in=codes).values_list("pcode", "country"))
    here = {place["country"], *(countries.get(code) for code in place.get("areas", []))}
    left = {code: country for code, country in countries.items() if country not in here}
    if not left:
        return
    claims = PublicClaim.objects.filter(incident__public_id=about, retracted=False).order_by("public_id")
    for claim, document in claims.values_list("public_id", "document"):
        said = json.loads(document)
        code = next((cell["area"] for cell in said["cells"] if cell["area"] in left), None)
        if code is not None and claim not in gone and any(use["used"] for use in said["used"]):
            detail = (
                f"Claim {claim} counts people in {code} ({left[code]}), where the incident would not lie any more:"
                " retract it in a correction, or name an area there in the place of one that crosses the border."
            )
            yield Fault(where, "contradiction", detail)


def _place_in_public(about: UUID) -> Content | None:
    """Where the incident that claims are about lies, as it is published."""
    country = PublicIncident.objects.filter(public_id=about).values_list("country", flat=True).first()
    if not country:
        return None
    areas = PublicIncidentArea.objects.filter(incident__public_id=about).values_list("pcode", flat=True)
    return {"country": country, "areas": list(areas)}


def _unknown(content: Content) -> Iterator[Fault]:
    asked: list[tuple[str, str]] = []
    for place, steps in places(content):
        if "country" in place:
            asked.append((pointer(*steps, "country"), place["country"]))
        asked += _codes(place.get("areas", []), *steps, "areas")
    asked += _codes(content.get("investigation", {}).get("areas", []), "investigation", "areas")
    for index, claim in enumerate(content.get("claims", [])):
        asked += _codes(claim.get("covers_areas", []), "claims", index, "covers_areas")
        for number, cell in enumerate(claim.get("cells", [])):
            if "area" in cell:
                asked.append((pointer("claims", index, "cells", number, "area"), cell["area"]))
    if not asked:
        return
    known = set(AdminArea.objects.filter(pcode__in={code for _, code in asked}).values_list("pcode", flat=True))
    for where, code in asked:
        if code not in known:
            detail = f"'{code}' is no P-code of the gazetteer; see /places/, or write the name into place.text."
            yield Fault(where, "unknown_area", detail)


def _codes(codes: Iterable[str], *steps: str | int) -> list[tuple[str, str]]:
    return [(pointer(*steps, index), code) for index, code in enumerate(codes)]
