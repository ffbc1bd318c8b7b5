"""Taking submissions out of the record again, and out of the public: one, a batch, or all of a period.

What others added meanwhile stays. Events of an investigation are never rewritten: it is withdrawn from the public, and
what was only added to one that others entered has to be superseded by another event.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from incidents import choices
from incidents.choices import PartOutcome
from incidents.models import (
    DuplicateCandidate,
    Incident,
    IncidentRelation,
    Investigation,
    PublicIncident,
    PublicInvestigation,
    Recognition,
    Scope,
    Submission,
    SubmissionPart,
    deleting,
)
from incidents.models.gathering import instances
from incidents.rules.publication.board import TABLES
from incidents.rules.publication.publishing import KINDS
from incidents.rules.sentences import worded
from incidents.rules.submissions import echoed
from incidents.rules.submissions.contents import INVESTIGATION, WITHDRAWAL
from incidents.rules.submissions.echoed import Echoes, echoes_of
from incidents.rules.submissions.merged import with_merges
from incidents.rules.submissions.released import is_public_already
from incidents.rules.submissions.restoring import forget, restore
from incidents.rules.submissions.returning import bring_back
from incidents.rules.submissions.stepping import step
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.submissions.unnamed import RECORDS, Gone, named_by, withdraw_unnamed, withdrawals
from incidents.rules.submissions.unsaying import unsaid_by, unsay
from incidents.rules.trail import editing
from incidents.rules.trail.auditing import Deed
from incidents.rules.trail.changes import Changes

R = TypeVar("R", Incident, Investigation)

# What hangs on others goes first.
ORDER = ("Attribution", "Claim", "IncidentAct", "TargetedGroup", "Incident", "Document", "Source", "Actor")
# What an incident's document tells besides its own columns.
SAID = frozenset({"Attribution", "Claim", "IncidentAct", "TargetedGroup"})
# Refers to an incident and says nothing of it: what was sent, and whom a search found alike.
UNSPOKEN = (Submission, DuplicateCandidate)
# Rows that may be a new word of another one of their table, and the columns by which they are somebody's word of it.
FOLLOWING: dict[str, tuple[str, ...]] = {"Claim": ("relays", "inferred_from"), "Attribution": ()}
# What several submissions may name, and what of a submission is over.
SHARED = ("Document", "Source", "Actor")
OVER = (choices.SubmissionState.WITHDRAWN, choices.SubmissionState.REJECTED)
STANDING = (choices.SubmissionState.APPROVED, choices.SubmissionState.PUBLISHED)


@dataclass(frozen=True, slots=True)
class Effect:
    """What undoing did in public: what was withdrawn, and what reads there without what was undone.

    `unnamed` are the sources and documents that left with it, since nothing that is public names them any more.
    """

    withdrawn: list[Incident | Investigation]
    restated: list[Incident | Investigation]
    unnamed: list[Gone]


@dataclass(frozen=True, slots=True)
class Found:
    """The parts whose rows go, {table: {row: part}}, and those whose columns are given back, the last change first.

    What other submissions say word for word as well does not go: `echoes`.
    """

    entered: Mapping[str, Mapping[int, SubmissionPart]]
    changed: list[SubmissionPart]
    echoes: Echoes

    @property
    def unread(self) -> Mapping[str, Mapping[int, SubmissionPart]]:
        """What leaves the public, {table: {row: part}}."""
        unread = self.echoes.unread
        return {table: {**parts, **unread.get(table, {})} for table, parts in self.entered.items()}


def undo(
    submissions: Sequence[Submission], reason: str, changes: Changes, *, by: User, together: Collection[int] = ()
) -> Effect:
    """Take these submissions back, in the transaction of the caller, who records the changes of the record.

    An incident that they alone speak of is withdrawn and removed; one of which others said only what is not public is
    withdrawn, and stays in the record; one that others speak of in public too reads there as before, without what they
    said; so does the one that it was merged into. Sources and documents that no public record names any more are
    withdrawn too, those of an earlier undoing among them. What others changed of an incident that goes, and nothing
    else, is withdrawn with it by a step of `by`. Raises NotNow for events added to an investigation that others
    entered, unless these are undone `together` with it (primary keys) or were before; for what cannot be taken out of
    the public without publishing something new; and for what a request withdrew and does not come back (returning.py).
    """
    published = [each for each in submissions if each.state == choices.SubmissionState.PUBLISHED]
    inquiries = _own_inquiries([each for each in published if each.type == INVESTIGATION], together)
    returned = [each for each in published if each.type == WITHDRAWAL]
    touched = {each.incident for each in submissions if each.incident is not None and each.type != WITHDRAWAL}
    public_inquiries = _public(PublicInvestigation, inquiries)
    beside = _left_beside(touched, public_inquiries)
    public = _public(PublicIncident, touched | _survivors(touched) | beside)
    named = named_by([*public, *public_inquiries])
    found = find(submissions, public_too=True)
    brought = found.entered.get("Incident", {})
    there = {each.pk for each in public}
    keys = {each.pk for each in [*published, *(each for each in submissions if _is_read(each, there))]}
    unsaid = unsaid_by(
        found.unread, [part for part in found.changed if part.submission_id in keys or part._state.adding], keys
    )
    others = _relying_on(brought, submissions)
    removed = take_out(submissions, changes, found, public_too=True)
    changes.also(_follow(others, by, reason))
    left = _still_there([each.pk for each in touched | set(public)])
    gone: list[Incident | Investigation] = [each for each in public if each.pk not in left]
    stay = [each for each in public if each.pk in left]
    bare = {*brought, *(each.pk for each in beside)}
    withdrawn, restated = unsay([*gone, *public_inquiries], stay, unsaid, bare, reason)
    back = bring_back(returned, unsaid, brought, reason)
    addresses = [(part.kind, UUID(part.object_id)) for part in removed if part.kind in RECORDS]
    unnamed = withdraw_unnamed(named, addresses, reason)
    own = [Gone(KINDS[type(each)], each.public_id, reason) for each in withdrawn]
    changes.also(withdrawals([*own, *unnamed]))
    changes.also(
        Deed(choices.AuditAction.RESTATE.value, (KINDS[Incident], str(each.public_id)), reason=reason)
        for each in restated
    )
    return Effect(withdrawn, [*restated, *back], unnamed)


def find(submissions: Sequence[Submission], *, public_too: bool = False) -> Found:
    """What these entered and changed, with what others left of it and merges made of it; NotNow as with_merges()."""
    own = SubmissionPart.objects.filter(submission__among={each.pk for each in submissions})
    parts: list[SubmissionPart] = instances(own.exclude(table="").order_by("-pk"))
    entered: dict[str, dict[int, SubmissionPart]] = defaultdict(dict)
    for part in parts:
        if part.outcome == PartOutcome.ENTERED and part.row is not None:
            entered[part.table][part.row] = part
    for part in [*_left_by_others(parts), *_left_on(submissions, public_too=public_too)]:
        entered[part.table].setdefault(part.row, part)
    echoes = echoes_of(entered, submissions)
    changed = [part for part in parts if part.outcome == PartOutcome.CHANGED]
    undone, brought = {each.pk for each in submissions}, entered.get("Incident", {})
    return Found(entered, with_merges(changed, brought, undone, public_too=public_too), echoes)


def take_out(
    submissions: Sequence[Submission], changes: Changes, found: Found | None = None, *, public_too: bool = False
) -> list[SubmissionPart]:
    """Remove from the record what these submissions entered, and give changed columns their values back.

    With them goes what they shared with others that are over already, and what those could not take along of the same
    incidents. What others rely on stays and, unless `public_too`, what is public of itself: two people withdraw it.
    Answers the parts whose rows are gone. Raises NotNow with `public_too` where others relay a claim that would go, or
    infer theirs from it. `found` is what find() answered, where the caller asked already.
    """
    spoken_of = {each.incident for each in submissions if each.incident is not None and each.type != WITHDRAWAL}
    records = {each.pk for each in spoken_of | _survivors(spoken_of)}
    found = found or find(submissions, public_too=public_too)
    echoed.lock(found.echoes)
    if public_too:  # what was sent about them first: whoever changes that holds it, and waits for these
        sent = Submission.objects.filter(incident__among=records).order_by("pk")
        list(sent.select_for_update(no_key=True).values_list("pk"))
    # The whole before its parts, as everybody locks them who edits.
    list(Incident.objects.select_for_update(no_key=True).filter(pk__among=records).order_by("pk").values_list("pk"))
    entered = found.entered
    if public_too:
        for table in FOLLOWING:
            _refuse_bases(table, set(entered.get(table, ())))
    _keep(changes, submissions, found.changed, entered)
    echoed.hand_on(found.echoes)
    undone = {each.pk for each in submissions}
    restore(found.changed, undone)
    forget(found.changed, undone)
    for table in FOLLOWING:
        _pass_on(table, entered.get(table, {}), changes)
    removed = list(found.changed)
    for table in ORDER:
        model = apps.get_model("incidents", table)
        rows = set(entered.get(table, ()))
        kept = set() if public_too or table not in SHARED else _public_rows(model, rows)
        removed += [entered[table][row] for row in sorted(_delete(model, rows - kept))]
    gone = {UUID(part.object_id) for part in removed if part.kind in {"source", "actor"}}
    Recognition.objects.filter(object_id__among=gone).delete()
    stored = {part.pk for part in removed if not part._state.adding}
    SubmissionPart.objects.filter(pk__among=stored).update(outcome=PartOutcome.REMOVED.value)
    said = {part.table for part in removed} & SAID
    if said:
        editing.touch_all(Incident, _still_there(records), said, by=None)
    left = _still_there([each.incident_id for each in submissions if each.incident_id is not None])
    for each in submissions:
        if each.incident_id not in left:
            each.incident = None
    return [part for part in removed if part.outcome == PartOutcome.ENTERED]


def _keep(
    changes: Changes,
    submissions: Sequence[Submission],
    changed: Sequence[SubmissionPart],
    entered: Mapping[str, Mapping[int, SubmissionPart]],
) -> None:
    """Keep how all that is about to be given back or removed stands; what others left counts as of the first."""
    ids = {each.pk: each.public_id for each in submissions}
    rows: dict[str, dict[int, UUID]] = defaultdict(dict)
    for part in changed:
        if part.row is not None:
            rows[part.table][part.row] = ids.get(part.submission_id, submissions[0].public_id)
    for table, parts in entered.items():
        rows[table] |= {row: ids.get(part.submission_id, submissions[0].public_id) for row, part in parts.items()}
    for table, wanted in rows.items():
        changes.keep_all(apps.get_model("incidents", table), wanted)


def _is_read(submission: Submission, public: Collection[int]) -> bool:
    """Whether it is approved only, and in public all the same; asked of those alone whose incident is public."""
    if submission.state != choices.SubmissionState.APPROVED or submission.incident is None:
        return False
    merged = submission.incident.merged_into_id is not None
    return (merged or submission.incident.pk in public) and is_public_already(submission)


def _left_by_others(parts: Sequence[SubmissionPart]) -> list[Any]:
    """What submissions entered that are over, and these relied on: it could not be removed with its own."""
    found: list[SubmissionPart] = []
    for table in SHARED:
        rows = {part.row for part in parts if part.table == table and part.outcome != PartOutcome.ENTERED} - {None}
        entered = SubmissionPart.objects.filter(table=table, row__among=rows, outcome=PartOutcome.ENTERED)
        found += entered.filter(submission__state__in=OVER)
    return found


def _left_on(submissions: Sequence[Submission], *, public_too: bool) -> list[Any]:
    """What submissions that are over entered into these incidents or their like, and others relied on at the time."""
    incidents = {each.incident_id for each in submissions if each.type != WITHDRAWAL} - {None}
    if not public_too and incidents:
        there = PublicIncident.objects.values("public_id")
        incidents -= set(Incident.objects.filter(pk__among=incidents, public_id__in=there).values_list("pk", flat=True))
    over = Submission.objects.filter(incident__among=incidents, state__in=OVER).values("pk")
    return list(SubmissionPart.objects.filter(submission__in=over, outcome=PartOutcome.ENTERED).exclude(row=None))


def _left_beside(incidents: Collection[Incident], inquiries: Collection[Investigation]) -> set[Incident]:
    """What submissions that are over brought, and stayed public since these inquiries or incidents spoke of it."""
    found: set[Incident] = set()
    over = SubmissionPart.objects.filter(
        table="Incident", outcome=PartOutcome.ENTERED, submission__state__in=OVER, row=OuterRef("pk")
    )
    stayed = Incident.objects.filter(Exists(over), public_id__in=PublicIncident.objects.values("public_id"))
    linked = set(Scope.objects.filter(investigation__in=inquiries).values_list("incident", flat=True))
    waiting = {each.pk for each in incidents}
    while waiting or linked:
        for here, there in (("from_incident", "to_incident"), ("to_incident", "from_incident")):
            ends = IncidentRelation.objects.filter(**{f"{here}__among": waiting})
            linked.update(ends.values_list(there, flat=True))
        more = set(stayed.filter(pk__among=linked - {None})) - found
        found |= more
        waiting, linked = {each.pk for each in more}, set()
    return found


def _refuse_bases(table: str, rows: Collection[int]) -> None:
    """Raise NotNow where a row that stays relays one of these, or is inferred from it: else it would stand alone."""
    model = apps.get_model("incidents", table)
    for name in FOLLOWING[table]:
        building = model._default_manager.filter(**{f"{name}__among": rows}).exclude(pk__among=rows)
        for row in building.order_by("pk")[:1]:
            entered = SubmissionPart.objects.filter(table=table, row=row.pk, outcome=PartOutcome.ENTERED).first()
            if entered is None:
                first = worded("the claim %(id)s", desk="that claim", id=row.public_id)
            else:
                came_by = entered.submission
                first = worded("submission %(id)s", desk="%(submission)s", id=came_by.public_id, submission=came_by)
            raise NotNow(
                worded(
                    "The claim %(id)s (%(claim)s) builds on what would go; undo %(first)s first, or correct it in the "
                    "record so that it stands for itself.",
                    desk="The claim %(claim)s builds on what would go; undo first what brought it (%(first)s), or "
                    "correct it in the record so that it stands for itself.",
                    id=row.public_id,
                    claim=row,
                    first=first,
                )
            )


def _pass_on(table: str, entered: Mapping[int, SubmissionPart], changes: Changes) -> None:
    """Have what superseded a row that goes, and stays itself, supersede what that row superseded."""
    model = apps.get_model("incidents", table)
    rows = model._default_manager.filter(pk__among=set(entered))
    earlier = dict(rows.values_list("pk", "supersedes"))
    following = model._default_manager.filter(supersedes__among=set(entered)).exclude(pk__among=set(entered))
    for row in following.order_by("pk"):
        part = entered[row.supersedes_id]
        changes.keep(row, part.submission.public_id)
        passed: set[int] = set()
        while row.supersedes_id in earlier and row.supersedes_id not in passed:
            passed.add(row.supersedes_id)
            row.supersedes_id = earlier[row.supersedes_id]
        if row.supersedes_id in passed:  # what goes superseded itself in a ring
            row.supersedes_id = None
        editing.save(row, ["supersedes"])


def _public_rows(model: type[Any], rows: Collection[int]) -> set[int]:
    """Those of these sources, documents or actors that are public."""
    public = TABLES[KINDS[model]]._default_manager.values("public_id")
    return set(model._default_manager.filter(pk__among=rows, public_id__in=public).values_list("pk", flat=True))


def _own_inquiries(submissions: Sequence[Submission], together: Collection[int]) -> set[Investigation]:
    """The investigations that these submissions brought into the record, or that go with others; NotNow otherwise."""
    undone = {each.pk for each in submissions} | set(together)
    rows = {each.investigation_id for each in submissions} - {None}
    entered = SubmissionPart.objects.filter(table="Investigation", outcome=PartOutcome.ENTERED, row__among=rows)
    brought = entered.filter(Q(submission__among=undone) | Q(submission__state__in=OVER))
    own = set(brought.values_list("row", flat=True))
    found = set()
    for each in submissions:
        if each.investigation is None or each.investigation.pk not in own:
            raise NotNow(
                worded(
                    "Events of an investigation are never rewritten; enter ones that supersede what %(id)s added.",
                    desk="Events of an investigation are never rewritten; enter ones that supersede what this added.",
                    id=each.public_id,
                )
            )
        found.add(each.investigation)
    return found


def _relying_on(rows: Collection[int], submissions: Sequence[Submission]) -> set[int]:
    """What of others stands in these incidents, published or approved, and no withdrawal: it goes with them."""
    others = Submission.objects.filter(incident__among=set(rows), state__in=STANDING)
    others = others.exclude(type=WITHDRAWAL).exclude(pk__among={each.pk for each in submissions})
    return set(others.values_list("pk", flat=True))


def _follow(keys: Collection[int], by: User, reason: str) -> list[Deed]:
    """Have those of these submissions whose incident is gone be withdrawn too: nothing of them is in the record."""
    rows = Submission.objects.filter(pk__among=set(keys), incident=None).select_related("organisation").order_by("pk")
    why = f"The incident that it was about is undone: {reason}"
    undone = choices.SubmissionAction.UNDO, choices.SubmissionState.WITHDRAWN
    return [step(each, *undone, by, why) for each in rows.select_for_update(no_key=True, of=("self",))]


def _survivors(incidents: Collection[Incident]) -> set[Incident]:
    """The incidents that these were merged into, and those into which they were: what was said of one stands there."""
    found: set[Incident] = set()
    waiting = [each.merged_into_id for each in incidents if each.merged_into_id is not None]
    while waiting:
        next_ones = set(Incident.objects.filter(pk__among=set(waiting)))
        found |= next_ones
        waiting = [each.merged_into_id for each in next_ones if each.merged_into_id is not None]
    return found


def _delete(model: type[Any], rows: Collection[int]) -> set[int]:
    """Delete these rows, but not one that others rely on; the rows that are gone."""
    return deleting.delete(model, set(rows) - (_spoken_of(rows) if model is Incident else set()))


def _spoken_of(rows: Collection[int]) -> set[int]:
    """The incidents on which something hangs that their own submissions did not bring: theirs was removed before."""
    found: set[int] = set()
    for relation in Incident._meta.related_objects:
        if relation.related_model in UNSPOKEN or relation.hidden:
            continue
        name = relation.field.name
        model: Any = relation.related_model
        own = model._default_manager.filter(**{f"{name}__among": rows}).values_list(name, flat=True)
        found.update(own)
    return found


def _public(table: type[Any], records: Collection[R]) -> list[R]:
    """Those of these records that stand in a table of the public, in the order in which they were entered."""
    asked = table._default_manager.filter(public_id__among={each.public_id for each in records})
    found = set(asked.values_list("public_id", flat=True))
    return sorted((each for each in records if each.public_id in found), key=lambda each: each.pk)


def _still_there(rows: Collection[int]) -> set[int]:
    return set(Incident.objects.filter(pk__among=set(rows)).values_list("pk", flat=True))
