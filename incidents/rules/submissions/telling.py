"""What an organisation may be told of the parts of its submissions.

A part that met a record says so only where that record is public or was entered for the same organisation: whoever
sends guesses would otherwise learn what the desk holds. documents/submission_answers.py words it.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model

from incidents import choices
from incidents.models import (
    Organisation,
    PublicClaim,
    PublicDocument,
    PublicIncident,
    PublicInvestigation,
    PublicPerpetrator,
    PublicSource,
    SubmissionPart,
)

# Where it is told whether the record that a part stands for is public.
PUBLISHED: dict[str, type[Model]] = {
    "source": PublicSource,
    "actor": PublicPerpetrator,
    "document": PublicDocument,
    "claim": PublicClaim,
    "incident": PublicIncident,
    "investigation": PublicInvestigation,
}
STANDING = frozenset({choices.PartOutcome.MATCHED, choices.PartOutcome.UNCHANGED, choices.PartOutcome.CHANGED})


def public_among(parts: Iterable[Any]) -> set[str]:
    """The public ids, of those that the parts name, that are published."""
    asked: dict[str, set[Any]] = {}
    for part in parts:
        if part.object_id and part.kind in PUBLISHED:
            asked.setdefault(part.kind, set()).add(part.object_id)
    public: set[str] = set()
    for kind, ids in asked.items():
        rows = PUBLISHED[kind]._default_manager.filter(public_id__in=ids).values_list("public_id", flat=True)
        public.update(map(str, rows))
    return public


def entered_among(parts: Iterable[Any], organisation: Organisation | None) -> set[tuple[str, int | None]]:
    """The rows (table, key), of those that the parts met, that were entered for the organisation itself."""
    rows = {(part.table, part.row) for part in parts if part.outcome in STANDING and part.row is not None}
    if not rows:
        return set()
    entered = SubmissionPart.objects.filter(
        submission__organisation=organisation,
        outcome=choices.PartOutcome.ENTERED,
        table__in={table for table, _ in rows},
        row__in={row for _, row in rows},
    )
    return set(entered.values_list("table", "row"))
