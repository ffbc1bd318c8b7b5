"""What a proposal would make public, as a digest: who confirms it does what was proposed, or nothing.

A record has a version, and whoever changes it is its author. What ranks its claims stands on sources and documents, and
what it is linked with on other records, whose changes are none of it.
"""

from hashlib import sha256
from typing import Any

import rfc8785

from incidents.choices import DecisionAction
from incidents.models import Claim, Document, Incident, Investigation, PublicSource
from incidents.rules.publication.publishing import Publishable, preview
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.rendering import private_facts, source_content
from incidents.rules.submissions.alongside import hold_named

# The parts of a document that say how other published records are called, and where.
OTHERS = {"relations": "incident", "investigations": "name", "scope": "incident", "statements": "about"}
PUBLISHING = frozenset(
    {DecisionAction.PUBLISH, DecisionAction.REDACT, DecisionAction.MERGE, DecisionAction.UNDO_MERGE}
)  # fmt: skip


def digest_of(action: DecisionAction, *records: Publishable) -> str:
    """The SHA-256 of all that these actions would make public of incidents and inquiries, or beside a document; else
    empty.

    That is each one's document without its place in the log, and what its claims are ranked by and does not stand in
    it: a merge, or its undoing, derives other figures from the same. Sources, documents and actors are told by their
    own versions, and with a document the publisher who is published along with it; how other published records are
    called, whoever publishes these is asked.
    """
    stored = [each for each in records if not each._state.adding]
    told = [[_document(each), _ranked_by(each)] for each in stored if isinstance(each, Incident | Investigation)]
    told += [[_publisher(each)] for each in stored if isinstance(each, Document)]
    return sha256(rfc8785.dumps(told)).hexdigest() if action in PUBLISHING and told else ""


def opened(action: DecisionAction, *records: Publishable) -> str:
    """What somebody who opens the page of a proposal is shown, as a digest: of that and of the records' versions."""
    return sha256(rfc8785.dumps([*(each.version for each in records), digest_of(action, *records)])).hexdigest()


def hold_all(*records: Publishable) -> None:
    """Lock what that rests on besides the records themselves, which the caller holds."""
    hold_named(*(each for each in records if isinstance(each, Incident) and not each._state.adding))


def _document(record: Incident | Investigation) -> Any:
    try:
        content = preview(record)
    except PublishingError:
        return None  # as of a severe one
    for part, reference in OTHERS.items():
        rows = content.get(part, ())
        content |= {part: [row | {reference: _id_of(row[reference])} for row in rows]}
    return content


def _publisher(document: Document) -> Any:
    """How the publisher would read that becomes public with a document; None of one that is public, or stays hidden."""
    publisher = document.publisher
    publisher.settle_confidential()
    if publisher.confidential or PublicSource.objects.filter(public_id=publisher.public_id).exists():
        return None
    return source_content(publisher)


def _id_of(named: Any) -> Any:
    """The ids in place of published records with their titles; of a text by language nothing is left."""
    return [each["id"] for each in named] if isinstance(named, list) else named.get("id")


def _ranked_by(record: Incident | Investigation) -> list[Any]:
    if not isinstance(record, Incident):
        return []
    claims = Claim.objects.filter(incident=record).select_related("asserted_by", "document").order_by("pk")
    return [
        [str(each.public_id), private_facts(each.asserted_by), str(each.as_of), str(each.document.published_on)]
        for each in claims
    ]
