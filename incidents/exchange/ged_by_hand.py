"""What people made of imported events: which incidents, and which of UCDP's claims and attributions, they took out.

Read only of incidents that are missing or differ from their rows; what follows from it is ged_changes.py's matter.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef

from incidents.exchange import ged_mapping
from incidents.exchange.by_hand import Life, lives
from incidents.exchange.ged_parts import Cells, References, cells_by_hand
from incidents.exchange.ged_rows import GedEvent
from incidents.models import Actor, Attribution, Claim, ClaimCell, Incident, IncidentReference, Merge, Source
from incidents.models.history import CREATED, DELETED

REASON = "Imported from UCDP GED"
UNTOUCHED = Life(imported=False)
UNTOUCHED_CELLS = Cells()
LOST = "its incident was deleted, or lost this id, by hand in the record; left out"
ALIKE = (
    "an incident that reads like it was deleted, or lost its id, by hand in the record; left out, as is each such event"
)


class ByHand:
    """The lives of these incidents and of what `asserter` said of each: ten queries at most, however many there are.

    `actors` are the primary keys of those that have an id of UCDP.
    """

    def __init__(self, incidents: Collection[int], asserter: Source, actors: Collection[int]) -> None:
        keys = set(incidents)
        self._incidents = lives(Incident, REASON, id__among=keys) if keys else {}
        merges = Merge.objects.filter(survivor__among=keys, undone_at__isnull=True) if keys else Merge.objects.none()
        self._survivors = set(merges.values_list("survivor_id", flat=True))
        self._references = References(keys)
        self._claims = _parts(Claim, (), keys, asserter)
        lives_of_claims = (each for some in self._claims.values() for each in some.items())
        self._cells = cells_by_hand({pk for pk, life in lives_of_claims if life.edited(ClaimCell.__name__)})
        self._attributions = _parts(Attribution, ("actor_id",), keys, asserter)
        self._accused = {
            said["actor_id"] for lives in self._attributions.values() for life in lives.values() for said in life.said
        }
        self._names = _names(self._accused - set(actors))

    def incident(self, pk: int) -> Life:
        """The incident's own life."""
        return self._incidents.get((pk,), UNTOUCHED)

    def touched(self, incident: int, name: str) -> bool:
        """Whether people changed this kind of part, or a merge into the incident that was not undone did."""
        life = self.incident(incident)
        return life.touched(name) if incident in self._survivors else life.edited(name)

    def survives(self, incident: int) -> bool:
        """Whether another incident is merged into it."""
        return incident in self._survivors

    def changed_reference(self, incident: int, scheme: str, stored: Collection[str]) -> bool:
        """Whether its references of that scheme, of which these keys stand there, are not as an import left them."""
        if self._references.tell(incident) and incident not in self._survivors:
            return self._references.changed(incident, scheme, stored)
        return self.touched(incident, IncidentReference.__name__)

    def cells(self, claim: int) -> Cells:
        """What people made of the cells of a claim."""
        return self._cells.get(claim, UNTOUCHED_CELLS)

    def claims(self, incident: int) -> dict[int, Life]:
        """The lives of the asserter's claims in this incident: {primary key: life}."""
        return self._claims.get(incident, {})

    def attributions(self, incident: int) -> dict[int, Life]:
        """The same of its attributions; each life says to which actors it was."""
        return self._attributions.get(incident, {})

    def called(self, actor: int) -> str:
        """What one of the actors that were ever accused is called now."""
        return self._called[actor]

    @cached_property
    def _called(self) -> dict[int, str]:
        return {each.pk: str(each) for each in Actor.objects.filter(pk__among=self._accused)}

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
    """Imported incidents that somebody deleted, or took UCDP's id from.

    The histories of references tell the ids. Where an id was lost before these were kept, only what the incident said
    is known: whatever reads so is left out, since nobody can say which of several it was.
    """

    def __init__(self) -> None:
        self._unnamed: set[tuple[Any, ...]] | None = None

    def among(self, events: Sequence[tuple[GedEvent, str]]) -> dict[int, str]:
        """{id: what the report says of it} of those of these events, each with its country, that are lost.

        Three queries however many events, and one more for a whole import; none where there are no events.
        """
        if not events:
            return {}
        if self._unnamed is None:
            self._unnamed = _unnamed()
        named = _named({str(event.id) for event, _ in events})
        found = dict.fromkeys((event.id for event, country in events if _reads(event, country) in self._unnamed), ALIKE)
        return found | dict.fromkeys((event.id for event, _ in events if str(event.id) in named), LOST)


def _reads(event: GedEvent, country: str) -> tuple[Any, ...]:
    return ged_mapping.title(event), country, event.start, event.latitude, event.longitude


def _named(keys: set[str]) -> set[str]:
    """Those of these ids that an imported incident, or the survivor of one, had until somebody deleted them there."""
    gone = IncidentReference.history.filter(scheme=ged_mapping.EVENT_SCHEME, identifies=True, history_type=DELETED)
    held = set(gone.filter(key__among=keys).values_list("key", "incident_id"))
    if not held:
        return set()
    holders = {holder for _, holder in held}
    survivors = dict(Incident.objects.filter(merged_into__among=holders).values_list("id", "merged_into"))
    written = Incident.history.filter(history_type=CREATED, history_change_reason=REASON)
    imported = written.filter(id__among={*holders, *survivors}).values_list("id", flat=True)
    known = {survivors.get(pk, pk) for pk in imported}
    return {key for key, holder in held if holder in known}


def _unnamed() -> set[tuple[Any, ...]]:
    """How imported incidents read that have no id of UCDP, and whose id no history tells."""
    own = {"incident": OuterRef("id"), "scheme": ged_mapping.EVENT_SCHEME, "identifies": True}
    standing = IncidentReference.objects.filter(**own)
    deleted = IncidentReference.history.filter(**own, history_type=DELETED)
    merged = Incident.objects.filter(pk=OuterRef("id"), merged_into__isnull=False)
    lost = Incident.history.filter(~Exists(standing), ~Exists(deleted), ~Exists(merged), history_change_reason=REASON)
    rows = lost.values_list("title", "country", "start_earliest", "latitude", "longitude")
    return {(title.get("en"), *said) for title, *said in rows.iterator()}
