"""What became private in the working record does not wait for somebody to publish it."""

from typing import Any
from uuid import UUID

from django.db import transaction

from incidents import choices
from incidents.models import Document, Incident, Source
from incidents.rules.publication.as_published import restrict
from incidents.rules.publication.betraying import giving_away
from incidents.rules.publication.board import TABLES
from incidents.rules.publication.disclosure import BECAME_PRIVATE, LEVELS
from incidents.rules.publication.publishing import KINDS, laxer, publish, redact, still_told
from incidents.rules.trail import log


def protect(obj: Any) -> bool:
    """Have the public read a saved object as strictly as it is now, if it is stricter; returns whether it is.

    An incident is stricter with a higher sensitivity, a source when confidential, a document without consent or not
    public, or of a confidential source that it gives away. Nothing of it becomes public that was not: of what was
    saved but not published yet only what was removed takes effect. What is not public any more is only emptied.
    """
    if not isinstance(obj, Incident | Source | Document) or not _stricter(obj):
        return False
    kind = KINDS[type(obj)]
    public = TABLES[kind]._default_manager.filter(public_id=obj.public_id).exists()
    told = {(kind, obj.public_id)} | (laxer(obj) if isinstance(obj, Incident) else set())
    if isinstance(obj, Document) and obj.publishable:
        if not giving_away([obj.public_id]):
            return False
        obj = obj.publisher
    elif not public and not still_told(told) and not (isinstance(obj, Source) and giving_away(_documents_of(obj))):
        return False
    with transaction.atomic():
        if isinstance(obj, Incident) and not public:
            redact(obj, reason=BECAME_PRIVATE)
        elif isinstance(obj, Incident) and obj.sensitivity != choices.Sensitivity.SEVERE:
            restrict(obj, reason=BECAME_PRIVATE)
        else:  # what is taken out whole, with all that stands in it
            publish([obj], reason_code=choices.ReasonCode.PRIVACY, reason=BECAME_PRIVATE)
    return True


def foresee(obj: Any) -> None:
    """Take the log's head if protecting this object may need it, before the row of the object is locked.

    Everybody who publishes or merges locks the head first and then rows; whoever holds the row already when protect
    asks for the head waits for somebody who waits for the row. What may need it is told by the new values alone, as
    what is public can change meanwhile: an incident above the lowest sensitivity, a source that is hidden, a document
    that is or whose publisher is.
    Call it inside a transaction, with the object as it is about to be saved.
    """
    if isinstance(obj, Source):
        obj.settle_confidential()
    if isinstance(obj, Incident):
        needed = obj.sensitivity != LEVELS[0]
    else:
        needed = isinstance(obj, Source | Document) and _stricter(obj)
    if needed:
        log.lock_head()


def _stricter(obj: Incident | Source | Document) -> bool:
    if isinstance(obj, Incident):
        return bool(laxer(obj))
    if isinstance(obj, Source):
        return bool(obj.confidential)
    return not obj.publishable or Source.objects.filter(pk=obj.publisher_id, confidential=True).exists()


def _documents_of(source: Source) -> list[UUID]:
    return list(Document.objects.filter(publisher=source.pk).values_list("public_id", flat=True))
