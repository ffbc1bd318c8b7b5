"""Entering what a submission says into the working record: all or nothing, each row traced to the part that said it.

What is public changes only when somebody publishes.
"""

from collections.abc import Mapping
from copy import copy
from typing import Any

from django.db import IntegrityError, transaction

from incidents import choices
from incidents.models import Document, Incident, Investigation, Submission
from incidents.rules.refusals import Fault, Refused, pointer
from incidents.rules.sentences import worded
from incidents.rules.submissions.contents import CLAIMS, CORRECTION, INCIDENT, INVESTIGATION, Content
from incidents.rules.submissions.entering_claims import enter_claims
from incidents.rules.submissions.entering_desk import MODELS, Desk, sentence
from incidents.rules.submissions.entering_documents import refuse_hiding
from incidents.rules.submissions.entering_incidents import correct, enter_attributions, enter_incident
from incidents.rules.submissions.entering_investigations import enter_investigation
from incidents.rules.submissions.placing import (
    DOCUMENT_PLAIN,
    documents_again,
    documents_told,
    nameless_again,
    says_something,
)
from incidents.rules.submissions.recognising import NAMELESS, remember
from incidents.rules.submissions.subjects import UNDONE
from incidents.rules.submissions.transitions import NotNow
from incidents.rules.trail import editing
from incidents.rules.trail.changes import Changes


def enter(
    submission: Submission, content: Content, *, on_trial: bool = False, changes: Changes | None = None
) -> Incident | Investigation:
    """Enter the content into the record; returns the incident or investigation it is about.

    The rows of the submission's sources and actors (SubmissionPart) say whom they stand for. Raises Refused, with
    nothing entered, for what the record cannot hold. `on_trial`: the caller takes it back at once; else it gives
    `changes` and records them once all is done.
    """
    desk = Desk(submission, content, on_trial=on_trial, changes=changes)
    try:
        with transaction.atomic():
            record = _enter(desk)
            submission.differences = desk.differences
            if not on_trial:
                desk.keep_parts()
            return record
    except IntegrityError as error:
        raise Refused(Fault(desk.at, "not_possible", sentence(error))) from error


def foresee(submission: Submission, content: Content) -> tuple[Incident | Investigation, list[dict[str, Any]]]:
    """The same on trial, without a change to the submission itself: the record it is about and the differences.

    Call it in a transaction that is taken back. Raises Refused as enter() does.
    """
    tried = copy(submission)
    return enter(tried, content, on_trial=True), tried.differences


def _enter(desk: Desk) -> Incident | Investigation:
    _sources(desk)
    _documents(desk)
    _actors(desk)
    kind = desk.content["type"]
    if kind == INVESTIGATION:
        return enter_investigation(desk)
    if kind == INCIDENT:
        incident = enter_incident(desk)
    else:
        rows = Incident.objects.select_for_update(no_key=True).filter(public_id=desk.content["about"])
        about = rows.first()
        if about is None:  # it was public a moment ago, and whoever undid it was waited for
            raise NotNow(UNDONE)
        incident = about
    if kind == CORRECTION:
        correct(desk, incident)
        stored = Incident.objects.get(pk=incident.pk)
        if stored.version == incident.version:
            desk.by_author(stored)
            editing.save(stored, ["Claim"])  # what it retracts, and areas, are no columns of it
    if kind in {INCIDENT, CLAIMS}:
        enter_claims(desk, incident)
        enter_attributions(desk, incident)
        if kind == CLAIMS or desk.submission.incident_id:
            desk.by_author(incident)
            editing.save(incident, ["Claim", "Attribution"])
    return incident


def _sources(desk: Desk) -> None:
    again = nameless_again(desk.content, desk.previous)
    for index, entry in enumerate(desk.content.get("sources", [])):
        if index in again:
            known = desk.previous.row(pointer("sources", again[index]))
            if known is not None:
                desk.part(pointer("sources", index), "source", choices.PartOutcome.UNCHANGED, known)
                desk.own["source", entry["key"]] = known
                continue
        values = {"kind": entry["kind"], "names": entry["names"], "confidential": entry.get("confidential")}
        _named(desk, "source", index, entry, values)


def _actors(desk: Desk) -> None:
    for index, entry in enumerate(desk.content.get("actors", [])):
        _named(desk, "actor", index, entry, {name: entry[name] for name in ("type", "identification", "names")})


def _named(desk: Desk, kind: str, index: int, entry: Mapping[str, Any], values: dict[str, Any]) -> None:
    """A source or an actor: the record that it stands for, as was decided, or a new one."""
    where = pointer(f"{kind}s", index)
    part = desk.parts.get(where)
    model = MODELS[kind]
    # Of three hundred sent at once that name the same source, the first makes it and the others keep to it.
    meant = part.object_id if part is not None and part.object_id else desk.register.decided(kind, entry)
    record = model._default_manager.filter(public_id=meant).first() if meant else None
    if record is not None:
        if kind == "source" and entry.get("confidential") and not record.confidential:
            detail = worded(
                "This name is a public source; ask the desk to make it confidential, or send it under another name.",
                desk="This name is a public source: make that confidential first, or ask for another name.",
            )
            raise Refused(Fault(f"{where}/confidential", "contradiction", detail))
        desk.part(where, kind, choices.PartOutcome.MATCHED, record)
    else:
        record = desk.make(model, where, kind, values)
        if entry.get("kind") not in NAMELESS and not desk.on_trial:
            remember(desk.submission.organisation, kind, entry["names"], record.public_id, desk.submission.assignee)
    desk.own[kind, entry["key"]] = record


def _documents(desk: Desk) -> None:
    entries, before = desk.content.get("documents", []), desk.previous
    again = documents_again(
        documents_told(desk.content, desk.identify), documents_told(before.content, before.identify)
    )
    for index, entry in enumerate(entries):
        where = pointer("documents", index)
        values = {name: entry[name] for name in DOCUMENT_PLAIN if name in entry} | {
            "publisher": desk.find("source", entry["publisher"]),
            "type": entry["type"],
            "title": entry.get("title", {}),
            "published_on": entry.get("published_on"),
        }
        known = before.row(pointer("documents", again[index])) if index in again else None
        if known is None and says_something(entry):
            # One that says all the same is the same document, however often it is sent.
            known = Document.objects.filter(**values).order_by("pk").first()
        if known is not None:
            desk.part(where, "document", choices.PartOutcome.UNCHANGED, known)
        else:
            refuse_hiding(desk, where, entry, values)
        desk.own["document", entry["key"]] = known or desk.make(Document, where, "document", values)
