"""Writing down who looks at what is confidential: one entry of the audit chain for each look, however much it shows.

Which fields are confidential says confidential.py; who may look is access.py's matter.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Model, prefetch_related_objects

from incidents.choices import AuditAction
from incidents.models import (
    Attribution,
    Claim,
    Document,
    DuplicateCandidate,
    Incident,
    Organisation,
    Recognition,
    Source,
    Statement,
    Submission,
    SubmissionPart,
)
from incidents.rules.desk.confidential import (
    TELLING,
    confidential_among,
    confidential_fields,
    confidential_parts,
    met_in_confidence,
)
from incidents.rules.sameness.duplicates import pairs_of
from incidents.rules.trail import auditing
from incidents.rules.trail.differences import kind_of, subject_of

# They are called by who asserts them.
ASSERTING = frozenset({Claim, Attribution})
# Rows whose own name, as a list of related rows has it, may be confidential, with what must be known to say so.
CALLED_BY: dict[type[Model], tuple[str, ...]] = {
    Source: (),
    Incident: (),
    Recognition: (),
    Document: ("publisher",),
    Claim: ("asserted_by",),
    Attribution: ("asserted_by",),
    Statement: ("by",),
}


def looked_at(row: Model) -> None:
    """Record that the confidential fields of this row, if it has any, are about to be shown."""
    _shown(row, confidential_fields(row), confidential_parts(row))


def looked_back_at(states: Sequence[Model]) -> None:
    """Record that earlier states of one record are about to be shown: what is confidential in any of them, or is now.

    States are instances as the history makes them. The record may be gone, and so may whom it named: then these are
    judged as they were last. As many statements for a hundred states as for one.
    """
    model, pk = type(states[0]), states[0].pk
    now = model._default_manager.filter(pk=pk).first()
    gone = [] if now else _last_states(model, [pk])
    judged = [*states, *gone]
    _complete(judged)
    fields = list(confidential_fields(now) if now else ())
    for each in judged:
        fields += confidential_among([each], listed=True).get(pk, ())
    _shown(now or states[0], tuple(dict.fromkeys(fields)), confidential_parts(now) if now else {})


def _shown(row: Model, fields: Sequence[str], parts: Mapping[str, Sequence[str]]) -> None:
    after: dict[str, Any] = ({"fields": list(fields)} if fields else {}) | ({"parts": parts} if parts else {})
    if after:
        with transaction.atomic():
            auditing.record(action=AuditAction.VIEW_CONFIDENTIAL, obj=row, after=after)


def _complete(states: Sequence[Model]) -> None:
    """Give states of one record what they refer to by a name that may be confidential, as it is, or was last."""
    for field in type(states[0])._meta.concrete_fields:
        model = field.related_model
        if model not in TELLING:
            continue
        keys = {getattr(each, field.attname) for each in states} - {None}
        rows: Any = model._default_manager.filter(pk__in=keys)
        if model in ASSERTING:
            rows = rows.select_related("asserted_by")
        found = {row.pk: row for row in rows}
        if model not in ASSERTING:
            found |= {row.pk: row for row in _last_states(model, keys - found.keys())}
        if model is Document:
            prefetch_related_objects(list(found.values()), "publisher")
        for each in states:
            key = getattr(each, field.attname)
            if key in found:
                setattr(each, field.name, found[key])


def _last_states(model: type[Any], keys: Collection[Any]) -> list[Model]:
    """What the history has last of these rows, which are gone."""
    if not keys:
        return []
    rows = model.history.filter(**{f"{model._meta.pk.attname}__in": keys}).order_by("history_date", "history_id")
    return list({getattr(row, model._meta.pk.attname): row.instance for row in rows}.values())


def listed(model: type[Model], rows: Iterable[Model]) -> None:
    """Record in one entry which rows of a list are about to be shown with confidential fields."""
    shown = list(rows)
    found = confidential_among(shown, listed=True)
    told = {subject_of(row)[1]: list(found[row.pk]) for row in shown if row.pk in found}
    if told:
        with transaction.atomic():
            auditing.record(action=AuditAction.VIEW_CONFIDENTIAL, obj=(kind_of(model), ""), after={"rows": told})


def called(rows: Iterable[Model]) -> None:
    """Record, in one entry a model, which of these rows of any models are about to be called by a confidential name."""
    by_model: dict[type[Model], list[Model]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    for model, names in CALLED_BY.items():
        several = by_model.get(model, [])
        prefetch_related_objects(several, *names)
        listed(model, several)


def read_by(organisation: Organisation, submissions: Iterable[Submission], *, desk: bool) -> None:
    """Record what of these is about to be told to others than those who sent it; one by itself, several as a list.

    The desk is told in what its own organisation sent, too, of which confidential records the names may be, and in all
    of them why they may be incidents of the record.
    """
    if not desk:
        return
    shown = list(submissions)
    listed(DuplicateCandidate, {pair.pk: pair for each in shown for pair in pairs_of(each)}.values())
    own = [each for each in shown if each.organisation_id == organisation.pk]
    prefetch_related_objects(own, "parts")
    met = {each.pk for each in own if met_in_confidence(each.parts.all())}
    others = [each for each in shown if each.organisation_id != organisation.pk or each.pk in met]
    if len(others) == 1:
        looked_at(others[0])
    else:
        listed(Submission, others)


def proposed(parts: Sequence[SubmissionPart], *, of: str = "") -> None:
    """Record which confidential records are about to be proposed to the desk, for what is only tried, or once more.

    `of` is the id of the submission where there is one.
    """
    met = met_in_confidence(parts)
    named: dict[str, set[str]] = {}
    for part in parts:
        named.setdefault(part.kind, set()).update(met.get(part.pk, ()))
    told = {kind: sorted(ids) for kind, ids in named.items() if ids}
    if told:
        with transaction.atomic():
            auditing.record(action=AuditAction.VIEW_CONFIDENTIAL, obj=(kind_of(Submission), of), after={"parts": told})
