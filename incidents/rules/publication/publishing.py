"""Publish, withdraw, merge and redact: each one transaction that writes documents, log rows, indexes and tallies.

The one way in for API, admin, importers and seeds. Every refusal is a PublishingError with a
sentence that says what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from incidents import choices
from incidents.models import (
    Actor,
    Document,
    Incident,
    Investigation,
    Publication,
    PublicIncident,
    PublicMention,
    Source,
    bulk,
)
from incidents.rules.legible import is_written, too_long
from incidents.rules.publication import refusing
from incidents.rules.publication.alone import parted, publish_alone
from incidents.rules.publication.board import TABLES, Board, Content
from incidents.rules.publication.dependencies import Dependencies, of_incidents, of_investigations
from incidents.rules.publication.disclosure import LEVELS, raised
from incidents.rules.publication.moved import told_once, why_told_elsewhere
from incidents.rules.publication.naming import name, take_out
from incidents.rules.publication.once_named import named_once
from incidents.rules.publication.ratings import rank_as_published
from incidents.rules.publication.redacting import absorbed_by, withdrawn_again
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.rendering import (
    IncidentRenderer,
    incidents_to_render,
    investigation_content,
    investigations_to_render,
)
from incidents.rules.publication.retold import earlier_lives, standing, unnamed
from incidents.rules.publication.settling import link, settle
from incidents.rules.trail import auditing, log

Publishable = Incident | Investigation | Source | Document | Actor
INCIDENT, INVESTIGATION = choices.PublicKind.INCIDENT.value, choices.PublicKind.INVESTIGATION.value
SOURCE, DOCUMENT = choices.PublicKind.SOURCE.value, choices.PublicKind.DOCUMENT.value
PERPETRATOR = choices.PublicKind.PERPETRATOR.value
KINDS: dict[type[Any], str] = {
    Incident: INCIDENT,
    Investigation: INVESTIGATION,
    Source: SOURCE,
    Document: DOCUMENT,
    Actor: PERPETRATOR,
}
MAX_REASON = 2000


@dataclass(frozen=True, slots=True)
class PublishOutcome:
    """What one call did: rows appended to the log, objects that were as published already, the log's last seq."""

    published: int
    unchanged: int
    last_seq: int


@bulk.uncollected()
def publish(
    objects: Sequence[Publishable],
    *,
    reason_code: str = choices.ReasonCode.NEW_INFORMATION,
    reason: str = "",
    importer: str = "",
) -> PublishOutcome:
    """Publish these objects as the working record has them, with the sources, documents and actors they name.

    What is as published already adds nothing. Everything that embeds what changed is restated in
    the same transaction. An incident or a source that became more sensitive empties its earlier
    versions. For an `importer` (the reason that it gives for its changes) claims rank as was published: nobody was
    shown what people edited. Raises PublishingError for a merged incident or an unknown reason code.
    """
    _check_reason(reason_code, reason)
    with told_once(objects), transaction.atomic():
        head = log.lock_head()
        board = Board()
        private: set[tuple[str, UUID]] = set()
        incidents = incidents_to_render([each.pk for each in objects if isinstance(each, Incident)])
        investigations = investigations_to_render([each.pk for each in objects if isinstance(each, Investigation)])
        name(board, _named(objects, incidents, investigations), private, reason_code, reason)
        if importer:
            rank_as_published(board, incidents, importer)
        apart, together = parted(board, incidents)
        _put_incidents(board, together, private, reason_code, reason)
        if private or board.changes_what_stands():  # which hangs on what the whole batch says
            _put_incidents(board, apart, private, reason_code, reason)
            apart, together = [], incidents
        for investigation in investigations:
            key = investigation.public_id
            before = board.content(INVESTIGATION, key) or {"scope": [], "actors": [], "statements": []}
            linked = {name: before[name] for name in ("scope", "actors", "statements")}
            content = investigation_content(investigation) | linked
            board.put(INVESTIGATION, key, content, reason_code=reason_code, reason=reason)
        incident_ids = {incident.public_id for incident in together}
        now = timezone.now()
        written = settle(head, board, incident_ids, {each.public_id for each in investigations}, private, now=now)
        if apart:
            written |= publish_alone(head, board, apart, now, reason_code, reason)
        unchanged = sum((KINDS[type(each)], each.public_id) not in written for each in objects)
        done = PublishOutcome(len(written), unchanged, head.seq)
        return recorded(done, choices.AuditAction.PUBLISH, objects, reason_code, reason)


def withdraw(obj: Publishable, *, reason_code: str, reason: str) -> PublishOutcome:
    """Withdraw one published object: a tombstone in the log, nothing left in the index.

    With the reason code `privacy` every earlier version is emptied as well, also of an object that
    is not public any more. Raises PublishingError if there is nothing to withdraw or no reason is given.
    """
    _check_reason(reason_code, reason)
    _require(reason)
    kind, key = KINDS[type(obj)], obj.public_id
    with transaction.atomic():
        head = log.lock_head()
        board = Board()
        refusal = why_not_withdrawn(obj, reason_code)
        if refusal:
            raise PublishingError(refusal)
        if board.content(kind, key) is None:
            return _empty(head, board, obj, reason)
        private = with_absorbed(obj) if reason_code == choices.ReasonCode.PRIVACY else set()
        take_out(board, kind, key, reason_code, reason)
        incidents = {key} if kind == INCIDENT else set()
        written = settle(head, board, incidents, {key} if kind == INVESTIGATION else set(), private)
        done = PublishOutcome(len(written), 0, head.seq)
        return recorded(done, choices.AuditAction.WITHDRAW, [obj], reason_code, reason)


def why_not_withdrawn(obj: Publishable, reason_code: str) -> str:
    """Why an object cannot be withdrawn as things stand, in a sentence; empty where it can."""
    kind, key = KINDS[type(obj)], obj.public_id
    if not TABLES[kind]._default_manager.filter(public_id=key).exists():
        emptied = reason_code == choices.ReasonCode.PRIVACY and still_told(with_absorbed(obj))
        return "" if emptied else refusing.not_published(obj)
    if kind in {SOURCE, DOCUMENT, PERPETRATOR} and PublicMention.objects.filter(mentioned=key).exists():
        return refusing.named(obj)
    return ""


def why_not_published(obj: Publishable) -> str:
    """Why an object cannot be published as things stand, in a sentence; empty where it can."""
    if not isinstance(obj, Incident):
        return ""
    if obj.merged_into_id is not None:
        return refusing.merged(obj)
    severe = obj.sensitivity == choices.Sensitivity.SEVERE
    if severe and not PublicIncident.objects.filter(public_id=obj.public_id).exists():
        taken_out = raised(obj.published_sensitivity, obj.sensitivity) and standing(INCIDENT, [obj.public_id])
        return "" if taken_out else refusing.severe(obj)
    return why_told_elsewhere(obj)


def withdraw_all(objects: Sequence[Incident | Investigation], *, reason_code: str, reason: str) -> PublishOutcome:
    """Withdraw those of these objects that are public, in one transaction; earlier versions stay as they are."""
    _check_reason(reason_code, reason)
    _require(reason)
    with transaction.atomic():
        head = log.lock_head()
        board = Board()
        taken: dict[str, set[UUID]] = {INCIDENT: set(), INVESTIGATION: set()}
        for kind, keys in taken.items():
            asked = [each.public_id for each in objects if KINDS[type(each)] == kind]
            board.load(kind, asked)
            keys.update(key for key in asked if board.content(kind, key) is not None)
            for key in sorted(keys):
                take_out(board, kind, key, reason_code, reason)
        written = settle(head, board, taken[INCIDENT], taken[INVESTIGATION], set())
        return PublishOutcome(len(written), len(objects) - len(taken[INCIDENT] | taken[INVESTIGATION]), head.seq)


def redact(obj: Incident | Investigation, *, reason: str) -> PublishOutcome:
    """Empty every earlier version of an object and publish it as the working record has it now.

    One that is not public any more is only emptied. Raises PublishingError if no version stands in the log.
    """
    _check_reason(choices.ReasonCode.PRIVACY, reason)
    _require(reason)
    kind, key = KINDS[type(obj)], obj.public_id
    with told_once([obj]), transaction.atomic():
        head = log.lock_head()
        board = Board()
        if board.content(kind, key) is None:
            if not still_told(with_absorbed(obj)):
                raise PublishingError(refusing.never_published(obj))
            return _empty(head, board, obj, reason)
        reason_code = choices.ReasonCode.PRIVACY.value
        private = with_absorbed(obj)
        incidents = incidents_to_render([obj.pk] if kind == INCIDENT else [])
        investigations = investigations_to_render([obj.pk] if kind == INVESTIGATION else [])
        name(board, _named([obj], incidents, investigations), private, reason_code, reason)
        _put_incidents(board, incidents, private, reason_code, reason)
        for investigation in investigations:
            before = board.content(kind, key) or {}
            linked = {name: before[name] for name in ("scope", "actors", "statements")}
            board.put(kind, key, investigation_content(investigation) | linked, reason_code=reason_code)
        slot = board.slots[kind, key]
        slot.forced, slot.reason_code, slot.reason = True, reason_code, reason
        written = settle(head, board, {key} if incidents else set(), {key} if investigations else set(), private)
        done = PublishOutcome(len(written), 0, head.seq)
        return recorded(done, choices.AuditAction.REDACT, [obj], reason_code, reason)


def _empty(head: Any, board: Board, obj: Publishable, reason: str) -> PublishOutcome:
    """Empty the versions of an object that is not public any more, with a row that says so and why."""
    address = (KINDS[type(obj)], obj.public_id)
    if Publication.objects.filter(kind=address[0], object_id=address[1]).exists():
        withdrawn_again(board, address, reason)
    written = settle(head, board, set(), set(), with_absorbed(obj))
    done = PublishOutcome(len(written), 0, head.seq)
    return recorded(done, choices.AuditAction.REDACT, [obj], choices.ReasonCode.PRIVACY, reason)


def with_absorbed(obj: Publishable) -> set[tuple[str, UUID]]:
    """An object and, of an incident, those merged into it: what it says now stands in their versions too."""
    absorbed = absorbed_by([obj.pk]) if isinstance(obj, Incident) else {}
    return {(KINDS[type(obj)], obj.public_id), *((INCIDENT, key) for key in absorbed)}


def still_told(addresses: set[tuple[str, UUID]]) -> bool:
    """Whether the log tells something of these objects, also under another name or under an id that they had before."""
    by_kind = {kind: [key for each, key in addresses if each == kind] for kind, _ in addresses}
    told = any(standing(kind, keys) for kind, keys in by_kind.items())
    return bool(told or earlier_lives(addresses) or unnamed(addresses) or named_once(addresses))


def publish_merge(survivor: Incident, absorbed: Incident, *, reason: str) -> PublishOutcome:
    """Publish a merge made in the working record: the survivor anew, the absorbed id pointing to it.

    What was published under laxer rules than the survivor's is emptied. A severe survivor has no
    public document to point to: the absorbed incident is withdrawn for privacy.
    """
    with told_once([survivor]), transaction.atomic():
        head = log.lock_head()
        board = Board()
        severe = survivor.sensitivity == choices.Sensitivity.SEVERE
        private = laxer(survivor)
        code = (choices.ReasonCode.PRIVACY if severe else choices.ReasonCode.NEW_INFORMATION).value
        incidents = incidents_to_render([survivor.pk])
        published = board.content(INCIDENT, survivor.public_id) is not None
        absorbed_published = board.content(INCIDENT, absorbed.public_id) is not None
        if absorbed_published:
            take_out(board, INCIDENT, absorbed.public_id, code, reason)
            slot = board.slots[INCIDENT, absorbed.public_id]
            if not severe:
                slot.operation, slot.survivor = choices.Operation.MERGE.value, survivor.public_id
        if published or (absorbed_published and not severe):
            name(board, of_incidents(incidents), private, code, reason)
            _put_incidents(board, incidents, private, code, reason)
        written = settle(head, board, {survivor.public_id, absorbed.public_id}, set(), private)
        return PublishOutcome(len(written), 0, head.seq)


def take_back(absorbed: Incident, *, reason_code: str, reason: str) -> PublishOutcome:
    """Say in the log that an id which leads to the survivor of a merge leads nowhere any more: it is withdrawn."""
    with transaction.atomic():
        head = log.lock_head()
        board = Board()
        withdrawn_again(board, (INCIDENT, absorbed.public_id), reason)
        slot = board.slots[INCIDENT, absorbed.public_id]
        slot.operation, slot.survivor, slot.reason_code = choices.Operation.WITHDRAW.value, None, reason_code
        written = settle(head, board, {absorbed.public_id}, set(), set())
        return PublishOutcome(len(written), 0, head.seq)


def laxer(survivor: Incident) -> set[tuple[str, UUID]]:
    """The incident and those merged into it, as far as they were published under laxer rules than it has now.

    One that was never published under its own id may have been told under another (retold.py).
    """
    level = survivor.sensitivity
    before = {survivor.public_id: survivor.published_sensitivity} | absorbed_by([survivor.pk])
    told = standing(INCIDENT, before.keys() - {survivor.public_id}) if len(before) > 1 else set()
    found = {key for key in {survivor.public_id, *told} if raised(before[key], level)}
    for key in before.keys() - found if raised(LEVELS[0], level) else ():
        address = {(INCIDENT, key)}
        if not before[key] and (earlier_lives(address) or unnamed(address)):
            found.add(key)
    return {(INCIDENT, key) for key in found}


def published_document(kind: str, public_id: UUID) -> Content | None:
    """The current public document of an object as JSON values of today's schema, None where it is not published."""
    return Board().content(kind, public_id)


def preview(obj: Incident | Investigation) -> Content:
    """The document that publishing the object now would give, without its place in the log; writes nothing."""
    with transaction.atomic():
        board = Board()
        private: set[tuple[str, UUID]] = set()
        incidents = incidents_to_render([obj.pk] if isinstance(obj, Incident) else [])
        investigations = investigations_to_render([obj.pk] if isinstance(obj, Investigation) else [])
        for incident in incidents:
            board.put(INCIDENT, incident.public_id, IncidentRenderer().content(incident))
        for investigation in investigations:
            linked: Content = {"scope": [], "actors": [], "statements": []}
            board.put(INVESTIGATION, investigation.public_id, investigation_content(investigation) | linked)
        link(board, {each.public_id for each in incidents}, {each.public_id for each in investigations}, private)
        transaction.set_rollback(True)
        content = board.content(KINDS[type(obj)], obj.public_id)
        if content is None:
            raise PublishingError(refusing.nothing_public(obj))
        return content


def _put_incidents(
    board: Board, incidents: Sequence[Incident], private: set[tuple[str, UUID]], reason_code: str, reason: str
) -> None:
    board.load(INCIDENT, [incident.public_id for incident in incidents])
    renderer = IncidentRenderer()
    board.figures = renderer.figures
    merged = Incident.objects.filter(merged_into__among={incident.pk for incident in incidents})
    survivors = set(merged.values_list("merged_into", flat=True))
    for incident in incidents:
        key = incident.public_id
        before = board.content(INCIDENT, key)
        if incident.merged_into_id is not None:
            raise PublishingError(refusing.merged(incident))
        stricter = raised(incident.published_sensitivity, incident.sensitivity)
        unknown = not incident.published_sensitivity and raised(LEVELS[0], incident.sensitivity)
        if stricter or unknown or incident.pk in survivors:
            private |= laxer(incident)
        if incident.sensitivity == choices.Sensitivity.SEVERE:
            if before is None and not (stricter and standing(INCIDENT, [key])):
                raise PublishingError(refusing.severe(incident))
            take_out(board, INCIDENT, key, choices.ReasonCode.PRIVACY.value, reason)
            continue
        content = renderer.content(incident)
        if before is not None:
            content |= {name: before[name] for name in ("relations", "investigations", "totals")}
        operation = choices.Operation.REDACT if stricter else choices.Operation.PUBLISH
        code = choices.ReasonCode.PRIVACY.value if stricter else reason_code
        board.put(INCIDENT, key, content, reason_code=code, reason=reason, operation=operation.value)
    for level in choices.Sensitivity.values:
        stale = [each for each in incidents if each.sensitivity == level != each.published_sensitivity]
        for incident in stale:
            incident.published_sensitivity = level
        if stale:
            Incident.objects.filter(pk__among={each.pk for each in stale}).update(published_sensitivity=level)


def recorded(
    done: PublishOutcome, action: str, objects: Sequence[Publishable], reason_code: str, reason: str
) -> PublishOutcome:
    """The outcome, written into the audit chain as one entry, however many objects there were."""
    if done.published:
        after = {
            "objects": len(objects),
            "published": done.published,
            "unchanged": done.unchanged,
            "first_seq": done.last_seq - done.published + 1,
            "last_seq": done.last_seq,
            "reason_code": str(reason_code),
        }
        auditing.record(action=action, obj=objects[0] if len(objects) == 1 else None, after=after, reason=reason)
    return done


def _named(
    objects: Sequence[Publishable], incidents: Sequence[Incident], investigations: Sequence[Investigation]
) -> Dependencies:
    named = of_incidents(incidents) | of_investigations(investigations, incidents)
    # As they are under the head's lock: whoever asked may have read them before one of them became confidential.
    for model in (Source, Document, Actor):
        pks = [each.pk for each in objects if isinstance(each, model)]
        rows: dict[int, Any] = model._default_manager.in_bulk(pks) if pks else {}
        for pk in pks:
            if pk in rows:
                named.add(rows[pk])
    return named


def _require(reason: str) -> None:
    if not is_written(reason):
        raise PublishingError(refusing.WRITE_WHY)


def _check_reason(reason_code: str, reason: str) -> None:
    if reason_code not in choices.ReasonCode.values:
        raise PublishingError(refusing.no_reason_code(reason_code))
    if len(reason) > MAX_REASON:
        raise PublishingError(too_long(reason, MAX_REASON))
