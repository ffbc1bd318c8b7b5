"""Merging two incidents found to be one: claims move, both histories stay, the absorbed id points to the survivor.

How a merge is undone is in unmerging.py; which incidents may be one in duplicates.py.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model, Q, QuerySet
from simple_history.utils import bulk_update_with_history

from incidents import choices
from incidents.models import (
    Attribution,
    Claim,
    ClaimCell,
    Incident,
    IncidentAct,
    IncidentRelation,
    Merge,
    PublicIncident,
    Scope,
)
from incidents.rules.broken import words_for
from incidents.rules.legible import is_written, too_long
from incidents.rules.publication import refusing
from incidents.rules.publication.disclosure import LEVELS
from incidents.rules.publication.publishing import (
    MAX_REASON,
    PublishOutcome,
    publish_merge,
)
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.sameness.duplicates import mark_merged
from incidents.rules.sentences import Sentence, worded
from incidents.rules.trail import auditing, editing, log
from incidents.rules.trail.differences import changed, state_of, stored_state

INTO_ITSELF = worded("An incident cannot be merged into itself.")
WHERE = ("country", "latitude", "longitude", "geo_precision", "uncertainty_m", "geo_method")
"""Fields that together say where it was: from one of the two, or one's latitude meets the other's longitude."""
TORN_PLACE = worded(
    "Take country, point, precision, uncertainty and method from one of the two: together they say where it was."
)
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
    author: User | None = None,
) -> tuple[Merge, PublishOutcome]:
    """Merge `absorbed` into `survivor`, in the working record and in public, in one transaction.

    `by` decided it; `author` is whose change it is in the histories, where that is somebody else.
    `take_from_absorbed` names the fields whose value the survivor takes over; of the two
    sensitivities the stricter one holds, because the claims come together. Raises
    PublishingError where the two cannot be merged, with what to do instead.
    """
    if not is_written(reason):
        raise PublishingError(refusing.WRITE_WHY)
    if len(reason) > MAX_REASON:
        raise PublishingError(too_long(reason, MAX_REASON))
    unknown = sorted(set(take_from_absorbed) - CHOOSABLE)
    if unknown:
        raise PublishingError(not_choosable(unknown[0]))
    author = author or by
    with transaction.atomic():
        # The log's head first, as every publication takes it: two orders of locking would be a deadlock.
        head = log.lock_head()
        ends = Incident.objects.select_for_update(no_key=True).filter(pk__in=[survivor.pk, absorbed.pk]).order_by("pk")
        locked = {each.pk: each for each in ends}
        kept, gone = locked[survivor.pk], locked[absorbed.pk]
        _refuse(kept, gone, take_from_absorbed)
        was = stored_state(kept)
        decided = mark_merged(kept, gone, by=by)
        restore = Restore(public={each.pk: _is_public(each) for each in (kept, gone)}, decided=decided)
        before: dict[str, Any] = {name: plain(getattr(kept, name)) for name in (*take_from_absorbed, "sensitivity")}
        if _takes_areas(gone, take_from_absorbed):
            before["areas"] = sorted(kept.areas.values_list("pk", flat=True))
            kept.areas.set(gone.areas.all())
        for name in take_from_absorbed:
            setattr(kept, name, getattr(gone, name))
        if LEVELS.index(gone.sensitivity) > LEVELS.index(kept.sensitivity):
            kept.sensitivity = gone.sensitivity
        moved = list(gone.claims.values_list("public_id", flat=True))
        try:
            _move(kept, gone, restore, author)
            kept.full_clean()
        except IntegrityError as error:
            raise PublishingError(
                worded(
                    "The merged incident would contain itself through its relations (%(error)s); correct those first.",
                    desk="The merged incident would contain itself through its relations; correct those first.",
                    error=error,
                )
            ) from error
        except ValidationError as error:
            raise PublishingError(not_valid(error)) from error
        restore.before, restore.after = before, {name: now(kept, name) for name in before}
        editing.save(by_hand(kept, author), [Merge.__name__])
        gone.merged_into = kept
        editing.save(by_hand(gone, author), [Merge.__name__])
        row = Merge.objects.create(
            survivor=kept,
            absorbed=gone,
            field_choices={
                "from_absorbed": list(take_from_absorbed),
                "before": {name: before[name] for name in take_from_absorbed},
            },
            moved_claims=[str(key) for key in moved],
            reason=reason,
            merged_by=by,
        )
        outcome = publish_merge(kept, gone, reason=reason)
        restore.seq = max(head.seq, outcome.last_seq)
        restore.own.append([head.seq, restore.seq])
        row.restore = asdict(restore)
        row.save(update_fields=["restore"])
        had, has = changed(was, state_of(kept))
        merged = {"absorbed": str(gone.public_id), "moved_claims": row.moved_claims, "last_seq": outcome.last_seq}
        auditing.record(
            action=choices.AuditAction.MERGE, obj=kept, before=had, after=has | merged, reason=reason, actor=by
        )
        return row, outcome


def _refuse(kept: Incident, gone: Incident, take_from_absorbed: Collection[str]) -> None:
    if kept.pk == gone.pk:
        raise PublishingError(INTO_ITSELF)
    for each in (kept, gone):
        if each.merged_into_id is not None:
            raise PublishingError(merged_already(each))
    if (torn := torn_place(kept, gone, take_from_absorbed)) is not None:
        raise PublishingError(torn)


@dataclass(slots=True)
class Restore:
    """What undoing a merge needs and nothing else tells, as `Merge.restore` holds it.

    `before` and `after` are the survivor's fields that the merge changed; `moved` the numbers of the rows that went to
    the survivor, by kind; `dropped` the rows that the survivor had already, whole, by model; `public` who was public
    before; `seq` where the log stood after it. `ranks` are those that moved acts had, `promoted` references that
    only began to identify, and `joined` the statements that had not been about the survivor. `decided` is what had
    been decided of the two as possible duplicates. `own` is what the merge and its undoing wrote into the log, each
    as [after this row, up to this one]; `undone` who of the two came with what was undone meanwhile.
    """

    public: dict[int, bool]
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    moved: dict[str, list[int]] = field(default_factory=dict)
    dropped: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    ranks: dict[int, int] = field(default_factory=dict)
    promoted: list[int] = field(default_factory=list)
    joined: list[int] = field(default_factory=list)
    decided: dict[str, Any] = field(default_factory=dict)
    own: list[list[int]] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)
    seq: int = 0

    def drop(self, row: Model) -> None:
        """Delete a row that the survivor has already, and remember it."""
        values = {each.attname: plain(getattr(row, each.attname)) for each in row._meta.concrete_fields}
        self.dropped.setdefault(type(row).__name__, []).append(values)
        row.delete()


def by_hand(record: Incident, author: User | None) -> Incident:
    """The incident, with whom its history is to name."""
    record._history_user = author  # type: ignore[attr-defined]
    return record


def now(incident: Incident, name: str) -> Any:
    """A field of an incident as `Restore` holds it: plain, and areas as their numbers in order."""
    if name == "areas":
        return sorted(incident.areas.values_list("pk", flat=True))
    return plain(getattr(incident, name))


def hand_over(rows: QuerySet[Any], to: Incident, author: User | None) -> list[int]:
    """Give claims or attributions to another incident, each with a version of its own; returns their numbers."""
    records = list(rows.order_by("pk"))
    for record in records:
        record.incident = to
        record.version += 1
    if records:
        bulk_update_with_history(records, rows.model, ["incident", "version"], batch_size=500, default_user=author)
    return [record.pk for record in records]


def _is_public(incident: Incident) -> bool:
    return PublicIncident.objects.filter(public_id=incident.public_id).exists()


def _move(kept: Incident, gone: Incident, restore: Restore, author: User | None) -> None:
    """Move everything that hangs on the absorbed incident; what the survivor has already is dropped."""
    moved = restore.moved
    moved["claims"] = hand_over(Claim.objects.filter(incident=gone), kept, author)
    moved["attributions"] = hand_over(Attribution.objects.filter(incident=gone), kept, author)
    moved["targeted_groups"] = list(gone.targeted_groups.values_list("pk", flat=True))
    gone.targeted_groups.update(incident=kept)
    _move_overrides(kept, gone, restore)
    _move_references(kept, gone, restore)
    _move_acts(kept, gone, restore)
    _move_relations(kept, gone, restore)
    covered = {scope.investigation_id: scope for scope in Scope.objects.filter(incident=kept)}
    for scope in list(Scope.objects.filter(incident=gone)):
        mine = covered.get(scope.investigation_id)
        if mine is not None and _at_least(mine.kind, scope.kind, choices.InvestigationScope.values):
            restore.drop(scope)
        else:
            if mine is not None:
                restore.drop(mine)
            moved.setdefault("scopes", []).append(scope.pk)
            Scope.objects.filter(pk=scope.pk).update(incident=kept)
    about_kept = set(kept.statements.values_list("pk", flat=True))
    for statement in list(gone.statements.all()):
        moved.setdefault("statements", []).append(statement.pk)
        if statement.pk not in about_kept:
            restore.joined.append(statement.pk)
        statement.about.remove(gone)
        statement.about.add(kept)


def _at_least(mine: str, other: str, strongest_first: Sequence[str]) -> bool:
    return strongest_first.index(mine) <= strongest_first.index(other)


def _move_overrides(kept: Incident, gone: Incident, restore: Restore) -> None:
    """Move the desk's own figures; where both have one of a kind, the survivor's stays."""
    names = ("measure", "unit", "basis", "status")
    have = set(kept.overrides.values_list(*names))
    for override in list(gone.overrides.all()):
        if tuple(getattr(override, name) for name in names) in have:
            restore.drop(override)
        else:
            restore.moved.setdefault("overrides", []).append(override.pk)
            gone.overrides.filter(pk=override.pk).update(incident=kept)


def _move_references(kept: Incident, gone: Incident, restore: Restore) -> None:
    have = {(reference.scheme, reference.key): reference for reference in kept.references.all()}
    for reference in list(gone.references.all()):
        same = have.get((reference.scheme, reference.key))
        if same is None:
            restore.moved.setdefault("references", []).append(reference.pk)
            gone.references.filter(pk=reference.pk).update(incident=kept)
            continue
        identifies, number = reference.identifies, same.pk
        restore.drop(reference)
        if identifies and not same.identifies:
            # An importer finds the incident again by this id: the survivor must not lose it.
            restore.promoted.append(number)
            kept.references.filter(pk=number).update(identifies=True)


def _move_acts(kept: Incident, gone: Incident, restore: Restore) -> None:
    rank = max((act.rank for act in kept.acts.all()), default=0)
    have = {(act.act, act.asserted_by_id, act.document_id) for act in kept.acts.all()}
    for act in list(gone.acts.all()):
        if (act.act, act.asserted_by_id, act.document_id) in have:
            restore.drop(act)
            continue
        rank += 1
        restore.ranks[act.pk] = act.rank
        IncidentAct.objects.filter(pk=act.pk).update(incident=kept, rank=rank)


def _move_relations(kept: Incident, gone: Incident, restore: Restore) -> None:
    """Point the absorbed incident's relations at the survivor; those between the two are dropped.

    Of two that say the same, the more certain stays.
    """
    certainties = choices.Certainty.values
    for end, other in (("from_incident", "to_incident"), ("to_incident", "from_incident")):
        have = {
            (getattr(mine, f"{other}_id"), mine.type): mine for mine in IncidentRelation.objects.filter(**{end: kept})
        }
        for relation in IncidentRelation.objects.filter(**{end: gone}):
            over_there = getattr(relation, f"{other}_id")
            mine = have.get((over_there, relation.type))
            if over_there == kept.pk or (mine and _at_least(mine.certainty, relation.certainty, certainties)):
                restore.drop(relation)
            else:
                if mine is not None:
                    restore.drop(mine)
                restore.moved.setdefault(end, []).append(relation.pk)
                IncidentRelation.objects.filter(pk=relation.pk).update(**{end: kept})


def plain(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, Mapping | list | str | int | float | bool) or value is None:
        return value
    return str(value)


def merged_already(incident: Incident) -> Sentence:
    """That an incident that went into another one cannot be merged, in a sentence."""
    return worded("%(incident)s was merged already; merge the incident that it points to.", incident=incident)


def torn_place(survivor: Incident, absorbed: Incident, take_from_absorbed: Collection[str]) -> Sentence | None:
    """Why these fields cannot be taken: country and point would be partly of the one and partly of the other, or the
    incident would lie where nobody of those whom a claim counts was."""
    both = [tuple(getattr(each, name) for name in WHERE) for each in (survivor, absorbed)]
    merged = tuple(getattr(absorbed if name in take_from_absorbed else survivor, name) for name in WHERE)
    if merged not in both:
        return TORN_PLACE
    country = (absorbed if "country" in take_from_absorbed else survivor).country
    where = absorbed if _takes_areas(absorbed, take_from_absorbed) else survivor
    here = {country, *where.areas.values_list("country", flat=True)}
    counted = Claim.objects.filter(
        incident__in=[survivor, absorbed], public=True, retracted_at=None, superseded_by=None, running_total=False
    ).exclude(Q(scope=choices.ClaimScope.WIDER) | Q(credibility=choices.Credibility.IMPROBABLE))
    cells = ClaimCell.objects.filter(claim__in=counted)
    cell = cells.exclude(area=None).exclude(area__country__in=here).select_related("area", "claim__incident").first()
    if cell is None:
        return None
    told = (
        "A claim of %(incident)s counts people in %(area)s, and the merged incident would not lie in that country: "
        "retract the claim, or first name an area there in the incident whose place is kept."
    )
    return worded(told, incident=cell.claim.incident, area=cell.area)


def _takes_areas(absorbed: Incident, take_from_absorbed: Collection[str]) -> bool:
    """Whether the areas go with what is taken from the absorbed incident."""
    if "country" in take_from_absorbed:
        return True
    return not set(WHERE).isdisjoint(take_from_absorbed) and absorbed.areas.exists()


def not_choosable(field: str) -> Sentence:
    """That a field is none that one chooses, in a sentence."""
    told = "'%(field)s' cannot be chosen in a merge; choose among %(fields)s."
    return worded(told, field=field, fields=sorted(CHOOSABLE))


def not_valid(error: ValidationError) -> Sentence:
    """What is wrong with the incident that would come of it, in a sentence."""
    faults = [words_for(message) or message for message in error.messages]
    # One by itself is told in the language of whoever reads it.
    told = faults[0] if len(faults) == 1 else "; ".join(map(str, faults))
    return worded("The merged incident would not be valid: %(faults)s", faults=told)
