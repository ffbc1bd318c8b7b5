"""Which fields of a row are confidential as it stands, so that whoever looks at them is written down (looking.py).

What the public gets to see is disclosure.py's matter.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Field, Model, Q, QuerySet, prefetch_related_objects

from incidents import choices
from incidents.documents.given import uuid_of
from incidents.models import (
    Attribution,
    Claim,
    Document,
    DuplicateCandidate,
    Incident,
    Investigation,
    Organisation,
    Recognition,
    Source,
    Submission,
    SubmissionPart,
)
from incidents.rules.publication.disclosure import DISCREET
from incidents.rules.sameness.spelling import bare_address

OF_SOURCE = ("names", "affiliated_with")
OF_DOCUMENT = ("publisher", "title", "url", "archive_url", "seen_at", "rights", "sha256")
# What of a highly sensitive incident no public document tells: its own words, its days, where it was.
OF_INCIDENT = (
    "title", "summary", "start_earliest", "start_latest", "end_earliest", "end_latest", "place_text", "place_names",
    "latitude", "longitude",
)  # fmt: skip
FOR_THE_DESK = {Incident: ("notes",), Organisation: ("contact", "notes")}
ASSERTED = ("asserted_by", "document", "quote", "locator")
OF_SUBMISSION = ("content", "parts")
OF_PAIR = ("reasons",)
LIKELY = "possible_duplicates"  # of a submission: the pairs that it would make, with their reasons
OF_PART = ("as_written", "object_id", "proposals")
# What a row refers to that is told by a name which may be confidential; of claims and attributions by who asserts them.
TELLING = frozenset({Source, Document, Claim, Attribution, Incident})
# Where a submission says what may be confidential, by the kind of its part.
CONFIDES = {"source": "sources", "document": "documents"}
OPEN_CONSENTS = [str(each) for each in choices.PUBLISHABLE_CONSENTS]
Fields = tuple[str, ...]


def confidential_fields(row: Model) -> Fields:
    """The names of the fields of this row that nobody looks at without an entry in the audit chain."""
    return confidential_among([row]).get(row.pk, ())


def confidential_among(rows: Sequence[Model], *, listed: bool = False) -> dict[Any, Fields]:
    """{primary key: such names} of the rows of one model that have some, in few statements however many they are.

    `listed`: of what they refer to only what is loaded already, since a list shows no more.
    """
    model = type(rows[0]) if rows else None
    if model is Submission:
        found = _of_submissions(rows)  # type: ignore[arg-type]
    elif model is SubmissionPart:
        found = _of_parts(rows, {row.submission_id: row.submission for row in rows})  # type: ignore[arg-type, attr-defined]
    elif model is DuplicateCandidate:
        found = _of_pairs(rows)  # type: ignore[arg-type]
    elif model is Recognition:
        found = _of_recognitions(rows)  # type: ignore[arg-type]
    else:
        # A document of a confidential source is as confidential as that: one statement for all of them.
        prefetch_related_objects(_documents_of(rows, listed=listed), "publisher")
        found = {row.pk: _of_row(row, listed=listed) for row in rows}
    return {key: fields for key, fields in found.items() if fields}


def may_be_confidential(model: type[Model]) -> bool:
    """Whether rows of the model may have fields that are confidential, or be called by such a name.

    Few incidents are highly sensitive: that an incident, or what belongs to one, may be is no reason by itself.
    """
    judged = {Source, Document, Submission, SubmissionPart, DuplicateCandidate, Recognition}
    return model in judged or any(field.related_model is not Incident for field in _references(model))


def confidential_parts(row: Model) -> dict[str, list[str]]:
    """{kind of part: ids} of what a record's page shows of confidential sources, documents and other incidents."""
    parts: dict[str, QuerySet[Any]] = {}
    if isinstance(row, Incident):
        parts = {
            "claims": row.claims.filter(_said_by("asserted_by", "document")),
            "attributions": row.attributions.filter(_said_by("asserted_by", "document")),
            "acts": row.acts.filter(_said_by("asserted_by", "document")),
            "targeted_groups": row.targeted_groups.filter(_said_by("asserted_by", "document")),
            "relations": row.relations_out.filter(
                Q(asserted_by__confidential=True) | Q(to_incident__sensitivity__in=DISCREET)
            ),
        }
    elif isinstance(row, Investigation):
        parts = {
            "events": row.events.filter(_said_by("by", "document") | _said_by("reported_by", "document")),
            "recommendations": row.recommendations.filter(_said_by("", "document")),
            "scopes": row.scopes.filter(incident__sensitivity__in=DISCREET),
        }
    found = {
        name: [str(getattr(each, "public_id", each.pk)) for each in rows.order_by("pk")] for name, rows in parts.items()
    }
    return {name: keys for name, keys in found.items() if keys}


def _said_by(source: str, document: str) -> Q:
    closed = Q(**{f"{document}__isnull": False}) & ~Q(**{f"{document}__consent__in": OPEN_CONSENTS})
    closed |= Q(**{f"{document}__publisher__confidential": True})
    return closed | Q(**{f"{source}__confidential": True}) if source else closed


# A row by itself, and what it refers to


def _of_row(row: Model, *, listed: bool) -> Fields:
    if isinstance(row, Source):
        own: Fields = OF_SOURCE if row.confidential else ()
        return (*own, "reliability_reason") if row.reliability_reason else own
    if isinstance(row, Incident | Organisation):
        hidden: Fields = OF_INCIDENT if isinstance(row, Incident) and row.sensitivity in DISCREET else ()
        if isinstance(row, Incident) and not listed and row.merged_into and row.merged_into.sensitivity in DISCREET:
            hidden = (*hidden, "merged_into")
        return hidden if listed else (*hidden, *(name for name in FOR_THE_DESK[type(row)] if getattr(row, name)))
    if isinstance(row, Document) and row.consent not in choices.PUBLISHABLE_CONSENTS:
        return OF_DOCUMENT
    named = tuple(field.name for field in _references(type(row)) if _tells(row, field, listed=listed))
    if isinstance(row, Document):
        return OF_DOCUMENT if named else ()
    if not listed and isinstance(row, Claim) and row.corroborated_by.filter(confidential=True).exists():
        named = (*named, "corroborated_by")
    begin = 0 if "asserted_by" in named else 1 if "document" in named else len(ASSERTED)
    stated = tuple(name for name in ASSERTED[begin:] if hasattr(type(row), name))
    return (*stated, *(name for name in named if name not in stated))


def _references(model: type[Model]) -> list[Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if field.related_model in TELLING]


def _tells(row: Model, field: Field[Any, Any], *, listed: bool) -> bool:
    """Whether the name of what a field refers to is confidential."""
    if listed and field.name not in row._state.fields_cache:
        return False
    other = getattr(row, field.name)
    if isinstance(other, Source):
        return bool(other.confidential)
    if isinstance(other, Incident):
        return other.sensitivity in DISCREET
    if isinstance(other, Document):
        closed = other.consent not in choices.PUBLISHABLE_CONSENTS
        return closed or _tells(other, _field(Document, "publisher"), listed=True)
    return isinstance(other, Claim | Attribution) and _tells(other, _field(type(other), "asserted_by"), listed=listed)


def _documents_of(rows: Sequence[Model], *, listed: bool) -> list[Document]:
    """The documents that rows refer to; `listed`: as far as they are loaded."""
    fields = [field for field in _references(type(rows[0])) if field.related_model is Document] if rows else []
    found = (
        getattr(row, field.name)
        for row in rows
        for field in fields
        if not listed or field.name in row._state.fields_cache
    )
    return [each for each in found if each is not None]


def _field(model: type[Model], name: str) -> Field[Any, Any]:
    field: Field[Any, Any] = model._meta.get_field(name)  # type: ignore[assignment]
    return field


# What organisations send


def _of_submissions(submissions: Sequence[Submission]) -> dict[Any, Fields]:
    by_pk = {each.pk: each for each in submissions}
    prefetch_related_objects(submissions, "parts")
    parts = [part for each in submissions for part in each.parts.all()]
    private = _of_parts(parts, by_pk)
    holders = {part.submission_id for part in parts if private.get(part.pk)}
    told = {key for key, each in by_pk.items() if _tells_in_confidence(each.content)}
    prefetch_related_objects(submissions, "incident")
    told |= {each.pk for each in submissions if each.incident is not None and each.incident.sensitivity in DISCREET}
    found: dict[Any, Fields] = {key: OF_SUBMISSION if key in holders else OF_SUBMISSION[:1] for key in told | holders}
    for key in _likened_in_confidence(submissions):
        found[key] = (*found.get(key, ()), LIKELY)
    return found


def _likened_in_confidence(submissions: Sequence[Submission]) -> set[Any]:
    """Those found alike to a highly sensitive incident, or to one by the address of a document that is confidential."""
    named = {
        each.pk: [(uuid_of(one["id"]), _urls(one["reasons"])) for one in each.possible_duplicates]
        for each in submissions
    }
    ids = {incident for several in named.values() for incident, urls in several if urls}
    closed = _closed_addresses("incident__public_id", ids - {None})
    ends = {incident for several in named.values() for incident, _ in several} - {None}
    discreet = Incident.objects.filter(public_id__among=ends, sensitivity__in=DISCREET)
    hidden = set(discreet.values_list("public_id", flat=True)) if ends else set()
    return {
        key
        for key, several in named.items()
        if any(end in hidden or urls & closed.get(end, set()) for end, urls in several)
    }


def _of_parts(parts: Sequence[SubmissionPart], submissions: Mapping[int, Submission]) -> dict[Any, Fields]:
    """What is written of sources and documents that are sent in confidence, or that stand for confidential records."""
    met = met_in_confidence(parts)
    return {
        part.pk: OF_PART
        for part in parts
        if part.kind in CONFIDES
        and (part.pk in met or _confided(part.kind, _sent(submissions[part.submission_id], part.pointer)))
    }


def met_in_confidence(parts: Iterable[SubmissionPart]) -> dict[int, set[str]]:
    """{primary key: ids} of the confidential records that parts stand for, or may stand for."""
    meant = {
        part.pk: {part.object_id, *(each["id"] for each in part.proposals)} for part in parts if part.kind in CONFIDES
    }
    private = _private_ids(key for ids in meant.values() for key in ids)
    return {key: ids & private for key, ids in meant.items() if ids & private}


def _of_recognitions(rows: Sequence[Recognition]) -> dict[Any, Fields]:
    private = _private_ids(str(row.object_id) for row in rows if row.kind == "source")
    return {row.pk: ("folded",) for row in rows if row.kind == "source" and str(row.object_id) in private}


def _of_pairs(pairs: Sequence[DuplicateCandidate]) -> dict[Any, Fields]:
    """The highly sensitive incidents of a pair, and its reasons: those say what such an incident says, or name the
    address of a confidential document."""
    urls = {each.pk: _urls(each.reasons) for each in pairs}
    ends = [end for each in pairs if urls[each.pk] for end in (each.first_id, each.second_id)]
    closed = _closed_addresses("incident", ends)
    prefetch_related_objects(pairs, "first", "second")
    private = {
        each.pk: tuple(end for end in ("first", "second") if getattr(each, end).sensitivity in DISCREET)
        for each in pairs
    }
    addresses = {each.pk: closed.get(each.first_id, set()) | closed.get(each.second_id, set()) for each in pairs}
    return {key: (*ends, *OF_PAIR) if ends or urls[key] & addresses[key] else () for key, ends in private.items()}


def _urls(reasons: Iterable[Mapping[str, Any]]) -> set[str]:
    return {each["url"] for each in reasons if each.get("how") == "url"}


def _closed_addresses(by: str, keys: Collection[Any]) -> dict[Any, set[str]]:
    """{key: bare addresses} of the confidential documents of incidents; `by` is the path from a claim to the key."""
    if not keys:
        return {}
    closed: dict[Any, set[str]] = {}
    hidden = ~Q(document__consent__in=OPEN_CONSENTS) | Q(document__publisher__confidential=True)
    rows = Claim.objects.filter(hidden, **{f"{by}__in": keys})
    for key, *both in rows.values_list(by, "document__url", "document__archive_url"):
        closed.setdefault(key, set()).update(bare_address(url) for url in both if url)
    return closed


def _private_ids(texts: Iterable[str]) -> set[str]:
    """Which of these ids are those of confidential sources, or of documents that may not be published."""
    ids = {key for key in map(uuid_of, texts) if key is not None}
    if not ids:
        return set()
    sources = Source.objects.filter(public_id__among=ids, confidential=True).values_list("public_id", flat=True)
    documents = Document.objects.filter(public_id__among=ids).exclude(consent__in=OPEN_CONSENTS)
    return {str(key) for key in (*sources, *documents.values_list("public_id", flat=True))}


def _tells_in_confidence(content: Any) -> bool:
    given = content if isinstance(content, dict) else {}
    if any(facts.get("sensitivity") in DISCREET for facts in _facts_in(given)):
        return True
    return any(_confided(kind, each) for kind, section in CONFIDES.items() for each in given.get(section) or ())


def _facts_in(content: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """What a content says of an incident itself, or would change of it."""
    correction = content.get("correction")
    facts = [content.get("incident"), correction.get("changes") if isinstance(correction, dict) else None]
    return [each for each in facts if isinstance(each, dict)]


def _sent(submission: Submission, where: str) -> Mapping[str, Any]:
    """The entry that a pointer such as /sources/0 leads to; empty where it leads to none."""
    section, _, number = where.removeprefix("/").partition("/")
    entries = submission.content.get(section) if isinstance(submission.content, dict) else None
    return entries[int(number)] if entries and number.isdigit() and int(number) < len(entries) else {}


def _confided(kind: str, entry: Mapping[str, Any]) -> bool:
    """Whether a source or a document is sent in confidence; witnesses and families are unless it says otherwise."""
    if kind == "document":
        return entry.get("consent", choices.Consent.NOT_NEEDED) not in choices.PUBLISHABLE_CONSENTS
    said = entry.get("confidential")
    return bool(entry.get("kind") in choices.CONFIDENTIAL_SOURCE_KINDS if said is None else said)
