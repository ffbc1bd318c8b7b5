"""Versions of highly sensitive incidents that tell what stands in a document, which they do not name.

retold.py has them emptied with whatever else tells of a hidden document under another name.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from incidents import choices
from incidents.models import (
    Attribution,
    Claim,
    Document,
    Incident,
    Merge,
    PublicationBody,
)
from incidents.models.history import DELETED
from incidents.rules.publication.board import Content, content_of
from incidents.rules.publication.parts import CODES, Key, key_of_said, said_in
from incidents.rules.publication.rendering import is_discreet

INCIDENT = choices.PublicKind.INCIDENT.value


@dataclass(slots=True)
class _Stood:
    """What stands in the documents, or did until it was deleted: ids of rows that have one, keys of others."""

    ids: set[str] = field(default_factory=set)
    keys: set[Key] = field(default_factory=set)
    incidents: set[int] = field(default_factory=set)


def standing_in(documents: Collection[UUID]) -> Iterator[tuple[int, UUID]]:
    """(log row, incident) of the versions that tell of these documents.

    Claims and attributions are known by their ids, wherever they went since; what stands in another document by now
    may be said. Acts and groups are known by what they say and who says it.
    """
    if not documents:
        return
    primary_keys = list(Document.objects.filter(public_id__among=set(documents)).values_list("pk", flat=True))
    if not primary_keys:
        return
    stood = _stood(primary_keys)
    holders = Incident.objects.filter(pk__among=_merged_with(stood.incidents)).values_list("public_id", flat=True)
    bodies = PublicationBody.objects.filter(publication__kind=INCIDENT, document__isnull=False)
    bodies = bodies.filter(publication__object_id__among=set(holders))
    for seq, holder, text in bodies.values_list("pk", "publication__object_id", "document"):
        if _tells(content_of(str(text)), stood):
            yield seq, holder


def _stood(documents: list[int]) -> _Stood:
    found = _Stood()
    models: tuple[Any, ...] = (Claim, Attribution)
    for model in models:
        there = model.objects.filter(document_id__in=documents)
        gone = model.history.filter(document_id__in=documents, history_type=DELETED)
        for rows in (there, gone):
            for key, incident in rows.values_list("public_id", "incident_id"):
                found.ids.add(str(key))
                found.incidents.add(incident)
    for incident, key in said_in(document_id__in=documents):
        found.incidents.add(incident)
        found.keys.add(key)
    return found


def _tells(content: Content, stood: _Stood) -> bool:
    if not is_discreet(content):
        return False
    named = {said["id"] for part in ("claims", "attributions") for said in content[part]}
    return bool(named & stood.ids) or any(_key(part, said) in stood.keys for part in CODES for said in content[part])


def _key(part: str, said: Mapping[str, Any]) -> Key:
    return key_of_said(part, said, discreet=True)


def _merged_with(holders: Collection[int]) -> set[int]:
    """These incidents and all that were ever merged with them, directly or through others."""
    found, waiting = set(holders), set(holders)
    while waiting:
        merges = Merge.objects.filter(Q(survivor__in=waiting) | Q(absorbed__in=waiting))
        waiting = {pk for pair in merges.values_list("survivor", "absorbed") for pk in pair} - found
        found |= waiting
    return found
