"""Claims that were moved by hand from one incident to another and are public as the first one's still.

Each is public once: the incident that has it now waits until the other is published without it, or goes with it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from incidents.models import Claim, Incident, PublicClaim
from incidents.rules.publication import refusing
from incidents.rules.publication.refusing import PublishingError


@contextmanager
def told_once(objects: Sequence[Any]) -> Iterator[None]:
    """Around a transaction that publishes these: raises PublishingError where a claim of theirs would be public twice.

    Nobody asks before: of thousands of incidents none had a claim moved, and the index does not take one twice.
    """
    try:
        yield
    except IntegrityError as error:
        incidents = {each.pk: each for each in objects if isinstance(each, Incident)}
        for pk, other in _public_elsewhere(incidents):
            raise PublishingError(refusing.told_elsewhere(incidents[pk], other)) from error
        raise


def why_told_elsewhere(incident: Incident) -> str:
    """That a claim of the incident is public as another one's, in a sentence; empty where none is."""
    for _, other in _public_elsewhere([incident.pk]):
        return refusing.told_elsewhere(incident, other)
    return ""


def _public_elsewhere(primary_keys: Any) -> Iterator[tuple[int, Incident]]:
    """The incidents, by their primary keys, that have a claim which is public as another one's, and that one."""
    own = Claim.objects.filter(incident__among=list(primary_keys)).order_by("pk")
    now: dict[UUID, tuple[int, UUID]] = {
        key: (pk, incident) for key, pk, incident in own.values_list("public_id", "incident_id", "incident__public_id")
    }
    public = PublicClaim.objects.filter(public_id__among=now.keys()).order_by("pk")
    for key, holder in public.values_list("public_id", "incident__public_id"):
        pk, incident = now[key]
        other = Incident.objects.filter(public_id=holder).first() if holder != incident else None
        if other is not None:
            yield pk, other
