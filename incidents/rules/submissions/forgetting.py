"""Erasing what a submission said that came to nothing: it was rejected, withdrawn or undone.

The submission stays, with its steps and their reasons, so that it is known that there was one. What of it is in the
record, because somebody else said the same, stays as well; what was published of it is emptied by two people at the
desk (rules/desk/left.py). What other submissions were found to change of it is no longer told, nor do the versions of
rows that stand say what nobody but it said (wordings.py).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import transaction
from django.db.models import Q, QuerySet

from incidents.choices import AuditAction, SubmissionState
from incidents.models import Recognition, Submission, SubmissionPart
from incidents.rules.accounts import idempotency
from incidents.rules.legible import is_written
from incidents.rules.submissions.entering_claims import claim_columns, figures_of
from incidents.rules.submissions.recognising import names_in
from incidents.rules.submissions.recorded import entries_about
from incidents.rules.submissions.stepping import count_version
from incidents.rules.submissions.wordings import entries_saying, forget_found, forget_versions, words_of
from incidents.rules.trail import auditing, log
from incidents.rules.trail.auditing import AuditError
from incidents.rules.trail.differences import plain

ENDED = (SubmissionState.REJECTED.value, SubmissionState.WITHDRAWN.value)
KIND = "submission"
QUOTES = ("previous", "record")  # of a difference: what somebody said before


class NotErasable(Exception):
    """What nobody may erase as things stand; the message says why and what to do first."""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows of history, kept answers and entries of the audit chain lost what they said.

    `standing`: the rows which it made or changed that are in the record; `emptied`: their versions that said what it
    alone did; they keep the rest of their history. `quoting`: the other
    submissions that told what they change of it. `names`: those that are recognised no more. `beside`: the entries that
    hold something of it beside what others said, and keep it.
    """

    history: int
    answers: int
    entries: int
    standing: int
    emptied: int
    quoting: int
    names: int
    beside: list[int]


def erasable(keys: Collection[UUID]) -> list[Submission]:
    """The submissions with these ids, in their order; NotErasable where one is unknown or did not end in nothing."""
    found = {each.public_id: each for each in Submission.objects.filter(public_id__in=keys)}
    for key in keys:
        if key not in found:
            raise NotErasable(f"There is no submission {key}. Nothing was erased.")
        _check(found[key])
    return [found[key] for key in dict.fromkeys(keys)]


def erase(submission: Submission, *, reason: str) -> Erased:
    """Empty what was sent, the names as they were written, the history of rows that are gone, and all that quotes them.

    What was decided on its names goes where nothing else that the organisation sent has them.

    Raises NotErasable unless it was rejected, withdrawn or undone, and AuditError without a reason.
    """
    if not is_written(reason):
        raise AuditError("Write the reason: it stands in the audit chain for good.")
    with transaction.atomic():
        log.lock_head()  # as whoever undoes something of the same incident does, before any row
        held = Submission.objects.select_for_update(no_key=True).filter(_about_the_same(submission)).order_by("pk")
        others = {each.pk: each for each in held}
        stored = others.pop(submission.pk)
        _check(stored)
        parts = list(stored.parts.all())
        quoting = [each for each in others.values() if _unquote(each, stored.content)]
        named = _named(parts)
        there = {model: _standing(model, rows) for model, rows in named.items()}
        words = words_of(stored, others.values())
        forget_found(others, there, words)
        emptied = forget_versions(there, words)
        gone = {model: rows - there[model] for model, rows in named.items()}
        key = str(stored.public_id)
        recorded = entries_about(KIND, key, parts, gone)
        history = sum(_history_of(model, rows) for model, rows in gone.items())
        names = _recognised(stored).delete()[0]
        stored.parts.update(as_written="", proposals=[], before=None)
        stored.content, stored.note, stored.possible_duplicates, stored.differences = {}, "", [], []
        stored.save()
        count_version(stored)
        answers = sum(_answers_of(each) for each in (stored, *quoting))
        entries = auditing.erase(recorded.own, reason)
        told = [str(each.public_id) for each in quoting]
        after = {"history": history + emptied, "answers": answers, "names": names, "quoting": told}
        auditing.record(action=AuditAction.ERASE, obj=stored, after=after, reason=reason)
        standing = sum(map(len, there.values()))
        ids = {str(each.public_id) for each in others.values()}
        ids |= {part.object_id for part in parts if part.table and part.row in there.get(_model(part), ())} - {""}
        beside = sorted(entries_saying(ids, words).union(recorded.beside))
        return Erased(history, answers, entries, standing, emptied, len(quoting), names, beside)


def _check(submission: Submission) -> None:
    if submission.state not in ENDED:
        raise NotErasable(
            f"The submission {submission.public_id} is {submission.state}: reject it, or undo it, and erase it then. "
            "Nothing was erased."
        )


def _about_the_same(submission: Submission) -> Q:
    """The submission and all others that may say what they change of it."""
    entered = submission.parts.exclude(object_id="").values_list("object_id", flat=True)
    found = Q(pk=submission.pk) | Q(content__about__in=[*entered, *filter(None, [submission.content.get("about")])])
    if submission.external_scheme:
        found |= Q(pk__in=submission.under_same_reference().values("pk"))
    for name in ("incident", "investigation"):
        if getattr(submission, f"{name}_id") is not None:
            found |= Q(**{name: getattr(submission, f"{name}_id")})
    return found


def _unquote(other: Submission, content: Mapping[str, Any]) -> bool:
    """Empty what a submission's differences hold of what this content says; returns whether they held any of it.

    What it sends itself stays its own word.
    """
    said = [plain(each) for each in _values(content)]
    said += [figures_of(claim_columns(plain(claim))) for claim in content.get("claims", ())]
    told = [{name: None if name in QUOTES and value in said else value for name, value in each.items()}
            for each in other.differences]  # fmt: skip
    if told == other.differences:
        return False
    other.differences = told
    other.save(update_fields=["differences"])
    count_version(other)
    return True


def _values(said: Any) -> Iterator[Any]:
    """All that a content says, at any depth: texts, lists, and texts by language."""
    if isinstance(said, str | Mapping | list):
        yield said
    for each in said.values() if isinstance(said, Mapping) else said if isinstance(said, list) else ():
        yield from _values(each)


def _answers_of(submission: Submission) -> int:
    """Empty the kept answers that hold a submission; answers how many."""
    return idempotency.empty(submission.organisation_id, str(submission.public_id))


def _named(parts: Sequence[SubmissionPart]) -> dict[type[Any], set[int]]:
    """The rows that these parts made or changed, by model."""
    named: dict[type[Any], set[int]] = {}
    for part in parts:
        if part.table and part.row is not None:
            named.setdefault(_model(part), set()).add(part.row)
    return named


def _model(part: SubmissionPart) -> type[Any]:
    return apps.get_model("incidents", part.table)


def _standing(model: Any, rows: Collection[int]) -> set[int]:
    """Those of these rows that are in the record."""
    return set(model._default_manager.filter(pk__in=rows).values_list("pk", flat=True))


def _history_of(model: Any, rows: Collection[int]) -> int:
    """Delete the history of these rows; answers how many versions of them there were."""
    history = getattr(model, "history", None)
    return 0 if history is None or not rows else int(history.filter(id__in=rows).delete()[0])


def _recognised(submission: Submission) -> QuerySet[Recognition]:
    """What was decided on the names that a submission sends and no other one of the organisation does."""
    ours = Recognition.objects.filter(organisation=submission.organisation_id)
    decided = {(kind, folded): pk for pk, kind, folded in ours.values_list("pk", "kind", "folded")}
    said = names_in(submission.content) & decided.keys()
    if said:
        others = Submission.objects.filter(organisation=submission.organisation_id).exclude(pk=submission.pk)
        for sources, actors in others.values_list("content__sources", "content__actors").iterator():
            said -= names_in({"sources": sources or (), "actors": actors or ()})
    return ours.filter(pk__in=[decided[name] for name in said])
