"""Checking what a submission says before anything is stored: its shape, and whatever it refers to.

What it refers to is one of its own (by key) or published (by id): nobody learns here what is not public.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from incidents import choices
from incidents.documents.given import MOST_LANGUAGES, uuid_of
from incidents.documents.submissions import LONGEST_FOLDED, MOST_CELLS, MOST_NAMES
from incidents.models import (
    PublicClaim,
    PublicDocument,
    PublicIncident,
    PublicIncidentActor,
    PublicInvestigation,
    PublicPerpetrator,
    PublicSource,
)
from incidents.models.folding import fold
from incidents.rules.legible import illegible, illegible_key, is_written
from incidents.rules.refusals import Fault, Refused, first, pointer, spoken
from incidents.rules.submissions.contradictions import contradictions
from incidents.rules.submissions.localities import astray
from incidents.rules.submissions.shape import shaped
from incidents.rules.submissions.superseding import wrong_events
from incidents.rules.submissions.whereabouts import survivor_of

Content = dict[str, Any]
INCIDENT, CLAIMS, CORRECTION, WITHDRAWAL, INVESTIGATION = (kind.value for kind in choices.SubmissionType)
# What each type must and may hold besides sources, documents, actors, note and external_reference.
SECTIONS = ("incident", "claims", "attributions", "correction", "withdrawal", "investigation", "about")
NEEDED: dict[str, frozenset[str]] = {
    INCIDENT: frozenset({"incident"}),
    CLAIMS: frozenset({"about"}),
    CORRECTION: frozenset({"about", "correction"}),
    WITHDRAWAL: frozenset({"about", "withdrawal"}),
    INVESTIGATION: frozenset({"investigation"}),
}
ALLOWED: dict[str, frozenset[str]] = {
    INCIDENT: frozenset({"incident", "claims", "attributions"}),
    CLAIMS: frozenset({"about", "claims", "attributions"}),
    CORRECTION: frozenset({"about", "correction"}),
    WITHDRAWAL: frozenset({"about", "withdrawal"}),
    INVESTIGATION: frozenset({"about", "investigation"}),
}
OWN = {"source": "sources", "document": "documents", "actor": "actors", "claim": "claims"}
# Members that refer to something, by what they refer to.
REFERENCES = {
    "asserted_by": "source",
    "publisher": "source",
    "by": "source",
    "reported_by": "source",
    "body": "source",
    "established_by": "source",
    "document": "document",
    "actor": "actor",
    "claim": "claim",
    "relays": "claim",
    "inferred_from": "claim",
    "supersedes": "claim",
}
LINKS = ("relays", "inferred_from", "supersedes")
KEY = ("external_reference", "key")
Found = tuple[tuple[str | int, ...], str, str]


def read(content: Any) -> Content:
    """The content with typed values (dates, ids, numbers); raises Refused with its faults, by JSON pointer.

    Those of the shape come first; once it has that, all that contradict each other or name what there is not.
    """
    _refuse_more_cells(content)
    _refuse_more_names(content)
    value = shaped(content)
    # What has another section than its type, or signs that a database takes for its own, is not looked up.
    faults = [*_sections(value), *_illegible(value, ())]
    looked_up = not faults
    faults += [*_own_keys(value), *_rings(value), *_nameless(value), *contradictions(value)]
    if looked_up:
        faults += [*_overlong(value), *_references(value), *astray(value), *_about(value), *wrong_events(value)]
    if faults:
        raise Refused(*spoken(first(faults)))
    return value


def _refuse_more_cells(content: Any) -> None:
    """Raises Refused at the claim with which there are too many cells in all; nothing else of them is read then."""
    total = 0
    claims = content.get("claims") if isinstance(content, Mapping) else None
    for index, claim in enumerate(claims if isinstance(claims, list) else []):
        cells = claim.get("cells") if isinstance(claim, Mapping) else None
        total += len(cells) if isinstance(cells, list) else 0
        if total > MOST_CELLS:
            detail = (
                f"With this claim there are {total:,} cells; {MOST_CELLS:,} are the most in one submission. Send the"
                " other claims as a submission of type 'claims' once this one is published."
            )
            raise Refused(Fault(pointer("claims", index, "cells"), "length", detail))


def _refuse_more_names(content: Any) -> None:
    """Raises Refused at the source or actor with which there are too many names in all."""
    total = 0
    for section, index, names in _named(content):
        total += min(len(names), MOST_LANGUAGES)  # one in more languages is refused for that
        if total > MOST_NAMES:
            detail = (
                f"With these there are {total:,} names of sources and actors, counted by language; {MOST_NAMES:,} are"
                " the most in one submission. Leave languages out, or send the others with their claims as a submission"
                " of type 'claims' once this one is published."
            )
            raise Refused(Fault(pointer(section, index, "names"), "length", detail))


def _named(content: Any) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    """The names of every source and actor, as far as they have the shape: section, place, texts by language."""
    for section in ("sources", "actors"):
        entries = content.get(section) if isinstance(content, Mapping) else None
        for index, entry in enumerate(entries if isinstance(entries, list) else []):
            names = entry.get("names") if isinstance(entry, Mapping) else None
            if isinstance(names, Mapping):
                yield section, index, names


def rows_of(content: Any) -> int:
    """How many rows a content may become: the objects that stand in its lists, at any depth, and the names of sources
    and actors, each of which takes as long."""
    return _objects(content) + sum(len(names) for _, _, names in _named(content))


def _objects(node: Any) -> int:
    if isinstance(node, Mapping):
        return sum(map(_objects, node.values()))
    if isinstance(node, list):
        return sum(isinstance(each, Mapping) + _objects(each) for each in node)
    return 0


def _sections(content: Content) -> Iterator[Fault]:
    kind = content["type"]
    given = {name for name in SECTIONS if content.get(name) not in (None, [])}
    for name in sorted(NEEDED[kind] - given):
        yield Fault(pointer(name), "required", f"A submission of type '{kind}' needs '{name}'.")
    for name in sorted(given - ALLOWED[kind]):
        yield Fault(pointer(name), "not_allowed", f"A submission of type '{kind}' has no '{name}'; leave it out.")
    if kind == CLAIMS and not given & {"claims", "attributions"}:
        yield Fault("/claims", "required", "Send claims or attributions.")
    if kind == INVESTIGATION and not any(content.get("investigation", {}).values()):
        yield Fault("/investigation", "required", "Say what is new of it: an event, a deadline, a scope, a fact.")
    if kind == CORRECTION and not {"changes", "retractions"} & {
        k for k, v in content.get("correction", {}).items() if v
    }:
        yield Fault("/correction/changes", "required", "Say what is to be changed or retracted.")


def _nameless(content: Content) -> Iterator[Fault]:
    """What nobody could find again: whatever has a name and no word in it; witnesses need none."""
    named = [
        (pointer(section, index, "names"), names)
        for section, index, names in _named(content)
        if content[section][index].get("kind") not in choices.CONFIDENTIAL_SOURCE_KINDS
    ]
    for *steps, name in (("incident", "title"), ("correction", "changes", "title"), ("investigation", "names")):
        facts = content
        for step in steps:
            facts = facts.get(step, {})
        if name in facts:
            named.append((pointer(*steps, name), facts[name]))
    for where, texts in named:
        if not any(fold(text) and is_written(text) for text in texts.values()):
            yield Fault(where, "required", 'Write it in one language at least, such as {"en": "Tuwaym"}.')


def _overlong(content: Content) -> Iterator[Fault]:
    """Names that are short as written and not as they are compared."""
    for section, index, names in _named(content):
        for language, text in names.items():
            letters = len(unicodedata.normalize("NFKC", text))
            if letters <= LONGEST_FOLDED:  # else there is no need to fold what is many times as long
                letters = len(fold(text))
            if letters > LONGEST_FOLDED:
                detail = (
                    f"Some of its signs stand for several letters; written out it has {letters:,}, and"
                    f" {LONGEST_FOLDED:,} are the most. Write a shorter name."
                )
                yield Fault(pointer(section, index, "names", language), "max_length", detail)


def _illegible(node: Any, at: tuple[str | int, ...]) -> Iterator[Fault]:
    """Signs that no reader sees, and that turn round what stands behind them: a name must be what it looks like."""
    if isinstance(node, str):
        if fault := (illegible_key if at == KEY else illegible)(node):
            yield Fault(pointer(*at), "control_character", fault)
    elif isinstance(node, Mapping | list):
        for step, value in node.items() if isinstance(node, Mapping) else enumerate(node):
            yield from _illegible(value, (*at, step))


def _own_keys(content: Content) -> Iterator[Fault]:
    lists = [((section,), content.get(section, [])) for section in OWN.values()]
    events = content.get("investigation", {}).get("events", [])
    for steps, entries in (*lists, (("investigation", "events"), events)):
        seen: set[str] = set()
        for index, entry in enumerate(entries):
            key = entry.get("key")
            if key in seen:
                yield Fault(pointer(*steps, index, "key"), "unique", f"'{key}' is the key of an earlier one.")
            if key:
                seen.add(key)


def _rings(content: Content) -> Iterator[Fault]:
    """Claims that say of each other, or of themselves, that one replaces or repeats the other: none would be first."""
    entries = content.get("claims", [])
    places = {entry["key"]: index for index, entry in enumerate(entries) if entry.get("key")}
    for name in LINKS:
        links = {key: entries[index].get(name) for key, index in places.items()}
        ended: set[str] = set()
        for key in places:
            path = [key]
            while (following := links[path[-1]]) in links and following not in ended and following not in path:
                path.append(following)
            if following in path:
                detail = f"'{following}' would lead back to itself by '{name}'; leave one of these out."
                yield Fault(pointer("claims", places[path[-1]], name), "contradiction", detail)
            ended.update(path)


def referring(content: Content) -> list[Found]:
    """Every reference in the content: (steps to it, what it refers to, the key or id)."""
    return list(_referring(content, ()))


def _referring(node: Any, at: tuple[str | int, ...]) -> Iterator[Found]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            kind = REFERENCES.get(name)
            if kind and isinstance(value, str):
                yield (*at, name), kind, value
            elif isinstance(value, Mapping | list):
                yield from _referring(value, (*at, name))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _referring(value, (*at, index))


def _references(content: Content) -> Iterator[Fault]:
    own = {kind: {entry.get("key") for entry in content.get(section, [])} for kind, section in OWN.items()}
    by_id: dict[str, list[Found]] = {kind: [] for kind in OWN}
    for steps, kind, text in referring(content):
        if text in own[kind]:
            continue
        if uuid_of(text) is None:
            keys = ", ".join(sorted(filter(None, own[kind]))) or "none"
            detail = f"'{text}' is neither the key of one of your {OWN[kind]} ({keys}) nor an id."
            yield Fault(pointer(*steps), "unknown_reference", detail)
        else:
            by_id[kind].append((steps, kind, text))
    for kind, found in by_id.items():
        published = _published(kind, {UUID(text) for _, _, text in found}) if found else set()
        for steps, _, text in found:
            if UUID(text) not in published:
                detail = f"{text} is not the id of a published {kind}; send it along in '{OWN[kind]}'."
                yield Fault(pointer(*steps), "unknown_reference", detail)


def _published(kind: str, ids: set[UUID]) -> set[UUID]:
    if kind == "actor":
        named = PublicIncidentActor.objects.filter(actor_id__in=ids).values_list("actor_id", flat=True)
        alleged = PublicPerpetrator.objects.filter(public_id__in=ids).values_list("public_id", flat=True)
        return {*named, *alleged}
    model = {"source": PublicSource, "document": PublicDocument, "claim": PublicClaim}[kind]
    return set(model._default_manager.filter(public_id__in=ids).values_list("public_id", flat=True))


def _about(content: Content) -> Iterator[Fault]:
    about = content.get("about")
    scoped = content.get("investigation", {}).get("scope", [])
    incidents = {entry["incident"] for entry in scoped} | ({about} if about else set())
    public = set(PublicIncident.objects.filter(public_id__in=incidents).values_list("public_id", flat=True))
    for index, entry in enumerate(scoped):
        if entry["incident"] not in public:
            where = pointer("investigation", "scope", index, "incident")
            yield Fault(where, "unknown_reference", _not_public(entry["incident"], "incident"))
    if about is None:
        return
    inquiry = PublicInvestigation.objects.filter(public_id=about).exists()
    allowed = {INVESTIGATION: inquiry, WITHDRAWAL: inquiry or about in public}.get(content["type"], about in public)
    if not allowed:
        what = {INVESTIGATION: "investigation", WITHDRAWAL: "incident or investigation"}.get(
            content["type"], "incident"
        )
        detail = _not_public(about, what)
        if inquiry:  # it is known, and changed in another way
            detail = (
                f"{about} is an investigation: send what is new or otherwise of it as type '{INVESTIGATION}' with it as"
                " 'about'. Its events and deadlines are only added to: an event that is wrong is superseded by another."
            )
        yield Fault("/about", "unknown_reference", detail)
    if content["type"] == CORRECTION:
        yield from _retracted(content, about)


def _not_public(public_id: UUID, what: str) -> str:
    survivor = survivor_of(public_id)
    if survivor is not None:
        return f"{public_id} was merged into {survivor}; write that id."
    return f"{public_id} is not the id of a published {what}."


def _retracted(content: Content, about: UUID) -> Iterator[Fault]:
    entries = content["correction"].get("retractions", [])
    ids = {entry["claim"] for entry in entries}
    own = set(
        PublicClaim.objects.filter(public_id__in=ids, incident__public_id=about).values_list("public_id", flat=True)
    )
    seen: set[UUID] = set()
    for index, entry in enumerate(entries):
        where = pointer("correction", "retractions", index, "claim")
        if entry["claim"] not in own:
            yield Fault(where, "unknown_reference", f"{entry['claim']} is not a published claim on this incident.")
        elif entry["claim"] in seen:
            yield Fault(where, "unique", "It is retracted above already.")
        seen.add(entry["claim"])
