"""Taking in what an organisation sends: checked as a whole, kept as it was sent, tried against the record.

Nothing of it reaches the record or the public before moderators decide (moderating.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from incidents import choices
from incidents.choices import SubmissionAction as Action
from incidents.choices import SubmissionState as State
from incidents.models import (
    ApiKey,
    Incident,
    Investigation,
    Organisation,
    PublicClaim,
    Submission,
    SubmissionPart,
    SubmissionStep,
)
from incidents.models.moderation import CLOSED
from incidents.rules import auditing, publishing
from incidents.rules.auditing import Deed
from incidents.rules.contents import INCIDENT, INVESTIGATION, WITHDRAWAL, Content, read
from incidents.rules.entering import enter
from incidents.rules.publishing import PublishingError
from incidents.rules.recognising import Register
from incidents.rules.refusals import Fault, Refused, pointer
from incidents.rules.transitions import check
from incidents.rules.webhooks import notify_organisation

MOST_AT_ONCE = 500
TAKEN = "Another submission with this external reference is open; change that one (PUT by external id)."
SUBMISSION_CHANGED = choices.WebhookEvent.SUBMISSION_CHANGED.value


DEEDS: dict[Action, choices.AuditAction] = {
    Action.SUBMIT: choices.AuditAction.SUBMIT,
    Action.REVISE: choices.AuditAction.CHANGE,
    Action.CLAIM: choices.AuditAction.CLAIM_REVIEW,
    Action.RELEASE: choices.AuditAction.RELEASE_REVIEW,
    Action.REQUEST_CHANGES: choices.AuditAction.REQUEST_CHANGES,
    Action.APPROVE: choices.AuditAction.APPROVE,
    Action.SEND_BACK: choices.AuditAction.SEND_BACK,
    Action.PUBLISH: choices.AuditAction.PUBLISH,
    Action.REJECT: choices.AuditAction.REJECT,
    Action.WITHDRAW: choices.AuditAction.WITHDRAW,
    Action.UNDO: choices.AuditAction.REVERT,
}


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: an organisation, the person who answers for it, and the key that was used."""

    organisation: Organisation
    author: User
    key: ApiKey | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What would become of a submission: its parts, and the document that publishing it would give, if any."""

    type: str
    parts: Sequence[SubmissionPart]
    document: Content | None


class Changed(Exception):
    """The submission is not at the version that the caller saw; ``version`` is the one it is at."""

    def __init__(self, version: int) -> None:
        super().__init__(f"It is at version {version} now; read it again and send the change with that version.")
        self.version = version


def submit(sender: Sender, content: Any) -> Submission:
    """Take in one submission. Raises Refused, with nothing stored, where the record could not hold it."""
    with transaction.atomic():
        submission, deed = _take_in(sender, content, None, Register(sender.organisation))
        auditing.record_all([deed], actor=sender.author)
        return submission


def submit_many(
    sender: Sender, contents: Sequence[Any], *, atomic: bool, dry_run: bool = False
) -> list[Submission | Refused]:
    """Take in up to 500 submissions as one batch: each by itself, or with `atomic` all or none.

    With `dry_run` nothing is stored. The answers stand in the order of what was sent. With `atomic`, Refused names the
    first faults of any of them by `/items/{index}/...`.
    """
    if not 1 <= len(contents) <= MOST_AT_ONCE:
        raise Refused(Fault("/items", "length", f"Send 1 to {MOST_AT_ONCE} items, not {len(contents):,}."))
    batch, register = uuid4(), Register(sender.organisation)
    results: list[Submission | Refused] = []
    deeds: list[Deed] = []
    with transaction.atomic():
        for content in contents:
            try:
                with transaction.atomic():
                    submission, deed = _take_in(sender, content, batch, register)
            except Refused as refused:
                results.append(refused)
            else:
                results.append(submission)
                deeds.append(deed)
        faults = [
            Fault(pointer("items", index) + fault.pointer, fault.code, fault.detail)
            for index, result in enumerate(results)
            if isinstance(result, Refused)
            for fault in result.faults
        ]
        if atomic and faults:
            raise Refused(*faults[:50])
        if dry_run:
            transaction.set_rollback(True)
        else:
            # Everybody takes the head of the chain last: not held while the others are read.
            auditing.record_all(deeds, actor=sender.author)
    return results


def _take_in(sender: Sender, content: Any, batch: UUID | None, register: Register) -> tuple[Submission, Deed]:
    value = read(content)
    submission = _new(sender, content, value, batch)
    _record_parts(submission, value, register)
    _try(submission, value)
    return submission, step(submission, Action.SUBMIT, State.SUBMITTED, sender.author)


def revise(submission: Submission, sender: Sender, content: Any, *, version: int | None) -> Submission:
    """Replace what was sent; raises Changed unless it is at `version` (None: whatever it is at)."""
    value = read(content)
    with transaction.atomic():
        stored = held(submission, version)
        check(stored, Action.REVISE, sender.author, "")
        if value["type"] != stored.type:
            raise Refused(
                Fault("/type", "not_changeable", f"It was sent as '{stored.type}'; send another one instead.")
            )
        replaced, stored.content, stored.note = stored.content, content, value.get("note", "")
        _set_reference(stored, value)
        _set_subject(stored, value)
        _save_referenced(stored)
        stored.parts.all().delete()
        _record_parts(stored, value, Register(stored.organisation))
        _try(stored, value)
        deed = step(stored, Action.REVISE, State.SUBMITTED, sender.author, replaced=replaced)
        auditing.record_all([deed], actor=sender.author)
        return stored


def put(sender: Sender, scheme: str, key: str, content: Any) -> tuple[Submission, bool]:
    """Send what has this external reference: a change of the open submission, else a new one; whether it is new.

    Where an earlier one was published, the new one is a new version of the same incident.
    """
    address = {"scheme": scheme, "key": key}
    if isinstance(content, dict) and content.get("external_reference") is None:
        content = content | {"external_reference": address}
    if read(content)["external_reference"] != address:
        detail = f"The address says {scheme}/{key}; leave it out, or say the same."
        raise Refused(Fault("/external_reference", "contradiction", detail))
    open_ones = Submission.objects.filter(
        organisation=sender.organisation, external_scheme=scheme, external_key=key
    ).exclude(state__in=CLOSED)
    with transaction.atomic():
        found = open_ones.select_for_update().first()
        if found is not None:
            return revise(found, sender, content, version=None), False
        return submit(sender, content), True


def trial(sender: Sender, content: Any) -> Trial:
    """What would become of a submission; writes nothing. Raises Refused as submit() does."""
    value = read(content)
    with transaction.atomic():
        submission = _new(sender, content, value, None)
        _record_parts(submission, value, Register(sender.organisation))
        parts = list(submission.parts.all())
        document = None
        if value["type"] != WITHDRAWAL:
            try:
                record = enter(submission, value, on_trial=True)
                _hide_unpublished(submission, record)
                document = publishing.preview(record)
            except PublishingError:
                document = None  # severe incidents have no public document
        transaction.set_rollback(True)
    return Trial(value["type"], parts, document)


def _hide_unpublished(submission: Submission, record: Incident | Investigation) -> None:
    """In a trial: what others entered and nobody published is nobody's to learn from estimates."""
    if not isinstance(record, Incident):
        return
    own = submission.created_at
    public = PublicClaim.objects.filter(incident__public_id=record.public_id).values("public_id")
    others = record.claims.filter(created_at__lt=own).exclude(public_id__in=public)
    others.update(public=False)
    record.overrides.all().delete()


def held(submission: Submission, version: int | None) -> Submission:
    """The submission as stored, its row locked until the transaction ends; raises Changed unless at `version`."""
    stored = Submission.objects.select_for_update().select_related("organisation").get(pk=submission.pk)
    if version is not None and stored.version != version:
        raise Changed(stored.version)
    return stored


def step(
    submission: Submission, action: Action, target: State, by: User, reason: str = "", *, replaced: Any = None
) -> Deed:
    """Bring the submission to its next state and version, and keep the step; what the audit chain is to say of it.

    `replaced` is the content that was sent before. The caller records the deed once all that belongs to it is done.
    """
    row = SubmissionStep(
        submission=submission,
        action=action.value,
        from_state=submission.state if action != Action.SUBMIT else "",
        to_state=target.value,
        by=by,
        reason=reason,
    )
    deed = _deed(submission, action, target, reason, replaced)
    submission.state = target.value
    if action != Action.SUBMIT:
        submission.version += 1
    submission.save()
    row.save()
    if action != Action.SUBMIT:
        _tell([submission])
    return deed


def _deed(submission: Submission, action: Action, target: State, reason: str, replaced: Any = None) -> Deed:
    before: dict[str, Any] = {"state": submission.state} if action != Action.SUBMIT else {}
    after: dict[str, Any] = {"state": target.value}
    if replaced is not None:
        before["content"], after["content"] = replaced, submission.content
    return Deed(DEEDS[action].value, submission, before, after, reason)


def step_all(submissions: Sequence[Submission], action: Action, target: State, by: User, reason: str) -> None:
    """The same step for many at once; what else of them changed is the caller's to save."""
    rows = [
        SubmissionStep(
            submission=each, action=action.value, from_state=each.state, to_state=target.value, by=by, reason=reason
        )
        for each in submissions
    ]
    deeds = [_deed(each, action, target, reason) for each in submissions]
    SubmissionStep.objects.bulk_create(rows, batch_size=MOST_AT_ONCE)
    for start in range(0, len(submissions), MOST_AT_ONCE):
        keys = [each.pk for each in submissions[start : start + MOST_AT_ONCE]]
        changed = {"state": target.value, "version": F("version") + 1, "updated_at": timezone.now()}
        Submission.objects.filter(pk__in=keys).update(**changed)
    for each in submissions:
        each.state, each.version = target.value, each.version + 1
    _tell(submissions)
    auditing.record_all(deeds, actor=by)


def _tell(submissions: Sequence[Submission]) -> None:
    """Tell each organisation's webhooks what became of its submissions, in the same transaction."""
    by_organisation: dict[int, list[Submission]] = {}
    for each in submissions:
        by_organisation.setdefault(each.organisation_id, []).append(each)
    for some in by_organisation.values():
        payloads = [
            {
                "id": each.public_id,
                "version": each.version,
                "state": each.state,
                "url": f"{settings.SITE_URL}/api/v1/submissions/{each.public_id}/",
            }
            for each in some
        ]
        notify_organisation(some[0].organisation, SUBMISSION_CHANGED, payloads)


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
    elif value["type"] in {INCIDENT, INVESTIGATION} and submission.external_scheme:
        earlier = _earlier(submission)
        if earlier is not None:
            submission.incident, submission.investigation = earlier.incident, earlier.investigation


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
    others = Submission.objects.filter(
        organisation=submission.organisation,
        external_scheme=submission.external_scheme,
        external_key=submission.external_key,
    ).exclude(state__in=CLOSED)
    if others.exclude(pk=submission.pk).exists():
        raise Refused(Fault("/external_reference", "unique", TAKEN))


def _earlier(submission: Submission) -> Submission | None:
    """The last submission with the same reference whose content stands in the record."""
    return (
        Submission.objects.filter(
            organisation=submission.organisation,
            external_scheme=submission.external_scheme,
            external_key=submission.external_key,
            type=submission.type,
            state=State.PUBLISHED,
        )
        .order_by("-pk")
        .first()
    )


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
    place = value.get("incident", {}).get("place", {})
    if place.get("text") and not place.get("areas"):
        part = SubmissionPart(pointer="/incident/place", kind="place", outcome=choices.PartOutcome.KEPT_AS_WRITTEN)
        part.as_written, part.proposals = place["text"], register.areas(place)
        parts.append(part)
    for part in parts:
        part.submission = submission
    SubmissionPart.objects.bulk_create(parts)


def _written(names: Iterable[str]) -> str:
    return " / ".join(names)[:500]


def _try(submission: Submission, value: Content) -> None:
    """Enter it and take it out again: what the record cannot hold is refused at the door, not at approval."""
    if value["type"] == WITHDRAWAL:
        return
    with transaction.atomic():
        enter(Submission.objects.get(pk=submission.pk), value, on_trial=True)
        transaction.set_rollback(True)
