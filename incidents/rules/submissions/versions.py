"""What an organisation's last version said, and what became of it: a new version is compared with that.

What it says as it did before is left as it stands, whatever the desk or a correction made of it since. Writing what it
says otherwise is the matter of entering.py's neighbours.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps

from incidents import choices
from incidents.documents.given import uuid_of
from incidents.models import Claim, ClaimCell, Submission, SubmissionPart
from incidents.rules.refusals import Refused, pointer
from incidents.rules.submissions.contents import OWN, REFERENCES, Content
from incidents.rules.submissions.shape import shaped

# What a claim says in a column of its own.
CLAIM_COLUMNS = (
    "locator", "quote", "measure", "unit", "unit_as_written", "status", "status_basis", "qualifier", "value", "low",
    "high", "vague_term", "as_of", "covers_from", "covers_to", "scope", "interim", "running_total", "method", "basis",
    "standard_of_proof", "based_on",
)  # fmt: skip
CELL_COLUMNS = ("cut", "status", "sex", "age_group", "cause", "occupation", "value", "low", "high")
LINKS = ("relays", "inferred_from", "supersedes")
Meaning = dict[str, Any]
Identify = Callable[[str, str], str | None]


def last_version(submission: Submission) -> Submission | None:
    """The last submission with the same reference whose content stands in the record."""
    published = submission.under_same_reference().filter(state=choices.SubmissionState.PUBLISHED)
    return published.filter(type=submission.type).order_by("-pk").first()


class Said:
    """What a submission said: its content, empty where it said nothing, and what its parts stand for.

    `found` whose content has a shape that is not taken any more says nothing.
    """

    def __init__(self, found: Submission | None = None) -> None:
        self.content: Content = {}
        self.parts: dict[str, SubmissionPart] = {}
        if found is None:
            return
        try:
            self.content = shaped(found.content)
        except Refused:
            return  # nothing can be said to be as it was
        self.parts = {part.pointer: part for part in found.parts.all()}

    def identify(self, kind: str, text: str) -> str | None:
        """The id of what a key or an id in its content means."""
        for index, entry in enumerate(self.content.get(OWN[kind], [])):
            if entry.get("key") == text:
                return self.stands_for(pointer(OWN[kind], index))
        return plain_id(text)

    def stands_for(self, where: str) -> str | None:
        """The id of what the part at this pointer stood for when it was entered."""
        part = self.parts.get(where)
        return (part.object_id if part is not None else None) or None

    def stayed_out(self, where: str) -> bool:
        """Whether the part at this pointer was sent though the desk had taken out before what it stands for."""
        part = self.parts.get(where)
        return part is not None and part.outcome == choices.PartOutcome.REMOVED and not part.table


def is_version(submission: Submission, before: "Said") -> bool:
    """Whether its claims are compared with those that the organisation sent under the same reference before."""
    if submission.type == choices.SubmissionType.INCIDENT:
        return submission.incident_id is not None
    return submission.type == choices.SubmissionType.CLAIMS and bool(before.content)


class Previous(Said):
    """The version before a submission, and how the record has now what its parts stand for."""

    def __init__(self, submission: Submission) -> None:
        about = (submission.incident_id, submission.investigation_id)
        found = last_version(submission) if submission.external_scheme and about != (None, None) else None
        if found is not None and not is_about_the_same(found, submission):
            found = None
        super().__init__(found)

    def row(self, where: str) -> Any:
        """What the part at this pointer stands for; None where that is not in the record any more."""
        part = self.parts.get(where)
        if part is None or not part.table or part.row is None:
            return None
        return apps.get_model("incidents", part.table)._default_manager.filter(pk=part.row).first()

    def taken_out(self, where: str) -> bool:
        """Whether the desk took what the part stands for out of the record; not so where a submission was undone."""
        if self.stayed_out(where):
            return True
        part = self.parts.get(where)
        if part is None or not part.table or part.row is None or self.row(where) is not None:
            return False
        undone = SubmissionPart.objects.filter(table=part.table, row=part.row, outcome=choices.PartOutcome.REMOVED)
        return not undone.exists()


def is_about_the_same(earlier: Submission, submission: Submission) -> bool:
    """Whether what was sent before is about what this is; claims go along where merging moved them, and back."""
    about = (submission.incident_id, submission.investigation_id)
    if (earlier.incident_id, earlier.investigation_id) == about:
        return True
    if submission.type != choices.SubmissionType.CLAIMS or submission.incident_id is None:
        return False
    entered = SubmissionPart.objects.filter(submission=earlier, table=Claim.__name__).values("row")
    return Claim.objects.filter(pk__in=entered, incident=submission.incident_id).exists()


def plain_id(text: str) -> str | None:
    """The id that a text is; None where it is none."""
    found = uuid_of(text)
    return str(found) if found is not None else None


def told(model: Any, names: Iterable[str], entry: Mapping[str, Any]) -> Meaning:
    """These columns as an entry tells them; what it leaves out, or gives as null, is the column's default."""
    return {
        name: entry[name] if entry.get(name) is not None else model._meta.get_field(name).get_default()
        for name in names
    }


def meaning(
    model: Any, names: Iterable[str], content: Content, entry: Mapping[str, Any], identify: Identify
) -> Meaning:
    """What an entry says, whatever keys it uses: sources, documents and actors are known by what they stand for.

    A claim of its own submission that it names is known by what that says.
    """
    said = told(model, names, entry)
    for name, kind in REFERENCES.items():
        if name in entry:
            said[name] = (
                _claim_named(content, entry[name], identify) if kind == "claim" else identify(kind, entry[name])
            )
    return said


def claim_meaning(content: Content, entry: Mapping[str, Any], identify: Identify) -> Meaning:
    """What a claim says, with its cells."""
    said = meaning(Claim, CLAIM_COLUMNS, content, entry, identify)
    cells = (told(ClaimCell, CELL_COLUMNS, cell) | {"area": cell.get("area", "")} for cell in entry.get("cells", []))
    return said | {"covers_areas": sorted(entry.get("covers_areas", [])), "cells": sorted(cells, key=str)}


def _claim_named(content: Content, text: str, identify: Identify) -> Any:
    for entry in content.get("claims", []):
        if entry.get("key") == text:
            return claim_meaning(content, {name: entry[name] for name in entry if name not in LINKS}, identify)
    return plain_id(text)


def said_anew(
    model: Any, new: Mapping[str, Any], old: Mapping[str, Any], *, together: Iterable[Sequence[str]] = ()
) -> dict[str, Any]:
    """The columns that are said otherwise than in the version before, with what they are to say.

    Of columns that belong `together`, all or none: half of one interval and half of another would say what nobody said.
    What is left out goes back to the column's default, but a sensitivity.
    """
    left_out = [name for name in old if name not in new and name != "sensitivity"]
    whole = {**new, **{name: model._meta.get_field(name).get_default() for name in left_out}}
    changed = {name for name, value in whole.items() if name not in old or old[name] != value}
    for group in together:
        if changed.intersection(group):
            changed.update(name for name in group if name in whole)
    return {name: value for name, value in whole.items() if name in changed}


def pairs(new: Sequence[Meaning], old: Sequence[Meaning]) -> dict[int, int]:
    """Those of the new that say what one of the old said, one to one and in order: place of the new to the old."""
    found: dict[int, int] = {}
    free = list(range(len(old)))
    for index, each in enumerate(new):
        match = next((place for place in free if old[place] == each), None)
        if match is not None:
            found[index] = match
            free.remove(match)
    return found


def likest(new: Mapping[int, Meaning], old: Mapping[int, Meaning], tiers: Iterable[Sequence[str]]) -> dict[int, int]:
    """Pair what is left one to one, in order: first where all members of the first tier agree, then of the next."""
    found: dict[int, int] = {}
    for names in tiers:
        for index, each in new.items():
            if index in found:
                continue
            for place, before in old.items():
                if place not in found.values() and all(each.get(name) == before.get(name) for name in names):
                    found[index] = place
                    break
    return found
