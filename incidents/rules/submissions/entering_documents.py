"""A document whose consent is withdrawn, or that is no longer to be public, is never hidden by sending it again.

It would be entered beside the one that is public, which would stay as it is: the desk hides that one, with all that
was published of it.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from incidents import choices
from incidents.models import Document, PublicDocument, SubmissionPart
from incidents.rules.refusals import Fault, Refused, pointer
from incidents.rules.sentences import worded
from incidents.rules.submissions.entering_desk import Desk

ASK = worded(
    "This document is in the record already, and open to the public. Sending it again hides nothing of it: ask the desk"
    " to change its consent, which empties what was published of it at once; then send it as you do now.",
    desk="This document is in the record already, and open to the public. Change its consent there first: that empties "
    "what was published of it at once.",
)
TOLD = ("title", "published_on", "url", "sha256")


def refuse_hiding(desk: Desk, where: str, entry: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Raises Refused where a document is the same as an open one but for a stricter consent.

    It is the same with its address, its copy, or its title and day, or under the key that the version before gave it,
    where both differ in none of these. Compared are those that are public and those that the organisation entered: of
    others it learns nothing.
    """
    sent = Document(**values)
    if sent.publishable:
        return
    alike = Q(pk=_under_its_key(desk, entry["key"]))
    if sent.title and sent.published_on:
        alike |= Q(title=sent.title, published_on=sent.published_on)
    for name in ("url", "sha256"):
        if getattr(sent, name):
            alike |= Q(**{name: getattr(sent, name)})
    among = Document.objects.filter(alike, publisher=sent.publisher, type=sent.type)
    for stored in among.filter(public=True, consent__in=choices.PUBLISHABLE_CONSENTS).order_by("pk"):
        told = ((getattr(sent, name), getattr(stored, name)) for name in TOLD)
        if any(one and other and one != other for one, other in told):
            continue
        if _is_theirs(desk, stored) or PublicDocument.objects.filter(public_id=stored.public_id).exists():
            raise Refused(Fault(f"{where}/{'consent' if sent.public else 'public'}", "contradiction", ASK))


def _under_its_key(desk: Desk, key: str) -> int | None:
    """The row of the document that the version before sent under this key."""
    for index, earlier in enumerate(desk.previous.content.get("documents", [])):
        if earlier["key"] == key:
            part = desk.previous.parts.get(pointer("documents", index))
            return part.row if part is not None else None
    return None


def _is_theirs(desk: Desk, document: Document) -> bool:
    """Whether the organisation entered it with another submission."""
    entered = SubmissionPart.objects.filter(
        table="Document",
        row=document.pk,
        outcome=choices.PartOutcome.ENTERED,
        submission__organisation=desk.submission.organisation,
    )
    return entered.exclude(submission=desk.submission).exists()
