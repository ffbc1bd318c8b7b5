"""The claims that an incident would have in public with what is sent: new ones, replaced ones, and what is left out.

It knows what is public, and what the organisation itself sent and was told of: its contents and the ids of its rows.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from incidents import choices
from incidents.documents.given import uuid_of
from incidents.models import Claim, ClaimCell, Document, PublicDocument, PublicSource, Submission, SubmissionPart
from incidents.rules.figures.facts import Cell, ClaimFacts
from incidents.rules.publication.publishing import published_document
from incidents.rules.refusals import pointer
from incidents.rules.submissions.contents import Content
from incidents.rules.submissions.entering_claims import claim_columns
from incidents.rules.submissions.placing import Places, meant, placed
from incidents.rules.submissions.versions import LINKS, Meaning, Previous, Said, claim_meaning, is_version, plain_id

UNNAMED = choices.SourceKind.UNATTRIBUTED.value
BY_SOURCE = choices.RetractedBy.SOURCE.value
# What two claims have in common that say the same.
SAID = (
    "measure", "unit", "basis", "status", "qualifier", "value", "low", "high", "vague_term", "as_of", "scope",
    "interim", "running_total", "standard_of_proof", "cells",
)  # fmt: skip
CELL = ("status", "sex", "age_group", "cause", "occupation", "area", "value", "low", "high")


@dataclass(frozen=True, slots=True)
class Voice:
    """Who asserts, as far as it is public: an id, or the place in what is sent; '' is a source of its own each time."""

    id: str
    affiliated: bool = False


@dataclass(frozen=True, slots=True)
class Own:
    """What an organisation knows of a claim that it entered: its source and days, though they be not public.

    `again`: it was sent under the external reference of what is sent now.
    """

    source: str
    voice: str
    as_of: date | None
    document_date: date | None
    again: bool


@dataclass(frozen=True, slots=True)
class Known:
    """A claim that is public: as the rules read it, and the id of its source as far as the organisation knows it.

    `own` is there where the organisation entered it. `traced`: what became of it in public can be told from what is
    known.
    """

    facts: ClaimFacts
    source: str
    own: Own | None = None
    traced: bool = True


@dataclass(frozen=True, slots=True)
class Sent:
    """A claim that is sent: as the rules read it, whose it is, what it says, and whether it may be published."""

    facts: ClaimFacts
    source: str
    meaning: Meaning
    publishable: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """What is sent beside what is public: its claims, how they match, and the ids of those that it leaves out."""

    sent: Sequence[Sent]
    places: Places
    left_out: frozenset[str]


def with_sent(
    submission: Submission, content: Content, parts: Iterable[SubmissionPart], public: Sequence[Known] | None
) -> list[ClaimFacts]:
    """The claims of the incident that would be public with what is sent; those that cannot be traced left out.

    The arguments are those of beside().
    """
    found, known = beside(submission, content, parts, public), public or []
    told = _told(found.sent, found.places, {each.facts.id for each in known})
    publishable = {each.facts.id for each in found.sent if each.publishable}
    stands = (each.facts for each in known if each.traced)
    left = [retracted(facts, BY_SOURCE) if facts.id in found.left_out else facts for facts in stands]
    return left + [claim for claim in told if claim.id in publishable]


def beside(
    submission: Submission, content: Content, parts: Iterable[SubmissionPart], public: Sequence[Known] | None
) -> Beside:
    """How what is sent stands to what is public; no edit of the desk that nobody published changes it.

    `parts` say whom the submission's sources stand for; `public` are the claims of the incident, None where it is not
    public, so that a version before counts for nothing either.
    """
    known = public or []
    before = Said() if public is None else Previous(submission)
    public_ids = {each.facts.id for each in known}
    sent = _sent(content, {part.pointer: part.object_id for part in parts}, before)
    if is_version(submission, before):
        own = {each.facts.id: each.own for each in known if each.own is not None}
        own |= own_claims(submission, {key for key in _rows(before).values() if key and key not in public_ids})
        places = _placed(submission, content, sent, before, known, own)
    else:
        own = {}
        over = {each.facts.supersedes for each in known}
        standing = [each for each in known if each.facts.id not in over and not each.facts.retracted]
        anew = [entry.get("supersedes") for entry in content.get("claims", [])]
        same = ((index, None if anew[index] else _same(each, standing)) for index, each in enumerate(sent))
        places = Places(kept={index: found for index, found in same if found is not None})
    again = {*places.kept, *places.taken_out}
    new = (each.facts for index, each in enumerate(sent) if index not in again)
    over = {facts.supersedes for facts in (*(each.facts for each in known), *new)}
    over |= {places.rows[place] for place in places.replacing.values()}
    over |= {each.facts.id for each in known if each.facts.retracted}
    gone = {key for place in places.left_out if (key := places.rows[place]) in own and own[key].again}
    return Beside(sent, places, frozenset(gone - over))


def retracted(claim: ClaimFacts, by: str) -> ClaimFacts:
    """The claim as one that is retracted."""
    return claim._replace(retracted=True, retracted_by=by)


def own_claims(submission: Submission, ids: Collection[str]) -> dict[str, Own]:
    """Those of the claims with these ids that the submission's organisation entered."""
    parts = SubmissionPart.objects.filter(
        submission__organisation=submission.organisation,
        table=Claim.__name__,
        outcome=choices.PartOutcome.ENTERED,
        object_id__in=set(ids),
    ).select_related("submission")
    contents: dict[int, Said] = {}
    reference = (submission.external_scheme, submission.external_key)
    found = {}
    for part in parts:
        earlier = part.submission
        said = contents.setdefault(earlier.pk, Said(earlier))
        entries = {pointer("claims", index): entry for index, entry in enumerate(said.content.get("claims", []))}
        entry = entries.get(part.pointer, {})
        source = said.identify("source", entry["asserted_by"]) or "" if entry else ""
        kinds = {each["key"]: each["kind"] for each in said.content.get("sources", [])}
        days = {each["key"]: each.get("published_on") for each in said.content.get("documents", [])}
        found[part.object_id] = Own(
            source=source,
            voice="" if kinds.get(entry.get("asserted_by")) == UNNAMED else source,
            as_of=entry.get("as_of"),
            document_date=days.get(entry.get("document")),
            again=bool(reference[0]) and reference == (earlier.external_scheme, earlier.external_key),
        )
    return found


def voices_of(ids: Iterable[str]) -> dict[str, Voice]:
    """Published sources by id, as their own documents have them."""
    found: dict[str, Voice] = {}
    for key in PublicSource.objects.filter(public_id__in=set(ids)).values_list("public_id", flat=True):
        document = published_document(choices.PublicKind.SOURCE.value, key) or {}
        named = str(key) if document["kind"] != UNNAMED else ""
        found[str(key)] = Voice(named, document["affiliated_with"] is not None)
    return found


# What is sent


def _sent(content: Content, decided: Mapping[str, str], before: Said) -> list[Sent]:
    """The claims that are sent, each known by its pointer; `decided`: ids of records by pointer."""
    entries = content.get("claims", [])
    keys = {entry["key"]: pointer("claims", index) for index, entry in enumerate(entries) if "key" in entry}
    written = {entry["key"]: entry for entry in content.get("documents", [])}
    kinds = {entry["key"]: entry["kind"] for entry in content.get("sources", [])}
    named = meant(content, decided, before)

    def identify(kind: str, text: str) -> str | None:
        return named.get((kind, text)) or plain_id(text)

    voices = voices_of(filter(uuid_of, (identify("source", entry["asserted_by"]) or "" for entry in entries)))
    days = _days(
        UUID(key) for key in (identify("document", entry["document"]) or "" for entry in entries) if uuid_of(key)
    )
    found = []
    for index, entry in enumerate(entries):
        source = identify("source", entry["asserted_by"]) or ""
        voice = Voice("" if kinds.get(entry["asserted_by"]) == UNNAMED else source)
        document, there = written.get(entry["document"], {}), identify("document", entry["document"]) or ""
        day = days.get(there, document.get("published_on"))
        facts = _facts(entry, pointer("claims", index), voices.get(source, voice), day, keys)
        said = claim_meaning(content, entry, identify)
        found.append(Sent(facts, source, said, publishable=_publishable(document)))
    return found


def _publishable(document: Mapping[str, Any]) -> bool:
    """Whether what stands in a document may be published; empty for one that is public already."""
    allowed = {name: document[name] for name in ("consent", "public") if name in document}
    return not document or Document(**allowed).publishable


def _days(ids: Iterable[UUID]) -> dict[str, date | None]:
    """The days of published documents, by id."""
    rows = PublicDocument.objects.filter(public_id__in=set(ids))
    return {str(key): day for key, day in rows.values_list("public_id", "published_on")}


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


# What is sent beside what is public


def _rows(before: Said) -> dict[int, str | None]:
    """The ids of the claims of the version before, by their places in it."""
    return {
        place: before.stands_for(pointer("claims", place)) for place in range(len(before.content.get("claims", [])))
    }


def _placed(
    submission: Submission,
    content: Content,
    sent: Sequence[Sent],
    before: Said,
    known: Sequence[Known],
    own: Mapping[str, Own],
) -> Places:
    """How the claims of a new version match those that are public, as entering_claims.py matches those of the record.

    One that is public no more was taken out, unless its document never let it be or its submission was undone.
    """
    public = {each.facts.id: each for each in known}
    documents = {entry["key"]: entry for entry in before.content.get("documents", [])}
    entries = before.content.get("claims", [])
    ids = _rows(before)
    undone = _undone(submission, {key for key in ids.values() if key and key not in public})
    rows = {
        place: key
        for place, key in ids.items()
        if key is not None and (key in public or not _publishable(documents.get(entries[place]["document"], {})))
    }
    superseded = {each.facts.supersedes for each in known}
    standing = [each for each in known if not each.facts.retracted and each.facts.id not in superseded]

    def elsewhere(index: int, none_of: Collection[str]) -> str | None:
        return _same(sent[index], [each for each in standing if each.facts.id not in none_of])

    def taken_out(place: int) -> bool:
        key = ids[place]
        return before.stayed_out(pointer("claims", place)) if key is None else key not in undone

    def same_source(index: int, key: str) -> bool:
        source = public[key].source if key in public else own[key].source
        return source == sent[index].source

    return placed(
        content.get("claims", []),
        [each.meaning for each in sent],
        [claim_meaning(before.content, each, before.identify) for each in entries],
        rows,
        taken_out=taken_out,
        elsewhere=elsewhere,
        replaceable=lambda key: key in own and own[key].again and key not in superseded,
        same_source=same_source,
    )


def _undone(submission: Submission, ids: Collection[str]) -> set[str]:
    """Those of these claims that were taken out with the submission of the organisation that entered them."""
    parts = SubmissionPart.objects.filter(
        submission__organisation=submission.organisation,
        table=Claim.__name__,
        outcome=choices.PartOutcome.REMOVED,
        object_id__in=ids,
    )
    return set(parts.values_list("object_id", flat=True))


def _same(sent: Sent, known: Iterable[Known]) -> str | None:
    """The id of the claim that says what is sent, as far as it is public; a source without a record is a new one."""
    found = (each.facts.id for each in known if each.source and each.source == sent.source and _alike(each, sent))
    return next(found, None)


def _alike(known: Known, sent: Sent) -> bool:
    days = {known.facts.document_date, sent.facts.document_date} - {None}
    return len(days) < 2 and all(_comparable(known.facts, name) == _comparable(sent.facts, name) for name in SAID)


def _comparable(claim: ClaimFacts, name: str) -> Any:
    return sorted(map(repr, claim.cells)) if name == "cells" else getattr(claim, name)


def _told(sent: Sequence[Sent], places: Places, public: Collection[str]) -> list[ClaimFacts]:
    """The claims that would be new, with the ids of those that they supersede or otherwise refer to."""
    stands: dict[str, str] = {}
    made: list[Sent] = []
    told = []
    for index, each in enumerate(sent):
        twin = places.kept.get(index)
        if twin is None and index in places.taken_out:
            continue
        if twin is None and index not in places.replacing:
            twin = next((other.facts.id for other in made if _unlinked(other) == _unlinked(each)), None)
        if twin is not None:
            stands[each.facts.id] = twin
            continue
        made.append(each)
        place = places.replacing.get(index)
        told.append(each.facts if place is None else each.facts._replace(supersedes=places.rows[place]))
    there = {*public, *(each.facts.id for each in made if each.publishable)}
    found = []
    for claim in told:
        links: dict[str, Any] = {name: stands.get(getattr(claim, name), getattr(claim, name)) for name in LINKS}
        # What a document refers to and is not public it does not name.
        links = {name: key if key in there else "" for name, key in links.items()}
        found.append(claim._replace(**links))
    return found


def _unlinked(sent: Sent) -> Meaning:
    return {name: value for name, value in sent.meaning.items() if name not in LINKS}
