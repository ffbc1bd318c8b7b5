"""Entering the claims that a submission holds: new ones, and in a new version what became of the old.

Claims that are sent again as they were stay as they stand. A changed one supersedes the one that it replaces, and one
that is left out is retracted.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from incidents import choices
from incidents.models import Claim, ClaimCell, Incident, PublicClaim, SubmissionPart
from incidents.rules.refusals import Fault, Refused, pointer
from incidents.rules.sentences import worded
from incidents.rules.submissions.echoed import STANDING
from incidents.rules.submissions.entering_desk import Desk
from incidents.rules.submissions.placing import Places, placed
from incidents.rules.submissions.same_claims import SameClaims
from incidents.rules.submissions.versions import CELL_COLUMNS, CLAIM_COLUMNS, LINKS, claim_meaning, is_version

LEFT_OUT = "Left out of a later version by those who sent it."
FIGURES = ("measure", "status", "qualifier", "value", "low", "high", "vague_term", "locator", "quote", "as_of")


def enter_claims(desk: Desk, incident: Incident) -> None:
    """Each claim after those it is a new word of; links between them once all are there."""
    versions = is_version(desk.submission, desk.previous)
    entries = desk.content.get("claims", [])
    columns = []
    for index, entry in enumerate(entries):
        desk.at = pointer("claims", index)
        columns.append(claim_columns(entry) | {"incident": incident, **desk.said(entry)})
    places, claims = _placed(desk, incident, columns) if versions else (Places(), {})
    # In a new version, what stood in the record before is kept already. What is retracted or superseded stands for
    # nothing: whoever says it again says it anew.
    standing = incident.claims.filter(retracted_at=None, superseded_by=None)
    same = SameClaims(standing.none() if versions or desk.is_first(Claim) else standing)
    linked: list[tuple[Claim, str, Mapping[str, Any]]] = []
    for index, (entry, values) in enumerate(zip(entries, columns, strict=True)):
        where = pointer("claims", index)
        if index in places.taken_out:
            desk.stays(where, "claim", pointer("claims", places.taken_out[index]))
            continue
        place = places.replacing.get(index)
        claim = claims[places.kept[index]] if index in places.kept else None
        earlier = claims[places.rows[place]] if place is not None else None
        if claim is None and earlier is None and not entry.get("supersedes"):
            claim = same.find(values, entry)
        if claim is not None:
            desk.part(where, "claim", choices.PartOutcome.UNCHANGED, claim)
        else:
            claim = desk.make(Claim, where, "claim", values | {"supersedes": earlier})
            if earlier is not None and place is not None:
                desk.differs(where, figures_of(places.said[place]), figures_of(vars(earlier)), figures_of(vars(claim)))
            claim.covers_areas.set(desk.areas(entry.get("covers_areas", [])))
            _cells(desk, claim, where, entry)
            linked.append((claim, where, entry))
            same.add(claim, entry)
        if "key" in entry:
            desk.own["claim", entry["key"]] = claim
    for claim, where, entry in linked:
        found = {name: desk.find("claim", entry[name]) for name in LINKS if name in entry}
        links = {name: other for name, other in found.items() if other is not None}
        if links:
            desk.at = where
            for name, other in links.items():
                _refuse_foreign(desk, claim, name, other, where)
                setattr(claim, name, other)
            claim.save(update_fields=list(links))
    _leave_out(desk, incident, places, claims)


def _placed(desk: Desk, incident: Incident, columns: Sequence[Mapping[str, Any]]) -> tuple[Places, dict[str, Claim]]:
    """How the claims of a new version match those of the record, and these by their public ids."""
    entries, before = desk.content.get("claims", []), desk.previous
    old = [claim_meaning(before.content, each, before.identify) for each in before.content.get("claims", [])]
    found = {place: before.row(pointer("claims", place)) for place in range(len(old))}
    rows = {place: str(row.public_id) for place, row in found.items() if row is not None}
    claims: dict[str, Claim] = {str(row.public_id): row for row in found.values() if row is not None}
    same = SameClaims(incident.claims.filter(retracted_at=None, superseded_by=None))
    ours = _ours(desk)

    def elsewhere(index: int, none_of: Collection[str]) -> str | None:
        known = same.find(columns[index], entries[index], none_of)
        if known is None:
            return None
        claims[str(known.public_id)] = known
        return str(known.public_id)

    def replaceable(key: str) -> bool:
        row = claims[key]
        return row.pk in ours and row.incident_id == incident.pk and not row.superseded_by.exists()

    places = placed(
        entries,
        [claim_meaning(desk.content, each, desk.identify) for each in entries],
        old,
        rows,
        taken_out=lambda place: before.taken_out(pointer("claims", place)),
        elsewhere=elsewhere,
        replaceable=replaceable,
        same_source=lambda index, key: claims[key].asserted_by == columns[index]["asserted_by"],
    )
    return places, claims


def _ours(desk: Desk) -> set[int]:
    """The claims that the organisation entered under this reference."""
    parts = SubmissionPart.objects.filter(
        table="Claim",
        submission__organisation=desk.submission.organisation,
        submission__external_scheme=desk.submission.external_scheme,
        submission__external_key=desk.submission.external_key,
        outcome=choices.PartOutcome.ENTERED,
    )
    return {row for row in parts.order_by().values_list("row", flat=True) if row is not None}


def _leave_out(desk: Desk, incident: Incident, places: Places, claims: Mapping[str, Claim]) -> None:
    """Retract the claims of the version before that this one leaves out; what others entered as well stays.

    So it is with one that another submission retracted or superseded: where that is undone it would count again.
    """
    ours = _ours(desk) if places.left_out else set()
    for place in places.left_out:
        claim, where = claims[places.rows[place]], pointer("claims", "-", place)
        over = claim.retracted_at is not None or claim.superseded_by.exists()
        if over and not _set_aside_by_another(desk, claim):
            continue
        if claim.pk not in ours or claim.incident_id != incident.pk:
            desk.part(where, "claim", choices.PartOutcome.UNCHANGED, claim)
            continue
        retraction = {
            "retracted_at": desk.submission.updated_at,
            "retracted_by": choices.RetractedBy.SOURCE.value,
            "retraction_reason": LEFT_OUT,
        }
        desk.differs(where, figures_of(places.said[place]), figures_of(vars(claim)), {"retraction_reason": LEFT_OUT})
        desk.change(claim, where, retraction)


def _set_aside_by_another(desk: Desk, claim: Claim) -> bool:
    """Whether a submission under another reference, which may be undone, retracted or superseded the claim."""
    others = SubmissionPart.objects.filter(table="Claim", submission__state__in=STANDING).exclude(
        submission__in=desk.submission.under_same_reference()
    )
    retracted = others.filter(row=claim.pk, outcome=choices.PartOutcome.CHANGED)
    superseding = claim.superseded_by.order_by().values("pk")
    return retracted.exists() or others.filter(row__in=superseding, outcome=choices.PartOutcome.ENTERED).exists()


def _refuse_foreign(desk: Desk, claim: Claim, name: str, other: Claim, where: str) -> None:
    """Nobody sets another's claim aside: one supersedes what its own source said, and links stay in the incident.

    A trial goes by what is public of the other one, as far as it tells.
    """
    incident, by = other.incident.public_id, other.asserted_by.public_id
    if desk.on_trial:
        rows = PublicClaim.objects.filter(public_id=other.public_id).values_list("incident__public_id", "asserted_by")
        for public, asserted_by in rows:
            incident, by = public, asserted_by or by
    if incident != claim.incident.public_id:
        raise Refused(Fault(f"{where}/{name}", "not_allowed", worded("It is a claim on another incident.")))
    if name == "supersedes" and by != claim.asserted_by.public_id:
        raise Refused(
            Fault(f"{where}/{name}", "not_allowed", worded("A claim supersedes one of the same source only."))
        )


def figures_of(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a claim says of how many, for whoever compares two."""
    return {name: said[name] for name in FIGURES if said.get(name) not in (None, "")}


def _cells(desk: Desk, claim: Claim, where: str, entry: Mapping[str, Any]) -> None:
    for index, cell in enumerate(entry.get("cells", [])):
        values = {name: cell[name] for name in CELL_COLUMNS if name in cell}
        area = desk.areas([cell["area"]])[0] if "area" in cell else None
        desk.at = where + pointer("cells", index)
        desk.save(ClaimCell(claim=claim, area=area, **values))


def claim_columns(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a claim that a submission speaks of, without those that refer to others."""
    defaults: dict[str, Any] = {
        "unit": choices.Unit.PERSON.value,
        "status": choices.PersonStatus.ALL.value,
        "basis": choices.Basis.DOCUMENTED.value,
        "origin": choices.ClaimOrigin.SUBMITTED.value,
    }
    return defaults | {name: entry[name] for name in CLAIM_COLUMNS if name in entry}
