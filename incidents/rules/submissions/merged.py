"""Undoing what took part in a merge that stands: the survivor gets back what it took from an incident that goes."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Q

from incidents.models import AdminArea, Incident, Merge, SubmissionPart
from incidents.rules.sameness.merging import plain
from incidents.rules.sentences import worded
from incidents.rules.submissions.transitions import NotNow


def merges_of(brought: Iterable[int]) -> list[Merge]:
    """The merges that stand and in which incidents with these primary keys took part, the last first."""
    keys = set(brought)
    rows = Merge.objects.filter(undone_at=None).filter(Q(survivor__among=keys) | Q(absorbed__among=keys))
    return list(rows.select_related("survivor", "absorbed").order_by("-pk"))


def given_back(merges: Iterable[Merge], brought: Mapping[int, SubmissionPart]) -> Iterator[SubmissionPart]:
    """What survivors took from incidents that were `brought` by what is undone, as changes of its submissions.

    Undoing these merges later publishes none of the brought again of which nobody else says anything. Raises NotNow
    where one of them is the survivor of another's incident, or where what was taken went on with a later merge.
    """
    for merge in merges:
        survivor, absorbed = merge.survivor, merge.absorbed
        if survivor.pk in brought and absorbed.pk not in brought:
            told = "%(absorbed)s was merged into %(survivor)s, which would go: undo the merge first."
            raise NotNow(worded(told, absorbed=absorbed, survivor=survivor))
        if merge.restore:
            undone = {each.pk for each in (survivor, absorbed) if each.pk in brought}
            merge.restore["undone"] = sorted(undone.union(merge.restore.get("undone", ())))
            merge.save(update_fields=["restore"])
        if survivor.pk in brought:
            continue
        columns = _taken(merge, absorbed)
        if not columns:
            continue
        if survivor.merged_into is not None:
            told = "%(incident)s was merged into %(survivor)s later: undo that merge first."
            raise NotNow(worded(told, incident=survivor, survivor=survivor.merged_into))
        submission = brought[absorbed.pk].submission
        yield SubmissionPart(submission=submission, table=Incident.__name__, row=survivor.pk, before=columns)


def _taken(merge: Merge, absorbed: Incident) -> dict[str, list[Any]]:
    """{column: [before, after]} of what the survivor took over otherwise than it was."""
    names = list(merge.field_choices.get("from_absorbed", ()))
    before = {**merge.field_choices.get("before", {}), **merge.restore.get("before", {})}
    after = merge.restore.get("after", {})
    pairs = {name: [before[name], after.get(name, plain(getattr(absorbed, name)))] for name in names}
    if "country" in names and "areas" in before and "areas" in after:
        pairs["areas"] = [before["areas"], after["areas"]]
    pairs = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    if "areas" in pairs:
        codes = dict(
            AdminArea.objects.filter(pk__in=[*pairs["areas"][0], *pairs["areas"][1]]).values_list("pk", "pcode")
        )
        pairs["areas"] = [sorted(codes[pk] for pk in some if pk in codes) for some in pairs["areas"]]
    return pairs
