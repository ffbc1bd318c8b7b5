"""Which documents of a confidential source still give it away in public, current versions or earlier ones.

Whoever makes a source confidential takes that out (naming.py); this finds what came back into public since.
"""

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q

from incidents import choices
from incidents.documents.fields import traceless
from incidents.models import PublicationBody, PublicMention
from incidents.rules.publication.board import Content, content_of
from incidents.rules.publication.once_named import holders_once

DOCUMENT = choices.PublicKind.DOCUMENT.value
HOLDERS = (choices.PublicKind.INCIDENT.value, choices.PublicKind.INVESTIGATION.value)


def giving_away(documents: Collection[UUID]) -> set[UUID]:
    """Those of these documents of a confidential source of which a version still says more than `traceless` does.

    Read are their own versions and those of whatever names them today or once did; the log is not searched for their
    ids.
    """
    asked = set(documents)
    if not asked:
        return set()
    holders = PublicMention.objects.filter(mentioned__among=asked, holder_kind__in=HOLDERS).values("holder")
    own = Q(publication__kind=DOCUMENT, publication__object_id__among=asked)
    naming = Q(publication__kind__in=HOLDERS, publication__object_id__in=holders)
    once = Q(publication__kind__in=HOLDERS, publication__object_id__among=holders_once(documents=asked))
    names = {str(key) for key in asked}
    found: set[str] = set()
    for which in (own, naming, once):
        rows = PublicationBody.objects.filter(which, document__isnull=False).values_list("document", flat=True)
        for text in rows.iterator():
            found |= _said_too_much(content_of(str(text)), names - found)
    return {UUID(name) for name in found}


def _said_too_much(content: Content, names: Collection[str]) -> set[str]:
    found: set[str] = set()
    waiting: list[object] = [content]
    for each in waiting:
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            waiting += each.values()
            if each.get("id") in names and each != traceless(each):
                found.add(each["id"])
    return found
