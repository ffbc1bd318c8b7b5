"""The estimates that publishing a submission would derive: from what is public, and what is sent, alone.

The working record is never asked for a claim: an edit that nobody published would show in the figure. What only the
desk knows is left out, as how reliable it holds a source to be.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from incidents import choices
from incidents.documents.given import uuid_of
from incidents.models import Claim, ClaimCell, Document, PublicDocument, PublicSource, Submission, SubmissionPart
from incidents.rules.contents import CORRECTION, INCIDENT, INVESTIGATION, WITHDRAWAL, Content
from incidents.rules.counting import derive
from incidents.rules.document_facts import facts_of
from incidents.rules.entering_claims import claim_columns
from incidents.rules.facts import Cell, ClaimFacts, Estimate
from incidents.rules.publishing import published_document
from incidents.rules.refusals import pointer
from incidents.rules.rendering import OVERRIDE, is_discreet
from incidents.rules.sifting import LATER_CLAIM, NARROWER_COVERED, Group
from incidents.rules.versions import LINKS

UNNAMED = choices.SourceKind.UNATTRIBUTED.value
# Reasons that rest on which of a source's words is its last: where it or its days are not public, nobody else can tell.
BY_SOURCE = frozenset({LATER_CLAIM, NARROWER_COVERED})
# What two claims have in common that say the same.
SAID = (
    "measure", "unit", "basis", "status", "qualifier", "value", "low", "high", "vague_term", "as_of", "scope",
    "interim", "running_total", "standard_of_proof", "cells",
)  # fmt: skip
MATTER = ("measure", "unit", "basis", "status")
CELL = ("status", "sex", "age_group", "cause", "occupation", "area", "value", "low", "high")


@dataclass(frozen=True, slots=True)
class Voice:
    """Who asserts, as far as it is public: an id, or the place in what is sent; '' is a source of its own each time."""

    id: str
    affiliated: bool = False


def foreseen(submission: Submission, content: Content, parts: Iterable[SubmissionPart]) -> list[dict[str, Any]]:
    """The estimates as JSON values; none where the incident would have no public document.

    `parts` say whom the submission's sources stand for. What nothing sent touches reads as it is published.
    """
    if content["type"] in {WITHDRAWAL, INVESTIGATION} or _level(content) == choices.Sensitivity.SEVERE:
        return []
    about = content.get("about") or (submission.incident and submission.incident.public_id)
    public = (published_document(choices.PublicKind.INCIDENT.value, about) if about else None) or {}
    known = _published(public) if public else []
    if content["type"] == CORRECTION:
        told = _retracted(known, content)
    else:
        sent = _sent(content, {part.pointer: part.object_id for part in parts})
        told = [*known, *_new(sent, known, submission)]
    before, after = _by_group(known), _by_group(told)
    touched = {group for group in {**before, **after} if before.get(group) != after.get(group)}
    said = [row for row in public.get("estimates", []) if row["ruleset"] == OVERRIDE or _group(row) not in touched]
    derived = [_row(each) for group in touched for each in after.get(group, ())]
    return sorted([*map(_in_order, said), *derived], key=_order)


# What is public


def _published(content: Content) -> list[ClaimFacts]:
    """A published incident's claims, without those that only the desk can compare with their source's later ones."""
    voices = _voices(claim["asserted_by"]["id"] for claim in content["claims"] if claim["asserted_by"]["id"])
    discreet = is_discreet(content)
    found = []
    for claim in content["claims"]:
        by = claim["asserted_by"]
        reasons = {use["reason"] for use in claim["used"]}
        if (discreet or not by["id"]) and reasons and reasons <= BY_SOURCE:
            continue
        voice = Voice("") if by["kind"] == UNNAMED or not by["id"] else voices.get(by["id"], Voice(by["id"]))
        found.append(facts_of(claim, asserted_by=voice.id, affiliated=voice.affiliated))
    return found


def _voices(ids: Iterable[str]) -> dict[str, Voice]:
    """Published sources by id, as their own documents have them."""
    found: dict[str, Voice] = {}
    for key in PublicSource.objects.filter(public_id__in=set(ids)).values_list("public_id", flat=True):
        document = published_document(choices.PublicKind.SOURCE.value, key) or {}
        named = str(key) if document["kind"] != UNNAMED else ""
        found[str(key)] = Voice(named, document["affiliated_with"] is not None)
    return found


def _days(ids: Iterable[UUID]) -> dict[UUID, date | None]:
    """The days of published documents, by id."""
    rows = PublicDocument.objects.filter(public_id__in=set(ids))
    return dict(rows.values_list("public_id", "published_on"))


# What is sent


def _level(content: Content) -> str | None:
    facts = content.get("incident") or content.get("correction", {}).get("changes", {})
    level: str | None = facts.get("sensitivity")
    return level


def _retracted(known: Sequence[ClaimFacts], content: Content) -> list[ClaimFacts]:
    gone = {str(entry["claim"]) for entry in content["correction"].get("retractions", [])}
    by = choices.RetractedBy.SOURCE.value
    return [replace(claim, retracted=True, retracted_by=by) if claim.id in gone else claim for claim in known]


def _sent(content: Content, meant: Mapping[str, str]) -> list[ClaimFacts]:
    """The claims that are sent and could be published, by the pointer of each; `meant`: ids of records by pointer."""
    entries = content.get("claims", [])
    keys = {entry["key"]: pointer("claims", index) for index, entry in enumerate(entries) if "key" in entry}
    documents = {entry["key"]: entry for entry in content.get("documents", [])}
    own = {entry["key"]: _own_voice(entry, index, meant) for index, entry in enumerate(content.get("sources", []))}
    named = {each.id for each in own.values()} | {entry["asserted_by"] for entry in entries}
    voices = _voices(str(key) for key in map(uuid_of, named) if key)
    days = _days(key for key in (uuid_of(entry["document"]) for entry in entries) if key)
    found = []
    for index, entry in enumerate(entries):
        by = own.get(entry["asserted_by"]) or Voice(str(uuid_of(entry["asserted_by"])))
        written = documents.get(entry["document"])
        if written is None:
            day = days.get(UUID(entry["document"]))
        elif Document(**{name: written[name] for name in ("consent", "public") if name in written}).publishable:
            day = written.get("published_on")
        else:
            continue
        found.append(_facts(entry, pointer("claims", index), voices.get(by.id, by), day, keys))
    return found


def _own_voice(entry: Mapping[str, Any], index: int, meant: Mapping[str, str]) -> Voice:
    """Whose word a source of the submission is: the record that it stands for, else itself."""
    where = pointer("sources", index)
    return Voice("" if entry["kind"] == UNNAMED else meant.get(where) or where)


def _facts(entry: Mapping[str, Any], where: str, voice: Voice, day: date | None, keys: Mapping[str, str]) -> ClaimFacts:
    """A claim that is sent as the rules read it; what is left out is as the record would have it."""
    claim = Claim(**claim_columns(entry))
    said: dict[str, Any] = {name: getattr(claim, name) for name in SAID if name != "cells"}
    for name in LINKS:
        said[name] = (keys.get(entry[name]) or str(uuid_of(entry[name]))) if name in entry else ""
    return ClaimFacts(
        id=where,
        asserted_by=voice.id,
        affiliated=voice.affiliated,
        document_date=day,
        credibility=None,
        retracted=False,
        retracted_by="",
        reliability=choices.Reliability.F.value,
        cells=tuple(_cell(cell) for cell in entry.get("cells", [])),
        **said,
    )


def _cell(entry: Mapping[str, Any]) -> Cell:
    cell = ClaimCell(**{name: value for name, value in entry.items() if name != "area"})
    said = {name: getattr(cell, name) for name in ("cut", *CELL) if name != "area"}
    return Cell(**said, area=entry.get("area", ""))


def _new(sent: Sequence[ClaimFacts], known: Sequence[ClaimFacts], submission: Submission) -> list[ClaimFacts]:
    """What is sent and not public already; where it is a new version, superseding what the organisation said before."""
    entered = _entered(submission)
    standing = list(known)
    twins: dict[str, str] = {}
    news: list[ClaimFacts] = []
    for claim in sent:
        twin = next((each for each in standing if _alike(each, claim, SAID, entered)), None)
        if twin is None:
            news.append(claim)
        else:
            standing.remove(twin)
            twins[claim.id] = twin.id
    replaced = {claim.supersedes for claim in known}
    if submission.type == INCIDENT:
        earlier = [each for each in standing if entered.get(each.id) and each.id not in replaced]
    else:
        earlier = []
    told = []
    for claim in news:
        links = {name: twins.get(getattr(claim, name), getattr(claim, name)) for name in LINKS}
        last = next((each for each in reversed(earlier) if _alike(each, claim, MATTER, entered)), None)
        if last is not None:
            earlier.remove(last)
            links["supersedes"] = links["supersedes"] or last.id
        told.append(replace(claim, **links))
    return told


def _entered(submission: Submission) -> dict[str, bool]:
    """The ids of claims that its organisation entered, and whether under the same external reference."""
    parts = SubmissionPart.objects.filter(
        submission__organisation=submission.organisation, table=Claim.__name__, outcome=choices.PartOutcome.ENTERED
    )
    rows = parts.values_list("object_id", "submission__external_scheme", "submission__external_key")
    reference = (submission.external_scheme, submission.external_key)
    return {key: bool(scheme) and (scheme, number) == reference for key, scheme, number in rows}


def _alike(public: ClaimFacts, sent: ClaimFacts, names: Sequence[str], entered: Mapping[str, bool]) -> bool:
    """Whether two claims of one source agree in these.

    Of a source that is not public nobody but who entered the claim knows; a name without a record is a new source.
    """
    recorded = bool(sent.asserted_by) and not sent.asserted_by.startswith("/")
    same = public.asserted_by == sent.asserted_by if public.asserted_by else recorded and public.id in entered
    return same and all(_comparable(public, name) == _comparable(sent, name) for name in names)


def _comparable(claim: ClaimFacts, name: str) -> Any:
    return sorted(map(repr, claim.cells)) if name == "cells" else getattr(claim, name)


# The figures


def _by_group(claims: Iterable[ClaimFacts]) -> dict[Group, list[Estimate]]:
    found: dict[Group, list[Estimate]] = defaultdict(list)
    for each in derive(claims).estimates:
        found[each.measure, each.unit, each.basis].append(each)
    return found


def _group(row: Mapping[str, Any]) -> Group:
    return row["measure"], row["unit"], row["basis"]


def _row(estimate: Estimate) -> dict[str, Any]:
    """An estimate as it would be published; what is sent has no id yet."""
    return asdict(estimate) | {"set_by": [key for key in estimate.set_by if not key.startswith("/")]}


def _in_order(row: Mapping[str, Any]) -> dict[str, Any]:
    """A published estimate with its members in the order of derived ones: stored documents sort them by name."""
    return {name: row[name] for name in Estimate.__dataclass_fields__}


def _order(row: Mapping[str, Any]) -> tuple[bool, str, str, str, bool, str]:
    """As documents have them: derived ones, then the desk's own; all before its parts."""
    everybody = row["status"] == choices.PersonStatus.ALL
    return row["ruleset"] == OVERRIDE, *_group(row), not everybody, row["status"]
