"""Taking in what an organisation sends: checked as a whole, kept as it was sent, tried against the record.

Nothing of it reaches the record or the public before moderators decide (moderating.py).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from incidents import choices
from incidents.choices import SubmissionAction as Action
from incidents.choices import SubmissionState as State
from incidents.models import (
    ApiKey,
    Incident,
    Investigation,
    Organisation,
    Submission,
    SubmissionPart,
    bulk,
)
from incidents.models.external import one_spelling
from incidents.models.moderation import CLOSED
from incidents.rules.refusals import Fault, Refused, pointer
from incidents.rules.sameness import duplicates
from incidents.rules.sameness.duplicates import Search
from incidents.rules.submissions.contents import (
    CLAIMS,
    INCIDENT,
    INVESTIGATION,
    WITHDRAWAL,
    Content,
    read,
    rows_of,
)
from incidents.rules.submissions.differing import tried
from incidents.rules.submissions.foreseeing import foreseen
from incidents.rules.submissions.foreseeing_parts import foreseen_parts
from incidents.rules.submissions.localities import places
from incidents.rules.submissions.recognising import Register
from incidents.rules.submissions.stepping import held, step
from incidents.rules.submissions.subjects import hold_subjects
from incidents.rules.submissions.transitions import check
from incidents.rules.submissions.versions import is_about_the_same, last_version
from incidents.rules.trail import auditing
from incidents.rules.trail.auditing import Deed

T = TypeVar("T")

MOST_AT_ONCE = 500
MOST_ROWS_AT_ONCE = 5_000
"""In all items of one bulk request: whatever they hold, it takes about as long as 500 plain ones."""
TAKEN = "Another submission with this external reference is open; change that one (PUT by external id)."


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: an organisation, the person who answers for it, and the key that was used."""

    organisation: Organisation
    author: User
    key: ApiKey | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of a submission: what it is about, as {kind, id}, its parts, the estimates of the incident as
    a document has them, and what of the record it would change."""

    type: str
    subject: dict[str, Any] | None
    parts: Sequence[SubmissionPart]
    estimates: Sequence[Content]
    differences: Sequence[dict[str, Any]]


def submit(sender: Sender, content: Any) -> Submission:
    """Take in one submission. Raises Refused, with nothing stored, where the record could not hold it."""
    with transaction.atomic():
        submission, deed = _take_in(sender, content, None, Register(sender.organisation), Search.in_a_request())
        hold_subjects([submission])
        auditing.record_all([deed], actor=sender.author)
        return submission


@bulk.uncollected()
def submit_many(sender: Sender, contents: Sequence[Any], *, atomic: bool) -> list[Submission | Refused]:
    """Take in up to 500 submissions as one batch: each by itself, or with `atomic` all or none.

    The answers stand in the order of what was sent. With `atomic`, Refused names the first faults of any of them by
    `/items/{index}/...`.
    """
    batch, register, search = uuid4(), Register(sender.organisation), Search.in_a_request()
    deeds: list[Deed] = []

    def take(content: Any) -> Submission:
        submission, deed = _take_in(sender, content, batch, register, search)
        deeds.append(deed)
        return submission

    with transaction.atomic():
        results = _each(contents, take, atomic=atomic)
        # Everybody takes the head of the chain last: not held while the others are read.
        hold_subjects(each for each in results if isinstance(each, Submission))
        auditing.record_all(deeds, actor=sender.author)
    return results


def _each(contents: Sequence[Any], take: Callable[[Any], T], *, atomic: bool) -> list[T | Refused]:
    """What `take` makes of each, or why it is refused; with `atomic`, Refused for all where one is."""
    if not 1 <= len(contents) <= MOST_AT_ONCE:
        raise Refused(Fault("/items", "length", f"Send 1 to {MOST_AT_ONCE} items, not {len(contents):,}."))
    rows = 0
    for index, content in enumerate(contents):
        rows += rows_of(content)
        if rows > MOST_ROWS_AT_ONCE:
            detail = (
                f"With this item there are {rows:,} sources, names, documents, claims, cells and the like;"
                f" {MOST_ROWS_AT_ONCE:,} are the most at once. Send it and those after it in another request."
            )
            raise Refused(Fault(pointer("items", index), "length", detail))
    results: list[T | Refused] = []
    for content in contents:
        try:
            with transaction.atomic():
                results.append(take(content))
        except Refused as refused:
            results.append(refused)
    faults = [
        Fault(pointer("items", index) + fault.pointer, fault.code, fault.detail)
        for index, result in enumerate(results)
        if isinstance(result, Refused)
        for fault in result.faults
    ]
    if atomic and faults:
        raise Refused(*faults[:50])
    return results


def _take_in(
    sender: Sender, content: Any, batch: UUID | None, register: Register, search: Search
) -> tuple[Submission, Deed]:
    value = read(content)
    submission = _new(sender, content, value, batch)
    _record_parts(submission, value, register)
    _try(submission, value, search)
    return submission, step(submission, Action.SUBMIT, State.SUBMITTED, sender.author)


def revise(submission: Submission, sender: Sender, content: Any, *, version: int | None) -> Submission:
    """Replace what was sent; raises Changed unless it is at `version` (None: whatever it is at)."""
    value = read(content)
    with transaction.atomic():
        stored, replaced = _replace(submission, sender, content, value, version)
        _try(stored, value, Search.in_a_request())
        deed = step(stored, Action.REVISE, State.SUBMITTED, sender.author, replaced=replaced)
        hold_subjects([stored])
        auditing.record_all([deed], actor=sender.author)
        return stored


def _replace(
    submission: Submission, sender: Sender, content: Any, value: Content, version: int | None
) -> tuple[Submission, Any]:
    """The submission with other content, and the content that it had; no step is taken yet."""
    stored = held(submission, version)
    check(stored, Action.REVISE, sender.author, "")
    if value["type"] != stored.type:
        raise Refused(Fault("/type", "not_changeable", f"It was sent as '{stored.type}'; send another one instead."))
    replaced, stored.content, stored.note = stored.content, content, value.get("note", "")
    _set_reference(stored, value)
    _set_subject(stored, value)
    _save_referenced(stored)
    stored.parts.all().delete()
    _record_parts(stored, value, Register(stored.organisation))
    return stored, replaced


def put(sender: Sender, scheme: str, key: str, content: Any) -> tuple[Submission, bool]:
    """Send what has this external reference: a change of the open submission, else a new one; whether it is new.

    Where an earlier one was published, the new one is a new version of the same incident.
    """
    content = _referenced(content, scheme, key)
    with transaction.atomic():
        # Of two that come at once the second changes what the first sent: it would be told to do what it does.
        Organisation.objects.select_for_update(no_key=True).get(pk=sender.organisation.pk)
        found = _open_one(sender, scheme, key).select_for_update(no_key=True).first()
        if found is not None:
            return revise(found, sender, content, version=None), False
        return submit(sender, content), True


def _referenced(content: Any, scheme: str, key: str) -> Any:
    """The content with its external reference; raises Refused where it says another one."""
    address = {"scheme": scheme, "key": one_spelling(key)}
    if isinstance(content, dict) and content.get("external_reference") is None:
        content = content | {"external_reference": address}
    if read(content)["external_reference"] != address:
        detail = f"The address says {scheme}/{key}; leave it out, or say the same."
        raise Refused(Fault("/external_reference", "contradiction", detail))
    return content


def _open_one(sender: Sender, scheme: str, key: str) -> QuerySet[Submission]:
    """The organisation's open submission with this external reference, of which there is one at most."""
    own = Submission.objects.filter(organisation=sender.organisation, external_scheme=scheme)
    return own.filter(external_key=one_spelling(key)).exclude(state__in=CLOSED)


def trial(sender: Sender, content: Any) -> Trial:
    """What would become of a submission; writes nothing. Raises Refused as submit() does."""
    with transaction.atomic():
        found = _new_on_trial(sender, content, Register(sender.organisation))
        transaction.set_rollback(True)
    return found


@bulk.uncollected()
def trial_of_many(sender: Sender, contents: Sequence[Any], *, atomic: bool) -> list[Trial | Refused]:
    """What would become of each of up to 500 submissions; writes nothing. Raises Refused as submit_many() does.

    Of their parts only names and places are told.
    """
    register = Register(sender.organisation)
    with transaction.atomic():
        results = _each(
            contents, lambda content: _new_on_trial(sender, content, register, each_part=False), atomic=atomic
        )
        transaction.set_rollback(True)
    return results


def trial_of_revision(submission: Submission, sender: Sender, content: Any, *, version: int | None) -> Trial:
    """What would become of a submission with other content; writes nothing. Raises what revise() does."""
    value = read(content)
    with transaction.atomic():
        stored, _ = _replace(submission, sender, content, value, version)
        found = _on_trial(stored, value)
        transaction.set_rollback(True)
    return found


def trial_of_put(sender: Sender, scheme: str, key: str, content: Any) -> Trial:
    """What would become of what has this external reference; writes nothing. Raises what put() does."""
    content = _referenced(content, scheme, key)
    found = _open_one(sender, scheme, key).first()
    return trial(sender, content) if found is None else trial_of_revision(found, sender, content, version=None)


def _new_on_trial(sender: Sender, content: Any, register: Register, *, each_part: bool = True) -> Trial:
    value = read(content)
    submission = _new(sender, content, value, None)
    _record_parts(submission, value, register)
    return _on_trial(submission, value, each_part=each_part)


def _on_trial(submission: Submission, value: Content, *, each_part: bool = True) -> Trial:
    """Enter it, take it out again, and read what publishing it would derive, and what would become of each part."""
    parts: list[SubmissionPart] = list(submission.parts.all())
    differences: list[dict[str, Any]] = []
    if value["type"] != WITHDRAWAL:
        with transaction.atomic():
            _, differences = tried(submission, value, parts)
            transaction.set_rollback(True)
    return Trial(
        value["type"],
        submission.subject,
        [*parts, *(foreseen_parts(submission, value, parts) if each_part else ())],
        foreseen(submission, value, parts),
        differences,
    )


def _new(sender: Sender, content: Any, value: Content, batch: UUID | None) -> Submission:
    submission = Submission(
        organisation=sender.organisation,
        author=sender.author,
        key=sender.key,
        batch=batch,
        type=value["type"],
        content=content,
        note=value.get("note", ""),
    )
    _set_reference(submission, value)
    _set_subject(submission, value)
    _save_referenced(submission)
    return submission


def _set_subject(submission: Submission, value: Content) -> None:
    """What it is about: what `about` names, or what an earlier one with the same reference became."""
    submission.incident = submission.investigation = None
    about = value.get("about")
    if about is not None:
        submission.incident = Incident.objects.filter(public_id=about).first()
        submission.investigation = Investigation.objects.filter(public_id=about).first()
        if value["type"] == CLAIMS and submission.external_scheme:
            _refuse_moving(submission)
    elif value["type"] in {INCIDENT, INVESTIGATION} and submission.external_scheme:
        earlier = last_version(submission)
        if earlier is not None:
            submission.incident, submission.investigation = earlier.incident, earlier.investigation


def _refuse_moving(submission: Submission) -> None:
    """Claims sent again about another incident would be counted in both."""
    earlier = last_version(submission)
    if earlier is None or is_about_the_same(earlier, submission):
        return
    detail = (
        f"Under this reference you sent claims on {earlier.content['about']}, and they stand there. Send these under"
        " another reference, and take those back by a 'correction' with 'retractions' where they are wrong."
    )
    raise Refused(Fault("/about", "contradiction", detail))


def _save_referenced(submission: Submission) -> None:
    """Save it; whoever sends the same reference at the same moment is told like anybody who sends it later."""
    try:
        with transaction.atomic():
            submission.save()
    except IntegrityError as error:
        raise Refused(Fault("/external_reference", "unique", TAKEN)) from error


def _set_reference(submission: Submission, value: Content) -> None:
    given = value.get("external_reference") or {}
    submission.external_scheme, submission.external_key = given.get("scheme", ""), given.get("key", "")
    if not submission.external_scheme:
        return
    others = submission.under_same_reference().exclude(pk=submission.pk)
    if others.exclude(state__in=CLOSED).exists():
        raise Refused(Fault("/external_reference", "unique", TAKEN))


def _record_parts(submission: Submission, value: Content, register: Register) -> None:
    """Keep for each source, actor and place whom it stands for, as far as somebody decided, or who it may be."""
    parts: list[SubmissionPart] = []
    for kind in ("source", "actor"):
        for index, entry in enumerate(value.get(f"{kind}s", [])):
            decided = register.decided(kind, entry)
            proposals = [] if decided else register.proposals(kind, entry)
            outcome = (
                choices.PartOutcome.MATCHED
                if decided
                else choices.PartOutcome.WAITING
                if proposals
                else choices.PartOutcome.KEPT_AS_WRITTEN
            )
            part = SubmissionPart(pointer=pointer(f"{kind}s", index), kind=kind, outcome=outcome, proposals=proposals)
            part.object_id, part.as_written = str(decided or ""), _written(entry["names"].values())
            parts.append(part)
    for place, steps in places(value):
        if place.get("text") and not place.get("areas"):
            part = SubmissionPart(pointer=pointer(*steps), kind="place", outcome=choices.PartOutcome.KEPT_AS_WRITTEN)
            part.as_written, part.proposals = place["text"], register.areas(place)
            parts.append(part)
    for part in parts:
        part.submission = submission
    SubmissionPart.objects.bulk_create(parts)


def _written(names: Iterable[str]) -> str:
    return " / ".join(names)[:500]


def _try(submission: Submission, value: Content, search: Search) -> None:
    """Enter it and take it out again: what the record cannot hold is refused at the door, not at approval.

    While a new incident is in, the ones that it may be are looked for.
    """
    submission.possible_duplicates, submission.differences = [], []
    if value["type"] == WITHDRAWAL:
        return
    with transaction.atomic():
        record, submission.differences = tried(submission, value, submission.parts.all())
        if value["type"] == INCIDENT and isinstance(record, Incident):
            found = duplicates.candidates_for(record, search, is_new=submission.incident is None)
            submission.possible_duplicates = duplicates.told(found)
        transaction.set_rollback(True)
