"""Giving changed columns back the values that they had before submissions: many rows at once.

Columns that say one thing together, such as a period, are given back together or not at all: else an incident would
last from the day of one report to that of another, which nobody said. Which submissions are undone is undoing.py's
matter.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from django.apps import apps
from django.db import IntegrityError
from django.db.models import Q

from incidents.choices import PartOutcome, SubmissionState
from incidents.models import AdminArea, SubmissionPart
from incidents.rules.publication.disclosure import raised
from incidents.rules.sentences import worded
from incidents.rules.submissions.echoed import STANDING
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.trail import editing

AREAS = "areas"
PERIOD = frozenset({"start_earliest", "start_latest", "end_earliest", "end_latest", "date_precision", "ongoing"})
PLACE = frozenset({
    "country", "place_text", "place_names", AREAS, "latitude", "longitude", "geo_precision", "uncertainty_m",
    "geo_method",
})  # fmt: skip
RETRACTION = frozenset({"retracted_at", "retracted_by", "retraction_reason"})
TOGETHER = {"Incident": (PERIOD, PLACE), "Claim": (RETRACTION,)}


def restore(parts: Sequence[SubmissionPart], undone: Collection[int]) -> None:
    """Take back what these parts changed, the last of them first, as far as the columns still say what they said.

    `undone` are the primary keys of the submissions that go. Raises NotNow where that does not go together with what
    was changed since.
    """
    by_table: dict[str, list[SubmissionPart]] = defaultdict(list)
    for part in parts:
        by_table[part.table].append(part)
    blocked = said_since(parts, undone)
    # Whoever changes a part of an incident locks the incident first.
    for table in sorted(by_table, key=lambda name: (name != "Incident", name)):
        model: Any = apps.get_model("incidents", table)
        stored = model._default_manager.select_for_update(no_key=True).filter(
            pk__among={part.row for part in by_table[table]}
        )
        rows = {row.pk: row for row in stored.order_by("pk")}
        restored: dict[int, set[str]] = defaultdict(set)
        for part in by_table[table]:
            row = rows.get(part.row)
            if row is not None:
                restored[row.pk] |= _restored(row, part, blocked.get(standing(part), frozenset()))
        changed = [(rows[pk], names) for pk, names in restored.items() if names]
        try:
            editing.keep_all(changed)
        except IntegrityError as broken:
            one_of = worded("One of %(number)s records", number=f"{len(changed):,}")
            raise NotNow(
                worded(
                    "%(record)s: what stood there before does not go together with what was changed since. Correct the "
                    "record so that it does, and undo this then.",
                    record=changed[0][0] if len(changed) == 1 else one_of,
                )
            ) from broken


def _restored(row: Any, part: SubmissionPart, blocked: AbstractSet[str]) -> set[str]:
    """Set the columns of a row that still say what the part says, without saving them; answers which."""
    found = set()
    for names in groups(part):
        if blocked & names or not all(_says(row, part, name) for name in names):
            continue  # what somebody changed since stays
        for name in names:
            before, after = (part.before or {})[name]
            if name == AREAS:
                row.areas.set(AdminArea.objects.filter(pcode__in=before))
                found.add(name)
                continue
            old, new = _values(row, name, before, after)
            # A sensitivity is lowered by two people, never by undoing.
            if not (name == "sensitivity" and raised(old, new)):
                setattr(row, row._meta.get_field(name).attname, old)
                found.add(name)
    return found


def _says(row: Any, part: SubmissionPart, name: str) -> bool:
    before, after = (part.before or {})[name]
    if name == AREAS:
        return sorted(row.areas.values_list("pcode", flat=True)) == list(after)
    return bool(getattr(row, row._meta.get_field(name).attname) == _values(row, name, before, after)[1])


def _values(row: Any, name: str, *values: Any) -> list[Any]:
    field = row._meta.get_field(name)
    return [value if field.is_relation else field.to_python(value) for value in values]


def groups(part: SubmissionPart) -> Iterator[set[str]]:
    """The columns that a part changed, those together that say one thing."""
    left = set(part.before or {})
    for together in TOGETHER.get(part.table, ()):
        if left & together:
            yield left & together
        left -= together
    for name in sorted(left):
        yield {name}


def place(part: SubmissionPart) -> int:
    """The primary key by which a change stands among those of its row.

    One that was passed on by a merge is not stored: it follows what stood before the merge, as merged.py says.
    """
    return int(part.follows if part._state.adding else part.pk)  # type: ignore[attr-defined]


def standing(part: SubmissionPart) -> tuple[str, int | None, int]:
    """Where a change stands: what others changed after it is the same for all that stand there."""
    return part.table, part.row, place(part)


def said_since(
    parts: Sequence[SubmissionPart], undone: Collection[int], *, in_public: bool = False
) -> dict[tuple[str, int | None, int], frozenset[str]]:
    """{standing(part): columns of which what others changed after it tells}, of these that are undone; or published.

    What the desk changed itself is not told: there the values say so.
    """
    found: dict[tuple[str, int | None, int], frozenset[str]] = {}
    later = of_others(_rows(parts), undone, in_public=in_public)
    for part in parts:
        names = {name for each in later[part.table, part.row] if each.pk > place(part) for name in each.before or ()}
        if names:
            found[standing(part)] = frozenset(names).union(
                *(group for group in TOGETHER.get(part.table, ()) if group & names)
            )
    return found


def _rows(parts: Sequence[SubmissionPart]) -> dict[str, set[int]]:
    rows: dict[str, set[int]] = defaultdict(set)
    for part in parts:
        if part.row is not None:
            rows[part.table].add(part.row)
    return rows


def of_others(
    rows: Mapping[str, Collection[int]], undone: Collection[int], *, in_public: bool = False
) -> dict[tuple[str, int | None], list[SubmissionPart]]:
    """What others changed of these rows and stands, in order, by table and row; or said as well and found so.

    `undone` are the primary keys of the submissions that are no others.
    """
    later: dict[tuple[str, int | None], list[SubmissionPart]] = defaultdict(list)
    for table, keys in rows.items():
        as_well = Q(outcome=PartOutcome.UNCHANGED, before__isnull=False, submission__state__in=STANDING)
        others = SubmissionPart.objects.filter(Q(outcome=PartOutcome.CHANGED) | as_well, table=table, row__among=keys)
        if in_public:
            others = others.filter(submission__state=SubmissionState.PUBLISHED)
        for other in others.exclude(submission__among=set(undone)).order_by("pk"):
            later[table, other.row].append(other)
    return later


def forget(changed: Sequence[SubmissionPart], undone: Collection[int]) -> None:
    """Have what others changed after these parts, and found as these left it, give back what stood before these.

    Else a value that was taken back would return with the next one that is. What stays because another changed a part
    of it goes back with that one.
    """
    later = of_others(_rows(changed), undone)
    told: dict[int, SubmissionPart] = {}
    for part in changed:
        said = part.before or {}
        for names in groups(part):
            whole = names.union(*(each for each in TOGETHER.get(part.table, ()) if each & names))
            following = [
                each
                for each in later[part.table, part.row]
                if whole & (each.before or {}).keys() and each.pk > place(part)
            ]
            for other in following[:1]:
                kept: dict[str, Any] = other.before or {}
                for name in names:
                    before, after = said[name]
                    if name not in kept:
                        kept[name] = [before, after]
                    elif kept[name][0] == after:
                        kept[name][0] = before
                if any(was != now for was, now in kept.values()):
                    other.outcome = PartOutcome.CHANGED.value
                told[other.pk] = other
    SubmissionPart.objects.bulk_update(told.values(), ["before", "outcome"])
