"""What people made of imported events: which incidents, and which of UCDP's claims and attributions, they took out.

Read only of incidents that are missing or differ from their rows; what follows from it is ged_changes.py's matter.
"""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Exists, OuterRef

from incidents.exchange import ged_mapping
from incidents.exchange.by_hand import Life, lives
from incidents.exchange.ged_rows import GedEvent
from incidents.models import Actor, Attribution, Claim, Incident, IncidentReference, Merge, Source

REASON = "Imported from UCDP GED"
UNTOUCHED = Life(imported=False)


class ByHand:
    """The lives of these incidents and of what `asserter` said of each: four queries at most, however many there are.

    `actors` are the primary keys of those that have an id of UCDP.
    """

    def __init__(self, incidents: Collection[int], asserter: Source, actors: Collection[int]) -> None:
        keys = set(incidents)
        self._incidents = lives(Incident, REASON, id__among=keys) if keys else {}
        self._claims = _parts(Claim, (), keys, asserter)
        self._attributions = _parts(Attribution, ("actor_id",), keys, asserter)
        accused = {
            said["actor_id"] for lives in self._attributions.values() for life in lives.values() for said in life.said
        }
        self._names = _names(accused - set(actors))

    def incident(self, pk: int) -> Life:
        """The incident's own life."""
        return self._incidents.get((pk,), UNTOUCHED)

    def claims(self, incident: int) -> dict[int, Life]:
        """The lives of the asserter's claims in this incident: {primary key: life}."""
        return self._claims.get(incident, {})

    def attributions(self, incident: int) -> dict[int, Life]:
        """The same of its attributions; each life says to which actors it was."""
        return self._attributions.get(incident, {})

    def names(self, actors: Iterable[int]) -> set[str]:
        """What those of these actors were called that have no id of UCDP any more, such as the deleted."""
        return {name for actor in actors for name in self._names.get(actor, ())}


def _names(actors: set[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    if actors:
        for actor, names in Actor.history.filter(id__among=actors).values_list("id", "names"):
            found.setdefault(actor, set()).update(names.values())
    return found


def _parts(model: Any, told: Iterable[str], incidents: set[int], asserter: Source) -> dict[int, dict[int, Life]]:
    found: dict[int, dict[int, Life]] = {}
    if incidents:
        which = {"incident__among": incidents, "asserted_by": asserter}
        for (incident, pk), life in lives(model, REASON, told, each=("incident_id", "id"), **which).items():
            found.setdefault(incident, {})[pk] = life
    return found


def taken_out(lives: dict[int, Life], standing: Collection[int]) -> dict[int, Life]:
    """Those that the importer entered here and somebody else deleted or gave to another incident."""
    return {pk: life for pk, life in lives.items() if life.imported and not life.taken_back and pk not in standing}


def brought_by_merges(references: Collection[IncidentReference]) -> set[str]:
    """The keys of those of these references that came to their incident from one that was merged into it."""
    survivors = {each.incident_id for each in references}
    merges = Merge.objects.filter(survivor__among=survivors, undone_at__isnull=True)
    moved = {
        pk
        for restore in merges.values_list("restore", flat=True)
        for pk in restore.get("moved", {}).get("references", [])
    }
    return {each.key for each in references if each.pk in moved}


class Lost:
    """Imported incidents that somebody deleted, or took UCDP's id from: without it only what they said is known.

    One query for an import, and none where every event is known.
    """

    def __init__(self) -> None:
        self._incidents: dict[tuple[Any, ...], set[int]] | None = None

    def has(self, event: GedEvent, country: str) -> bool:
        """Whether the event is one of these. Each answers for one event: several may read alike."""
        if self._incidents is None:
            self._incidents = _lost()
        alike = self._incidents.get((ged_mapping.title(event), country, event.start, event.latitude, event.longitude))
        if not alike:
            return False
        one = alike.pop()
        for others in self._incidents.values():
            others.discard(one)
        return True


def _lost() -> dict[tuple[Any, ...], set[int]]:
    known = IncidentReference.objects.filter(incident=OuterRef("id"), scheme=ged_mapping.EVENT_SCHEME, identifies=True)
    merged = Incident.objects.filter(pk=OuterRef("id"), merged_into__isnull=False)
    written = Incident.history.filter(~Exists(known), ~Exists(merged), history_change_reason=REASON)
    found: dict[tuple[Any, ...], set[int]] = {}
    for pk, title, *said in written.values_list(
        "id", "title", "country", "start_earliest", "latitude", "longitude"
    ).iterator():
        found.setdefault((title.get("en"), *said), set()).add(pk)
    return found
