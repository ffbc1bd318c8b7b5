"""Which sources, documents and claims of a new version are which of the version before.

Values only: entering.py asks it of the working record, and foreseeing.py of what is public.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from incidents.models import Document
from incidents.rules.refusals import pointer
from incidents.rules.submissions.contents import Content
from incidents.rules.submissions.recognising import NAMELESS
from incidents.rules.submissions.versions import Identify, Meaning, Said, likest, meaning, pairs, plain_id

DOCUMENT_PLAIN = ("language", "url", "archive_url", "sha256", "sha256_of", "rights", "consent", "public")
DOCUMENT_COLUMNS = (*DOCUMENT_PLAIN, "type", "title", "published_on")
SOURCE = ("kind", "names", "confidential")
# A new claim replaces one on the same matter: of the same place in the same document, else of the document, else any.
MATTER = ("asserted_by", "measure", "unit", "basis", "status")
TIERS = ((*MATTER, "document", "locator"), (*MATTER, "document"), MATTER)


def nameless_again(content: Content, before: Said) -> dict[int, int]:
    """Witnesses and families that the version before named too: no name says that it is they, but they are sent again.

    Place among the sources to the place in the version before.
    """
    new, old = (
        {
            index: {"key": entry["key"], **{name: entry.get(name) for name in SOURCE}}
            for index, entry in enumerate(said.get("sources", []))
            if entry["kind"] in NAMELESS
        }
        for said in (content, before.content)
    )
    return likest(new, old, (("key", *SOURCE), SOURCE))


def documents_told(content: Content, identify: Identify) -> dict[int, Meaning]:
    """What each document of a content says, with its key, by its place."""
    return {
        index: meaning(Document, DOCUMENT_COLUMNS, {}, entry, identify) | {"key": entry["key"]}
        for index, entry in enumerate(content.get("documents", []))
    }


def documents_again(new: Mapping[int, Meaning], old: Mapping[int, Meaning]) -> dict[int, int]:
    """Documents that the version before sent too, from what each says: place to the place in that."""
    names = (*DOCUMENT_COLUMNS, "publisher")
    return likest(new, old, (("key", *names), names))


def says_something(document: Mapping[str, Any]) -> bool:
    """Whether a document can be told from others of the same type: by address, copy, or title and day."""
    return bool(
        document.get("url") or document.get("sha256") or (document.get("title") and document.get("published_on"))
    )


def meant(content: Content, decided: Mapping[str, str], before: Said) -> dict[tuple[str, str], str]:
    """What the keys of sources, actors and documents stand for, by kind and key: ids of records, else own pointers.

    `decided`: the ids of those that somebody decided, by pointer. One that is sent again is the one that the version
    before entered.
    """
    found: dict[tuple[str, str], str] = {}
    again = nameless_again(content, before)
    for index, entry in enumerate(content.get("sources", [])):
        where = pointer("sources", index)
        known = before.stands_for(pointer("sources", again[index])) if index in again else decided.get(where)
        found["source", entry["key"]] = known or where
    for index, entry in enumerate(content.get("actors", [])):
        where = pointer("actors", index)
        found["actor", entry["key"]] = decided.get(where) or where

    def identify(kind: str, text: str) -> str | None:
        return found.get((kind, text)) or plain_id(text)

    new, old = documents_told(content, identify), documents_told(before.content, before.identify)
    again = documents_again(new, old)
    ids = {place: before.stands_for(pointer("documents", place)) for place in old}
    seen = [(_unkeyed(each), key) for place, each in old.items() if (key := ids[place]) is not None]
    for index, each in new.items():
        here, key = pointer("documents", index), ids[again[index]] if index in again else None
        if key is None and says_something(each):
            # One that says all the same is the same document, however often it is sent.
            key = next((other for said, other in seen if said == _unkeyed(each)), None)
        found["document", each["key"]] = key or here
        seen.append((_unkeyed(each), key or here))
    return found


def _unkeyed(document: Meaning) -> Meaning:
    return {name: value for name, value in document.items() if name != "key"}


@dataclass(frozen=True, slots=True)
class Places:
    """What becomes of the claims of a new version, by their places in it; claims of the record by their public ids.

    `said` and `rows` are the claims of the version before, by their places in that. `kept` are sent as they were, and
    so are `taken_out`, which the desk took out of the record; `replacing` supersede one of `rows`, and `left_out` are
    those of which this version says nothing.
    """

    said: Sequence[Meaning] = ()
    rows: Mapping[int, str] = field(default_factory=dict)
    kept: Mapping[int, str] = field(default_factory=dict)
    taken_out: Mapping[int, int] = field(default_factory=dict)
    replacing: Mapping[int, int] = field(default_factory=dict)
    left_out: Sequence[int] = ()


def placed(
    entries: Sequence[Mapping[str, Any]],
    new: Sequence[Meaning],
    old: Sequence[Meaning],
    rows: Mapping[int, str],
    *,
    taken_out: Callable[[int], bool],
    elsewhere: Callable[[int, Collection[str]], str | None],
    replaceable: Callable[[str], bool],
    same_source: Callable[[int, str], bool],
) -> Places:
    """Match the claims of a new version with those of the version before: what is equal first, then what is alike.

    `entries` are the new ones as they are sent, `rows` what the old ones stand for. `taken_out` answers whether the
    desk took out the old one at a place; `elsewhere` the claim that says what the new one at a place says, though not
    the version before, and is none of these; `replaceable` whether a claim may be superseded by what is sent;
    `same_source` whether the new one at a place and a claim are of one source.
    """
    same = pairs(new, old)
    kept = {index: rows[place] for index, place in same.items() if place in rows}
    out = {index: place for index, place in same.items() if place not in rows and taken_out(place)}
    for index in range(len(new)):
        # What somebody else entered meanwhile, word for word.
        known = None if index in kept or index in out else elsewhere(index, {*rows.values(), *kept.values()})
        if known is not None:
            kept[index] = known
    named = {entry["supersedes"].lower() for entry in entries if "supersedes" in entry}
    waiting = {
        index: new[index]
        for index in range(len(new))
        if index not in kept and index not in out and "supersedes" not in entries[index]
    }
    staying = set(kept.values())
    free = {
        place: old[place] for place, row in rows.items() if row not in staying and row not in named and replaceable(row)
    }
    likely = likest(waiting, free, TIERS)
    replacing = {index: place for index, place in likely.items() if same_source(index, rows[place])}
    gone = {*same.values(), *replacing.values()}
    left_out = [place for place, row in rows.items() if place not in gone and row not in staying]
    return Places(old, rows, kept, out, replacing, left_out)
