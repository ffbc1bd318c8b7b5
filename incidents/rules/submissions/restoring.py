"""Giving changed columns back the values that they had before submissions: many rows at once.

Which submissions are undone is undoing.py's matter.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.apps import apps

from incidents.choices import PartOutcome
from incidents.models import AdminArea, SubmissionPart
from incidents.rules.publication.disclosure import raised
from incidents.rules.trail import editing

AREAS = "areas"


def restore(parts: Sequence[SubmissionPart]) -> None:
    """Take back what these parts changed, the last of them first, as far as the columns still say what they said."""
    by_table: dict[str, list[SubmissionPart]] = defaultdict(list)
    for part in parts:
        by_table[part.table].append(part)
    # Whoever changes a part of an incident locks the incident first.
    for table in sorted(by_table, key=lambda name: (name != "Incident", name)):
        model: Any = apps.get_model("incidents", table)
        stored = model._default_manager.select_for_update().filter(pk__among={part.row for part in by_table[table]})
        rows = {row.pk: row for row in stored.order_by("pk")}
        restored: dict[int, set[str]] = defaultdict(set)
        for part in by_table[table]:
            row = rows.get(part.row)
            if row is not None:
                restored[row.pk] |= _restored(row, part)
        editing.keep_all([(rows[pk], names) for pk, names in restored.items() if names])


def _restored(row: Any, part: SubmissionPart) -> set[str]:
    """Set the columns of a row that still say what the part says, without saving them; answers which."""
    found = set()
    for name, (before, after) in (part.before or {}).items():
        if name == AREAS:
            if sorted(row.areas.values_list("pcode", flat=True)) == after:
                row.areas.set(AdminArea.objects.filter(pcode__in=before))
                found.add(name)
            continue
        field = row._meta.get_field(name)
        old, new = (value if field.is_relation else field.to_python(value) for value in (before, after))
        # What somebody changed since stays; and a sensitivity is lowered by two people, never by undoing.
        if getattr(row, field.attname) == new and not (name == "sensitivity" and raised(old, new)):
            setattr(row, field.attname, old)
            found.add(name)
    return found


def forget(changed: Sequence[SubmissionPart]) -> None:
    """Have what others changed after these parts, and found as these left it, give back what stood before these.

    Else a value that was taken back would return with the next one that is.
    """
    rows: dict[str, set[int]] = defaultdict(set)
    for part in changed:
        if part.row is not None:
            rows[part.table].add(part.row)
    later: dict[tuple[str, int | None], list[SubmissionPart]] = defaultdict(list)
    own = {part.pk for part in changed if not part._state.adding}
    for table, keys in rows.items():
        others = SubmissionPart.objects.filter(table=table, row__among=keys, outcome=PartOutcome.CHANGED)
        for other in others.exclude(pk__among=own).order_by("pk"):
            later[table, other.row].append(other)
    told: dict[int, SubmissionPart] = {}
    for part in changed:
        for name, (before, after) in (part.before or {}).items():
            following = [
                each
                for each in later[part.table, part.row]
                if name in (each.before or {}) and (part._state.adding or each.pk > part.pk)
            ]
            for other in following[:1]:
                kept: dict[str, Any] = other.before or {}
                if kept[name][0] == after:
                    kept[name][0] = before
                    told[other.pk] = other
    SubmissionPart.objects.bulk_update(told.values(), ["before"])
