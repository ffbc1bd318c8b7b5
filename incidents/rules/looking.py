"""Writing down who looks at what is confidential: one entry of the audit chain for each look, however much it shows.

Which fields are confidential says confidential.py; who may look is access.py's matter.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Model

from incidents.choices import AuditAction
from incidents.models import Organisation, Submission
from incidents.rules import auditing
from incidents.rules.confidential import confidential_among, confidential_fields, confidential_parts
from incidents.rules.differences import kind_of, subject_of


def looked_at(row: Model) -> None:
    """Record that the confidential fields of this row, if it has any, are about to be shown."""
    fields, parts = confidential_fields(row), confidential_parts(row)
    if fields or parts:
        after = ({"fields": list(fields)} if fields else {}) | ({"parts": parts} if parts else {})
        with transaction.atomic():
            auditing.record(action=AuditAction.VIEW_CONFIDENTIAL, obj=row, after=after)


def listed(model: type[Model], rows: Iterable[Model]) -> None:
    """Record in one entry which rows of a list are about to be shown with confidential fields."""
    shown = list(rows)
    found = confidential_among(shown, listed=True)
    told = {subject_of(row)[1]: list(found[row.pk]) for row in shown if row.pk in found}
    if told:
        with transaction.atomic():
            auditing.record(action=AuditAction.VIEW_CONFIDENTIAL, obj=(kind_of(model), ""), after={"rows": told})


def read_by(organisation: Organisation, submissions: Iterable[Submission]) -> None:
    """Record what of these is about to be told to others than those who sent it; one by itself, several as a list."""
    others = [each for each in submissions if each.organisation_id != organisation.pk]
    if len(others) == 1:
        looked_at(others[0])
    else:
        listed(Submission, others)
