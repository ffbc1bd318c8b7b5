"""Merging two incidents found to be one: claims move, both histories stay, the absorbed id points to the survivor."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F

from incidents import choices
from incidents.models import Claim, Incident, IncidentAct, IncidentRelation, Merge, Scope
from incidents.rules import auditing, log
from incidents.rules.differences import changed, state_of, stored_state
from incidents.rules.disclosure import LEVELS
from incidents.rules.publishing import PublishingError, PublishOutcome, publish_merge

CHOOSABLE = frozenset(
    {
        "kind",
        "title",
        "summary",
        "start_earliest",
        "start_latest",
        "end_earliest",
        "end_latest",
        "date_precision",
        "ongoing",
        "country",
        "place_text",
        "place_names",
        "latitude",
        "longitude",
        "geo_precision",
        "uncertainty_m",
        "geo_method",
        "site_type",
        "clarity",
        "civilian_targeting",
        "grade",
        "grade_reason",
    }
)


def merge(
    survivor: Incident,
    absorbed: Incident,
    *,
    reason: str,
    take_from_absorbed: tuple[str, ...] = (),
    by: User | None = None,
) -> tuple[Merge, PublishOutcome]:
    """Merge `absorbed` into `survivor`, in the working record and in public, in one transaction.

    `take_from_absorbed` names the fields whose value the survivor takes over; of the two
    sensitivities the stricter one holds, because the claims come together. Raises
    PublishingError where the two cannot be merged, with what to do instead.
    """
    if not reason.strip():
        raise PublishingError("Write the reason: it stands in the public log for good.")
    unknown = sorted(set(take_from_absorbed) - CHOOSABLE)
    if unknown:
        raise PublishingError(
            f"'{unknown[0]}' cannot be chosen in a merge; choose among {', '.join(sorted(CHOOSABLE))}."
        )
    with transaction.atomic():
        # The log's head first, as every publication takes it: two orders of locking would be a deadlock.
        log.lock_head()
        locked = {
            each.pk: each for each in Incident.objects.select_for_update().filter(pk__in=[survivor.pk, absorbed.pk])
        }
        kept, gone = locked[survivor.pk], locked[absorbed.pk]
        if kept.pk == gone.pk:
            raise PublishingError("An incident cannot be merged into itself.")
        for each in (kept, gone):
            if each.merged_into_id is not None:
                raise PublishingError(f"{each} was merged already; merge the incident that it points to.")
        was = stored_state(kept)
        before: dict[str, Any] = {name: _plain(getattr(kept, name)) for name in take_from_absorbed}
        for name in take_from_absorbed:
            setattr(kept, name, getattr(gone, name))
        moved = list(gone.claims.values_list("public_id", flat=True))
        try:
            _move(kept, gone)
        except IntegrityError as error:
            raise PublishingError(
                f"The merged incident would contain itself through its relations ({error}); correct those first."
            ) from error
        if "country" in take_from_absorbed:
            kept.areas.set(gone.areas.all())
        if LEVELS.index(gone.sensitivity) > LEVELS.index(kept.sensitivity):
            kept.sensitivity = gone.sensitivity
        kept.version += 1
        kept.full_clean()
        kept.save()
        gone.merged_into = kept
        gone.version += 1
        gone.save()
        row = Merge.objects.create(
            survivor=kept,
            absorbed=gone,
            field_choices={"from_absorbed": list(take_from_absorbed), "before": before},
            moved_claims=[str(key) for key in moved],
            reason=reason,
            merged_by=by,
        )
        outcome = publish_merge(kept, gone, reason=reason)
        had, has = changed(was, state_of(kept))
        merged = {"absorbed": str(gone.public_id), "moved_claims": row.moved_claims, "last_seq": outcome.last_seq}
        auditing.record(
            action=choices.AuditAction.MERGE, obj=kept, before=had, after=has | merged, reason=reason, actor=by
        )
        return row, outcome


def _move(kept: Incident, gone: Incident) -> None:
    """Move everything that hangs on the absorbed incident; what the survivor has already is dropped."""
    Claim.objects.filter(incident=gone).update(incident=kept, version=F("version") + 1)
    gone.attributions.update(incident=kept)
    gone.targeted_groups.update(incident=kept)
    _move_references(kept, gone)
    _move_acts(kept, gone)
    _move_relations(kept, gone)
    covered = Scope.objects.filter(incident=kept).values("investigation")
    Scope.objects.filter(incident=gone).exclude(investigation__in=covered).update(incident=kept)
    Scope.objects.filter(incident=gone).delete()
    for statement in gone.statements.all():
        statement.about.remove(gone)
        statement.about.add(kept)


def _move_references(kept: Incident, gone: Incident) -> None:
    have = set(kept.references.values_list("scheme", "key"))
    for reference in list(gone.references.all()):
        if (reference.scheme, reference.key) in have:
            reference.delete()
        else:
            gone.references.filter(pk=reference.pk).update(incident=kept)


def _move_acts(kept: Incident, gone: Incident) -> None:
    rank = max((act.rank for act in kept.acts.all()), default=0)
    have = {(act.act, act.asserted_by_id, act.document_id) for act in kept.acts.all()}
    for act in list(gone.acts.all()):
        if (act.act, act.asserted_by_id, act.document_id) in have:
            act.delete()
            continue
        rank += 1
        IncidentAct.objects.filter(pk=act.pk).update(incident=kept, rank=rank)


def _move_relations(kept: Incident, gone: Incident) -> None:
    """Point the absorbed incident's relations at the survivor; those between the two, or double, are dropped."""
    have = set(IncidentRelation.objects.filter(from_incident=kept).values_list("to_incident", "type"))
    have_in = set(IncidentRelation.objects.filter(to_incident=kept).values_list("from_incident", "type"))
    for relation in IncidentRelation.objects.filter(from_incident=gone):
        if relation.to_incident_id == kept.pk or (relation.to_incident_id, relation.type) in have:
            relation.delete()
        else:
            relation.from_incident = kept
            relation.save()
    for relation in IncidentRelation.objects.filter(to_incident=gone):
        if relation.from_incident_id == kept.pk or (relation.from_incident_id, relation.type) in have_in:
            relation.delete()
        else:
            relation.to_incident = kept
            relation.save()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping | list | str | int | float | bool) or value is None:
        return value
    return str(value)
