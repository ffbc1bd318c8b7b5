"""Whether contenders say the same of the incidents on their first pages; measured is only what does.

Plain DRF is held against the product's documents as far as both speak of an incident; FastAPI must answer what plain
DRF does, member by member, and Datasette the documents themselves.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

COPY = "#"  # behind the key by which a copy's dataset would know it, which must be another for each


def check_equal(name: str, found: Sequence[Mapping[str, Any]], expected: Sequence[Mapping[str, Any]]) -> None:
    """Raises AssertionError unless a contender lists exactly these incidents, in this order and with all they say."""
    if len(found) != len(expected):
        raise AssertionError(f"{name} lists {len(found)} incidents instead of {len(expected)}.")
    for one, other in zip(found, expected, strict=True):
        if one != other:
            raise AssertionError(f"{name} says something else:\n{one}\n{other}")


def check_same_content(product: bytes, peer: bytes) -> None:
    """Raises AssertionError unless the incidents on both first pages say the same."""
    ours: dict[str, dict[str, Any]] = {each["id"]: each for each in json.loads(product)["results"]}
    theirs = {each["public_id"]: each for each in json.loads(peer)["results"]}
    both = ours.keys() & theirs.keys()
    if len(both) < len(ours) * 0.9:
        raise AssertionError(f"Product and peer list the same {len(both)} incidents only.")
    for key in both:
        if not same_content(json.dumps(ours[key]), theirs[key]):
            raise AssertionError(f"Product and peer say different things:\n{ours[key]}\n{theirs[key]}")


def same_content(product: str, peer: Mapping[str, Any]) -> bool:
    """Whether a stored document and the plain view's say the same of an incident, as far as both speak of it."""
    document = json.loads(product)
    return bool(
        document["id"] == peer["public_id"]
        and document["title"] == peer["title"]
        and document["place"]["country"] == peer["country"]
        and {area["pcode"] for area in document["place"]["areas"]} == {area["pcode"] for area in peer["areas"]}
        and {act["act"] for act in document["acts"]} == {act["act"] for act in peer["acts"]}
        and [claim["value"] for claim in document["claims"]] == [claim["value"] for claim in peer["claims"]]
        and sorted(each["perpetrator"]["id"] for each in document["attributions"])
        == sorted(each["actor"]["public_id"] for each in peer["attributions"])
        and sorted((each["scheme"], each["key"]) for each in document["external_references"])
        == sorted((each["scheme"], each["key"].partition(COPY)[0]) for each in peer["references"])
        and sorted(map(_bounds, document["totals"]))
        == sorted(_bounds(row | {"status": row["of_status"]}) for row in peer["figures"] if not row["dimension"])
        and {each["incident"]["id"] for each in document["relations"]}
        == {each["to_incident"]["public_id"] for each in peer["relations_out"]}
        | {each["from_incident"]["public_id"] for each in peer["relations_in"]}
        and {cell["status"]: cell["value"] for claim in document["claims"] for cell in claim["cells"]}
        == {cell["status"]: cell["value"] for claim in peer["claims"] for cell in claim["cells"]}
    )


def _bounds(row: Mapping[str, Any]) -> tuple[Any, ...]:
    best = -1 if row["best"] is None else row["best"]
    return row["measure"], row["unit"], row["basis"], row["status"], row["low"], best, row["high"]
