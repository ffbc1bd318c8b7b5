"""Undoing a merge: both records as they were, but for what was decided since; both public again if they were.

How a merge is made is in merging.py, whose Restore this reads.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ForeignKey, Max, Model, Q, QuerySet
from django.utils import timezone

from incidents.choices import AuditAction, Operation, ReasonCode, Sensitivity
from incidents.models import (
    Attribution,
    Claim,
    EstimateOverride,
    Incident,
    IncidentAct,
    IncidentReference,
    IncidentRelation,
    Merge,
    Publication,
    PublicIncident,
    PublicInvestigation,
    Scope,
    Statement,
)
from incidents.rules.legible import is_written, too_long
from incidents.rules.publication import refusing
from incidents.rules.publication.board import FOLLOWING
from incidents.rules.publication.disclosure import BECAME_PRIVATE, LEVELS, raised
from incidents.rules.publication.protecting import protect
from incidents.rules.publication.publishing import (
    INCIDENT,
    MAX_REASON,
    publish,
    take_back,
    withdraw,
)
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.sameness import duplicates
from incidents.rules.sameness.merging import by_hand, hand_over, now
from incidents.rules.sentences import worded
from incidents.rules.trail import auditing, editing, log

SAID = "The merge was undone: "
DERIVED = FOLLOWING | {ReasonCode.RULESET.value, ReasonCode.SCHEMA.value}
FIELDS = {field.name: field for field in Incident._meta.concrete_fields}
BUILDS_ON = ("relays", "inferred_from", "supersedes")


class UndoError(PublishingError):
    """A merge that cannot be undone any more; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class UndoOutcome:
    """What undoing did: the merge, the survivor's fields that keep a later value, the log's last seq."""

    merge: Merge
    kept_later: tuple[str, ...]
    last_seq: int


def undo_merge(merge: Merge, *, reason: str, by: User | None = None, author: User | None = None) -> UndoOutcome:
    """Take two merged incidents apart, in the working record and in public, in one transaction.

    `by` decided it; `author` is whose change it is in the histories, where that is somebody else.

    Rows that moved go back as they are now, with what was changed of them since; one that was deleted or given to a
    third incident since stays so. Claims and attributions entered since stay with the survivor, unless they build on
    one that goes back: then they follow it. A field of the survivor that was changed since keeps the later value; a
    sensitivity that was raised since holds for both. Rows dropped as double come back.

    Both are published again if they were public before, but one whose report was undone since only where others speak
    of it; a survivor that only the merge made public is withdrawn. If
    the survivor was withdrawn since, neither returns, nor does an absorbed id that was withdrawn for privacy since.
    Where something was taken out of the survivor for privacy since, nothing comes back by which that would be undone:
    no former value, no row dropped as double, and the absorbed incident only when two people publish it, as is the
    survivor where it keeps what it took from the absorbed one.
    Raises UndoError where later work stands in the way.
    """
    if not is_written(reason):
        raise UndoError(refusing.WRITE_WHY)
    if len(SAID + reason) > MAX_REASON:
        raise UndoError(too_long(reason, MAX_REASON - len(SAID)))
    author = author or by
    with transaction.atomic():
        before = log.lock_head().seq
        row = Merge.objects.select_for_update(no_key=True).get(pk=merge.pk)
        ends = Incident.objects.select_for_update(no_key=True).filter(pk__in=[row.survivor_id, row.absorbed_id])
        locked = {each.pk: each for each in ends.order_by("pk")}
        kept, gone = locked[row.survivor_id], locked[row.absorbed_id]
        refusal = why_not(row, kept)
        if refusal:
            raise UndoError(refusal)
        gone.merged_into = None
        Incident.objects.filter(pk=gone.pk).update(merged_into=None)
        kept_later = _take_apart(row, kept, gone, author)
        editing.save(by_hand(kept, author), [Merge.__name__])
        editing.save(by_hand(gone, author), [Merge.__name__])
        row.undone_at, row.undone_by, row.undo_reason = timezone.now(), by, reason
        row.save(update_fields=["undone_at", "undone_by", "undo_reason"])
        duplicates.reopen(kept, gone, row.restore.get("decided", {}))
        _publish(row, kept, gone, SAID + reason)
        last = log.lock_head().seq
        row.restore.setdefault("own", []).append([before, last])
        row.save(update_fields=["restore"])
        parted = {"absorbed": str(gone.public_id), "left_as_they_are": list(kept_later)}
        auditing.record(action=AuditAction.UNDO_MERGE, obj=kept, after=parted, reason=reason, actor=by)
        return UndoOutcome(row, tuple(kept_later), last)


def why_not(row: Merge, kept: Incident) -> str:
    """Why this merge cannot be undone, in a sentence that says what to do instead; empty where it can."""
    if row.undone_at is not None:
        return worded("This merge was undone already.")
    if not row.restore:
        return worded("This merge was made before merges noted what undoing needs; enter the other incident anew.")
    if kept.merged_into_id is not None:
        later_into = "%(incident)s was merged into %(survivor)s later; undo that merge first."
        return worded(later_into, incident=kept, survivor=kept.merged_into)
    later = Merge.objects.filter(survivor=kept, undone_at__isnull=True, pk__gt=row.pk).order_by("-pk").first()
    if later is not None:
        return worded(
            "%(absorbed)s was merged into %(survivor)s later and built on this merge; undo that one first.",
            absorbed=later.absorbed,
            survivor=kept,
        )
    return ""


def changed_since(row: Merge, kept: Incident) -> list[str]:
    """The fields that the merge gave the survivor and that undoing leaves as they are.

    They were changed since; or it was redacted since, perhaps for what they said before the merge.
    """
    before, after = row.restore.get("before", {}), row.restore.get("after", {})
    redacted = bool(before) and _redacted(row, kept)
    return [name for name in before if redacted or now(kept, name) != after[name]]


def _take_apart(row: Merge, kept: Incident, gone: Incident, author: User | None) -> list[str]:
    """Restore the working record; returns the fields of the survivor that keep a later value."""
    try:
        with transaction.atomic():
            _hand_back(row, kept, gone, author)
            kept_later = _restore_fields(row, kept, gone)
            for each in (kept, gone):
                each.full_clean()
    except IntegrityError as error:
        raise UndoError(
            worded(
                "What was entered since stands in the way (%(error)s): two ids or acts would be the same, or an "
                "incident would contain itself. Correct that first.",
                desk="What was entered since stands in the way: two ids or acts would be the same, or an incident "
                "would contain itself. Correct that first.",
                error=error,
            )
        ) from error
    except ValidationError as error:
        raise UndoError(
            worded(
                "What was changed since does not fit with what comes back: %(faults)s Correct the incident first.",
                faults="; ".join(error.messages),
            )
        ) from error
    return kept_later


def _hand_back(row: Merge, kept: Incident, gone: Incident, author: User | None) -> None:
    moved: dict[str, list[int]] = row.restore["moved"]
    claims, attributions = _with_followers(row, kept)
    hand_over(Claim.objects.filter(incident=kept, pk__in=claims), gone, author)
    hand_over(Attribution.objects.filter(incident=kept, pk__in=attributions), gone, author)
    kept.targeted_groups.filter(pk__in=moved.get("targeted_groups", [])).update(incident=gone)
    kept.overrides.filter(pk__in=moved.get("overrides", [])).update(incident=gone)
    kept.references.filter(pk__in=row.restore["promoted"]).update(identifies=False)
    kept.references.filter(pk__in=moved.get("references", [])).update(incident=gone)
    _hand_back_acts(row.restore["ranks"], kept, gone)
    for end in ("from_incident", "to_incident"):
        IncidentRelation.objects.filter(**{end: kept}, pk__in=moved.get(end, [])).update(**{end: gone})
    Scope.objects.filter(incident=kept, pk__in=moved.get("scopes", [])).update(incident=gone)
    for statement in Statement.objects.filter(about=kept, pk__in=moved.get("statements", [])):
        statement.about.add(gone)
        if statement.pk in row.restore["joined"]:
            statement.about.remove(kept)
    for model, values in () if _redacted(row, kept) else _dropped(row.restore):
        if _may_come_back(model, values, gone):
            model._default_manager.create(**values)


def _hand_back_acts(ranks: dict[str, int], kept: Incident, gone: Incident) -> None:
    """Give acts back with the ranks they had; one whose rank was given away since comes last."""
    taken = set(gone.acts.values_list("rank", flat=True))
    for act in kept.acts.filter(pk__in=[int(pk) for pk in ranks]).order_by("rank"):
        rank = ranks[str(act.pk)]
        if rank in taken:
            rank = max(taken) + 1
        taken.add(rank)
        IncidentAct.objects.filter(pk=act.pk).update(incident=gone, rank=rank)


def _with_followers(row: Merge, kept: Incident) -> tuple[set[int], set[int]]:
    """The claims and attributions to go back: those that moved, and later ones that build on them.

    Raises UndoError for a later claim that builds on claims of both incidents: somebody has to say whose it is.
    """
    moved = row.restore["moved"]
    claims = set(kept.claims.filter(pk__in=moved.get("claims", [])).values_list("pk", flat=True))
    later = list(kept.claims.filter(created_at__gt=row.merged_at).exclude(pk__in=claims))
    followers: dict[int, Claim] = {}
    while True:
        new = {each.pk: each for each in later if each.pk not in claims and _bases(each) & claims}
        if not new:
            break
        followers |= new
        claims |= new.keys()
    staying = set(kept.claims.exclude(pk__in=claims).values_list("pk", flat=True))
    for claim in followers.values():
        if _bases(claim) & staying:
            raise UndoError(
                worded(
                    "The claim '%(claim)s' was entered after the merge and builds on claims of both incidents; "
                    "correct what it relays, supersedes or is inferred from first.",
                    claim=claim,
                )
            )
    attributions = set(moved.get("attributions", []))
    after = Attribution.objects.filter(incident=kept, created_at__gt=row.merged_at)
    attributions |= set(after.filter(Q(claim__in=claims) | Q(supersedes__in=attributions)).values_list("pk", flat=True))
    return claims, attributions


def _bases(claim: Claim) -> set[int]:
    return {key for key in (getattr(claim, f"{name}_id") for name in BUILDS_ON) if key is not None}


def _dropped(restore: dict[str, Any]) -> Iterator[tuple[type[Model], dict[str, Any]]]:
    for name, rows in restore["dropped"].items():
        for values in rows:
            yield apps.get_model("incidents", name), dict(values)


def _may_come_back(model: type[Model], values: dict[str, Any], gone: Incident) -> bool:
    """Whether a dropped row still makes sense: what it names is still there, and nobody entered the same since.

    Relations to an incident that was merged since lead to its survivor. Raises UndoError for an id taken meanwhile.
    """
    for field in model._meta.concrete_fields:
        if not isinstance(field, ForeignKey) or values[field.attname] is None:
            continue
        if field.related_model is Incident and values[field.attname] != gone.pk:
            values[field.attname] = _survivor(values[field.attname])
        if not field.related_model._default_manager.filter(pk=values[field.attname]).exists():
            return False
    if model is IncidentReference and values["identifies"]:
        same = IncidentReference.objects.filter(scheme=values["scheme"], key=values["key"], identifies=True).first()
        if same is not None:
            raise UndoError(
                worded(
                    "%(scheme)s %(key)s is the id of %(incident)s by now; correct that reference first.",
                    scheme=values["scheme"],
                    key=values["key"],
                    incident=same.incident,
                )
            )
    if model is IncidentAct:
        last = gone.acts.aggregate(last=Max("rank"))["last"] or 0
        values["rank"] = values["rank"] if not gone.acts.filter(rank=values["rank"]).exists() else last + 1
    if model is IncidentRelation and values["from_incident_id"] == values["to_incident_id"]:
        return False
    rivals = model._default_manager.filter(pk=values["id"])
    for names in SAME[model]:
        rivals |= model._default_manager.filter(**{name: values[name] for name in names})
    return not rivals.exists()


SAME: dict[type[Model], tuple[tuple[str, ...], ...]] = {
    IncidentReference: (("incident_id", "scheme", "key"),),
    IncidentAct: (("incident_id", "act", "asserted_by_id", "document_id"),),
    IncidentRelation: (("from_incident_id", "to_incident_id", "type"),),
    Scope: (("investigation_id", "incident_id"),),
    EstimateOverride: (("incident_id", "measure", "unit", "basis", "status"),),
}


def _survivor(pk: int) -> int:
    """The incident that stands for this one today; itself unless it was merged."""
    while True:
        into = Incident.objects.filter(pk=pk).values_list("merged_into", flat=True).first()
        if into is None:
            return pk
        pk = into


def _restore_fields(row: Merge, kept: Incident, gone: Incident) -> list[str]:
    """Give the survivor the values it had; what was changed since stays, and is returned by name."""
    later = changed_since(row, kept)
    restore: dict[str, Any] = row.restore
    for name, value in restore["before"].items():
        if name in later:
            continue
        if name == "areas":
            kept.areas.set(value)
        else:
            setattr(kept, name, FIELDS[name].to_python(value))
    if "sensitivity" in later and LEVELS.index(kept.sensitivity) > LEVELS.index(restore["after"]["sensitivity"]):
        # Somebody found that what is in the two together needs more protection; which of them, nobody said.
        gone.sensitivity = max(gone.sensitivity, kept.sensitivity, key=LEVELS.index)
    return later


def _emptied(row: Merge, kept: Incident, gone: Incident) -> bool:
    """Whether somebody emptied the absorbed id for privacy since the merge: that was about what it said.

    It is emptied with the survivor too, which its sensitivity answers: rows of one transaction share their moment.
    """
    since = _emptying(row, kept)
    with_survivor = since.filter(object_id=kept.public_id).values("published_at")
    return since.filter(object_id=gone.public_id).exclude(published_at__in=with_survivor).exists()


def _redacted(row: Merge, kept: Incident) -> bool:
    """Whether two people took something out of the survivor since.

    Raising a sensitivity takes nothing out, whether somebody did or a later merge with a more sensitive incident.
    """
    taken_out = _emptying(row, kept).filter(
        object_id=kept.public_id, operation__in=[Operation.REDACT, Operation.WITHDRAW]
    )
    return taken_out.exclude(reason__in=["", BECAME_PRIVATE]).exists()


def _emptying(row: Merge, kept: Incident) -> QuerySet[Publication]:
    """Rows of the log since the merge by which privacy emptied incidents, but for what later merges wrote."""
    rows = Publication.objects.filter(kind=INCIDENT, reason_code=ReasonCode.PRIVACY, seq__gt=row.restore["seq"])
    for later in Merge.objects.filter(Q(survivor=kept) | Q(absorbed=kept), pk__gt=row.pk):
        for before, last in later.restore.get("own", ()):
            rows = rows.exclude(seq__gt=before, seq__lte=last)
    return rows


def _is_spoken_of(incident: Incident) -> bool:
    """Whether somebody still says something of an incident whose own report was undone, as unsaying.py asks it."""
    said = (incident.claims, incident.attributions, incident.acts, incident.targeted_groups, incident.overrides)
    if any(rows.exists() for rows in said):
        return True
    inquiries = Scope.objects.filter(incident=incident).values("investigation__public_id")
    linked = PublicInvestigation.objects.filter(public_id__in=inquiries).exists()
    for here, there in (("from_incident", "to_incident"), ("to_incident", "from_incident")):
        ends = IncidentRelation.objects.filter(**{here: incident}).values(f"{there}__public_id")
        linked = linked or PublicIncident.objects.filter(public_id__in=ends).exists()
    return linked


def _publish(row: Merge, kept: Incident, gone: Incident, reason: str) -> None:
    """Bring both back to the public as far as they were there, and nobody withdrew them since."""
    seq, undone = row.restore["seq"], row.restore.get("undone", ())
    was = row.restore["public"]
    public = {each.pk: was[str(each.pk)] and (each.pk not in undone or _is_spoken_of(each)) for each in (kept, gone)}
    since = Publication.objects.filter(kind=INCIDENT, object_id=kept.public_id, seq__gt=seq)
    last = since.order_by("-seq").first()
    withdrawn = last is not None and last.operation == Operation.WITHDRAW
    due = []
    if PublicIncident.objects.filter(public_id=kept.public_id).exists():
        if row.field_choices.get("from_absorbed") and _redacted(row, kept):
            withdraw(kept, reason_code=ReasonCode.CORRECTION, reason=reason)
        elif public[kept.pk] or since.exclude(reason_code__in=DERIVED).exists():
            due.append(kept)
        else:
            withdraw(kept, reason_code=ReasonCode.CORRECTION, reason=reason)
    elif public[kept.pk] and not withdrawn and kept.sensitivity != Sensitivity.SEVERE:
        due.append(kept)
    if (
        public[gone.pk]
        and not withdrawn
        and gone.sensitivity != Sensitivity.SEVERE
        and not _emptied(row, kept, gone)
        and not _redacted(row, kept)
    ):
        due.append(gone)
    if due:
        publish(due, reason_code=ReasonCode.CORRECTION, reason=reason)
    if gone not in due and raised(row.restore["after"].get("sensitivity", ""), gone.sensitivity):
        protect(gone)  # what the survivor told of it meanwhile
    last = Publication.objects.filter(kind=INCIDENT, object_id=gone.public_id).order_by("-seq").first()
    if last is not None and last.operation == Operation.MERGE:
        take_back(gone, reason_code=ReasonCode.CORRECTION, reason=reason)
