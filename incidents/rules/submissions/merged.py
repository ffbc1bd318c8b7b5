"""Undoing what took part in merges that stand: survivors get back what they took of it, and so do later survivors.

What these merges keep to be undone with is rewritten as well: else it would bring back what was undone. Undoing a
merge itself is sameness/unmerging.py's matter.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from operator import itemgetter
from typing import Any

from django.db.models import OuterRef, Q, Subquery

from incidents.choices import SubmissionAction
from incidents.models import AdminArea, Incident, Merge, SubmissionPart, SubmissionStep
from incidents.rules.sameness.merging import now, plain
from incidents.rules.sameness.unmerging import FIELDS
from incidents.rules.sentences import worded
from incidents.rules.submissions.restoring import AREAS, TOGETHER, groups, of_others
from incidents.rules.submissions.transitions import NotNow

INCIDENT = Incident.__name__
Columns = dict[str, list[Any]]  # {column: [before, after]}, as SubmissionPart.before has it


def with_merges(
    changed: Sequence[SubmissionPart],
    brought: Mapping[int, SubmissionPart],
    undone: Collection[int],
    *,
    public_too: bool,
) -> list[SubmissionPart]:
    """These changes, and those that merges made of them and of incidents that were `brought`; the last change first.

    What a survivor took from an incident that stays is given back to what it had taken without these changes; what
    others said of either since, or said as well, stays. `undone` are the primary keys of the submissions that go.
    Raises NotNow with `public_too` where one of the brought is the survivor of another's incident: it would leave the
    public with that. What is not public stays in the record, where the desk takes the two apart.
    """
    rows = {part.row for part in changed if part.table == INCIDENT and part.row is not None}
    merges = _reached(rows | set(brought))
    if not merges:
        return list(changed)
    before = {each.pk: deepcopy(each.restore) for each in merges}
    steps = _Steps(merges, changed, undone)
    steps.passed.update((merge.pk, part) for merge, part in _given_back(merges, brought, public_too=public_too))
    # What went into an incident that was merged itself did so before: its merge comes later.
    for merge in merges:
        if merge.absorbed_id not in brought:
            steps.pass_on(merge)
    absorbed = {each.absorbed_id for each in merges}
    for merge in {each.survivor_id: each for each in merges if each.survivor_id not in absorbed}.values():
        if merge.survivor_id not in brought:
            steps.taken_back(merge.survivor)
    for merge in merges:
        if merge.restore != before[merge.pk]:
            merge.save(update_fields=["restore"])
    return steps.in_order(changed)


def _given_back(
    merges: Iterable[Merge], brought: Mapping[int, SubmissionPart], *, public_too: bool
) -> Iterator[tuple[Merge, SubmissionPart]]:
    """What survivors took from incidents that were `brought` by what is undone, as changes of its submissions.

    Undoing these merges later publishes none of the brought again of which nobody else says anything. Raises NotNow
    as with_merges() does.
    """
    for merge in merges:
        survivor, absorbed = merge.survivor, merge.absorbed
        undone = {each.pk for each in (survivor, absorbed) if each.pk in brought}
        if public_too and survivor.pk in brought and absorbed.pk not in brought:
            told = "%(absorbed)s was merged into %(survivor)s, which would go: undo the merge first."
            raise NotNow(worded(told, absorbed=absorbed, survivor=survivor))
        if merge.restore and undone:
            merge.restore["undone"] = sorted(undone.union(merge.restore.get("undone", ())))
        if absorbed.pk not in brought or survivor.pk in brought:
            continue
        columns = _taken(merge, absorbed)
        if columns:
            submission = brought[absorbed.pk].submission
            yield merge, SubmissionPart(submission=submission, table=INCIDENT, row=survivor.pk, before=columns)


class _Said:
    """What an incident's columns say, and said before each merge, while changes are taken back, the last one first.

    `given` are the columns of the row that were taken back, [without it, as the row says], and `by` the submission
    whose change was the last one that was. Merges are rewritten; the row itself is restoring.py's matter.
    """

    def __init__(self, incident: Incident) -> None:
        self.incident = incident
        self.given: Columns = {}
        self.by: int | None = None
        self._kept: dict[str, dict[str, Any]] = {}  # by column the `before` of the merge that gave it another value
        self._others: set[str] = set()

    def take_back(self, part: SubmissionPart) -> set[str]:
        """Take back a change as far as the columns say what it said; answers also those of which others tell."""
        settled = set()
        for names in groups(part):
            if "sensitivity" in names:  # lowered by two people, never by undoing
                continue
            pairs = {name: [_plain(name, each) for each in (part.before or {})[name]] for name in names}
            if not names & self._others:
                if any(self._now(name) != after for name, (_, after) in pairs.items()):
                    continue
                for name, (before, after) in pairs.items():
                    self._set(name, before, after)
                self.by = part.submission_id
            settled |= names
        return settled

    def leave(self, part: SubmissionPart) -> None:
        """Leave what others say: what was said before it is not what stands."""
        names = set(part.before or ())
        self._others |= names.union(*(each for each in TOGETHER[INCIDENT] if each & names))

    def merged(self, merge: Merge, part: SubmissionPart | None) -> None:
        """Take back what a merge passed on, if anything, and go on with what it found."""
        if part is not None:
            after = merge.restore.get("after", {})
            for name in self.take_back(part) & after.keys():
                after[name] = _kept(name, _plain(name, (part.before or {})[name][0]))
        before = merge.restore.get("before") or merge.field_choices.get("before", {})
        self._kept |= dict.fromkeys(before, before)
        self._others -= before.keys()

    def _now(self, name: str) -> Any:
        if name in self._kept:
            return _read(name, self._kept[name][name])
        return self.given[name][0] if name in self.given else _read(name, now(self.incident, name))

    def _set(self, name: str, before: Any, after: Any) -> None:
        if name in self._kept:
            self._kept[name][name] = _kept(name, before)
        else:
            self.given[name] = [before, self.given[name][1] if name in self.given else after]


class _Steps:
    """What made incidents say what they say, in order: changes that are undone, those of others, and merges.

    `passed` are the changes by which merges passed on, to the survivor, what is undone: {merge: part}.
    """

    def __init__(self, merges: Sequence[Merge], changed: Iterable[SubmissionPart], undone: Collection[int]) -> None:
        self.passed: dict[int, SubmissionPart] = {}
        self._merges, self._undone = merges, undone
        self._follows = _follows(merges)
        self._parts = of_others(
            {INCIDENT: {pk for each in merges for pk in (each.survivor_id, each.absorbed_id)}}, undone
        )
        for part in changed:
            self._parts[part.table, part.row].append(part)

    def pass_on(self, merge: Merge) -> None:
        """Take back what the absorbed incident says of what is undone, and find what the survivor took of that."""
        said = self.taken_back(merge.absorbed)
        columns = _passed_on(merge, said)
        if columns and said.by is not None:
            by, survivor = said.by, merge.survivor_id
            self.passed[merge.pk] = SubmissionPart(submission_id=by, table=INCIDENT, row=survivor, before=columns)

    def taken_back(self, incident: Incident) -> _Said:
        """What an incident says without what is undone, found by going back from what it says, the last step first."""
        into = [each for each in self._merges if each.survivor_id == incident.pk]
        steps: list[tuple[int, int, Any]] = [(self._follows[each.pk], each.pk, each) for each in into]
        steps += [(each.pk, 0, each) for each in self._parts[INCIDENT, incident.pk]]
        said = _Said(incident)
        for _, _, step in sorted(steps, key=itemgetter(0, 1), reverse=True):
            if isinstance(step, Merge):
                said.merged(step, self.passed.get(step.pk))
            elif step.submission_id in self._undone:
                said.take_back(step)
            else:
                said.leave(step)
        return said

    def in_order(self, changed: Iterable[SubmissionPart]) -> list[SubmissionPart]:
        """These changes and what was passed on, the last first; each of these says what it follows (restoring.py)."""
        placed: list[tuple[int, int, SubmissionPart]] = [(part.pk, 0, part) for part in changed]
        for key, part in self.passed.items():
            part.follows = self._follows[key]  # type: ignore[attr-defined]
            placed.append((self._follows[key], key, part))
        return [part for _, _, part in sorted(placed, key=itemgetter(0, 1), reverse=True)]


def _reached(incidents: Collection[int]) -> list[Merge]:
    """The merges that stand, the first one first, of incidents with these primary keys and of their survivors."""
    found: dict[int, Merge] = {}
    seen: set[int] = set()
    waiting = set(incidents)
    while waiting:
        seen |= waiting
        rows = Merge.objects.filter(Q(survivor__among=waiting) | Q(absorbed__among=waiting), undone_at=None)
        found.update({each.pk: each for each in rows.select_related("survivor", "absorbed")})
        waiting = {each.survivor_id for each in found.values()} - seen
    return [found[key] for key in sorted(found)]


def _follows(merges: Sequence[Merge]) -> dict[int, int]:
    """{merge: the last part of its survivor's row that was entered before it, 0 for none}."""
    approvals = SubmissionStep.objects.filter(
        submission=OuterRef("submission"), action=SubmissionAction.APPROVE
    ).order_by("-pk")
    parts = SubmissionPart.objects.filter(table=INCIDENT, row__among={each.survivor_id for each in merges})
    entered = list(
        parts.annotate(at=Subquery(approvals.values("at")[:1])).exclude(at=None).values_list("row", "pk", "at")
    )
    return {
        each.pk: max((pk for row, pk, at in entered if row == each.survivor_id and at < each.merged_at), default=0)
        for each in merges
    }


def _passed_on(merge: Merge, said: _Said) -> Columns:
    """What the survivor took of these columns, as far as it had taken something else without what was taken back."""
    names = {*merge.field_choices.get("from_absorbed", ())}
    if AREAS in merge.restore.get("after", {}) or (not merge.restore and "country" in names):
        names.add(AREAS)
    part = SubmissionPart(table=INCIDENT, before={name: pair for name, pair in said.given.items() if name in names})
    pairs: Columns = part.before or {}
    differing = [group for group in groups(part) if any(pairs[name][0] != pairs[name][1] for name in group)]
    return {name: pairs[name] for group in differing for name in sorted(group)}


def _taken(merge: Merge, absorbed: Incident) -> Columns:
    """{column: [before, after]} of what the survivor took over otherwise than it was."""
    names = list(merge.field_choices.get("from_absorbed", ()))
    before = {**merge.field_choices.get("before", {}), **merge.restore.get("before", {})}
    after = merge.restore.get("after", {})
    pairs = {name: [before[name], after.get(name, plain(getattr(absorbed, name)))] for name in names}
    if AREAS in before and AREAS in after:
        pairs[AREAS] = [_read(AREAS, before[AREAS]), _read(AREAS, after[AREAS])]
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _plain(name: str, value: Any) -> Any:
    """What a part says of a column as merges keep it; of areas the P-codes, as parts do."""
    return sorted(value) if name == AREAS else plain(FIELDS[name].to_python(value))


def _read(name: str, value: Any) -> Any:
    """What a merge keeps of a column; of areas the P-codes."""
    return sorted(AdminArea.objects.filter(pk__in=value).values_list("pcode", flat=True)) if name == AREAS else value


def _kept(name: str, value: Any) -> Any:
    """What a merge is to keep of a column; of areas the primary keys."""
    return sorted(AdminArea.objects.filter(pcode__in=value).values_list("pk", flat=True)) if name == AREAS else value
