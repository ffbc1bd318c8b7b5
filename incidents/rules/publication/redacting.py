"""Which bodies of the log privacy empties: an object's own, and every other one that ever carried its name.

Each object whose body is emptied gets a row of its own that says so.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from incidents import choices
from incidents.models import Incident, Publication, PublicationBody, PublicMention
from incidents.rules.publication.board import Address, Board, Content, Slot, content_of, told
from incidents.rules.publication.parts import PARTS
from incidents.rules.publication.retold import Versions, standing, unnamed

NAMES_AT_ONCE = 50
# By kind of what is named: whose documents name it. Documents come first, since they name their publisher.
_INCIDENT, _INQUIRY = choices.PublicKind.INCIDENT.value, choices.PublicKind.INVESTIGATION.value
NAMED_BY: dict[str, tuple[str, ...]] = {
    choices.PublicKind.DOCUMENT.value: (_INCIDENT, _INQUIRY),
    choices.PublicKind.SOURCE.value: (_INCIDENT, _INQUIRY, choices.PublicKind.DOCUMENT.value),
    choices.PublicKind.PERPETRATOR.value: (_INCIDENT,),  # inquiries name only whom an incident accuses
}


def absorbed_by(pks: Collection[int]) -> dict[UUID, str]:
    """{public id: sensitivity it was published with} of the incidents merged into these, directly or in between."""
    found: dict[UUID, str] = {}
    waiting = list(pks)
    while waiting:
        rows = list(
            Incident.objects.filter(merged_into__in=waiting).values_list("pk", "public_id", "published_sensitivity")
        )
        found.update({key: level for _, key, level in rows})
        waiting = [pk for pk, *_ in rows]
    return found


def withdrawn_again(board: Board, address: Address, reason: str) -> None:
    """Put a row for an object that is not public on the board: privacy empties its versions, for this reason."""
    board.load(address[0], [address[1]])
    slot = board.slots[address]
    slot.forced, slot.reason_code, slot.reason = True, choices.ReasonCode.PRIVACY.value, reason
    _as_before(address, slot)


def to_empty(board: Board, private: Collection[Address]) -> dict[Address, list[int]]:
    """{object: log rows whose bodies are to be emptied} for objects that became private; all are put on the board.

    The index knows only who names an object today, so that the log itself is searched for its id: the one
    reading of the whole log outside verification, paid when something must go. What tells of it without its id is
    found by retold.py.
    """
    bodies = PublicationBody.objects.filter(document__isnull=False)
    found: dict[Address, list[int]] = {}
    for kind, key in private:
        board.load(kind, [key])
        own = bodies.filter(publication__kind=kind, publication__object_id=key)
        found[kind, key] = list(own.values_list("pk", flat=True))
    names = sorted(str(key) for kind, key in private if _loses_its_name(board.slots[kind, key]))
    for start in range(0, len(names), NAMES_AT_ONCE):
        named = Q()
        for name in names[start : start + NAMES_AT_ONCE]:
            named |= Q(document__contains=name)
        rows = bodies.filter(named).order_by("pk")
        for seq, kind, key in rows.values_list("pk", "publication__kind", "publication__object_id"):
            found.setdefault((kind, key), []).append(seq)
    # What stands in a document of a source made confidential stays public: only the document says less.
    also_emptied(
        board, found, unnamed(each for each in private if each[0] == _INCIDENT or board.content(*each) is None)
    )
    return found


def also_emptied(board: Board, emptied: Versions, more: Mapping[Address, Sequence[int]]) -> None:
    """Add these versions to those that are emptied; every object that loses one is put on the board."""
    for address, seqs in more.items():
        emptied[address] = sorted({*emptied.get(address, ()), *seqs})
    for address in [address for address, seqs in emptied.items() if not seqs]:
        del emptied[address]
    _say_so(board, emptied)


def forsaken(board: Board, emptied: Mapping[Address, Sequence[int]], private: Collection[Address]) -> set[Address]:
    """What only emptied versions named: those of private incidents, or what stands in a private document or source.

    It goes with them, since it stands beside them: documents, sources and perpetrators were published with the
    incident, at neighbouring numbers of the log. One that any other version of any record names is left; who wants one
    published by itself publishes it again.
    """
    seqs = {seq: address in private for address, rows in emptied.items() if address[0] == _INCIDENT for seq in rows}
    hidden = {key for kind, key in private if kind != _INCIDENT}
    named: set[UUID] = set()
    for start in range(0, len(seqs), 500):
        texts = PublicationBody.objects.filter(pk__in=list(seqs)[start : start + 500], document__isnull=False)
        for seq, text in texts.values_list("pk", "document"):
            content = content_of(str(text))
            named |= told(content).mentions if seqs[seq] else _beside(content, hidden)
    for _, slot in board.changed() if named else ():
        named -= told(slot.next or {}).mentions
    found: set[Address] = set()
    for kind, holders in NAMED_BY.items():
        gone = {seq for rows in emptied.values() for seq in rows}
        gone |= set(_own_bodies(found))
        for key in sorted(standing(kind, named), key=str):
            there = board.slots.get((kind, key))
            put_anew = there is not None and there.changed and there.next is not None
            if not put_anew and not _named_elsewhere(key, holders, gone):
                found.add((kind, key))
    return found


def _beside(content: Content, hidden: set[UUID]) -> set[UUID]:
    """Whom an incident's content names where it says what stands in, or comes from, one of these."""
    rows = (told({"row": row}).mentions for part in PARTS for row in content[part])
    return {each for mentions in rows if mentions & hidden for each in mentions}


def _own_bodies(addresses: Collection[Address]) -> Iterator[int]:
    for kind, key in addresses:
        rows = PublicationBody.objects.filter(publication__kind=kind, publication__object_id=key)
        yield from rows.values_list("pk", flat=True)


def _named_elsewhere(key: UUID, holders: Collection[str], gone: Collection[int]) -> bool:
    """Whether a body that stays, of one of these kinds, names it; asked of the index first, which is quick."""
    current = PublicMention.objects.filter(mentioned=key, holder_kind__in=holders)
    bodies = PublicationBody.objects.filter(publication__kind__in=holders)
    held = bodies.filter(publication__object_id__in=current.values("holder"), document__contains=str(key))
    return any(
        seq not in gone
        for rows in (held, bodies.filter(document__contains=str(key)))
        for seq in rows.values_list("pk", flat=True).iterator()
    )


def _loses_its_name(slot: Slot) -> bool:
    """Whether what others said of it must go too: it is gone, its title changed, or somebody asked for it."""
    if slot.forced or slot.now is None or slot.next is None:
        return True
    return any(slot.now.get(name) != slot.next.get(name) for name in ("name", "title", "url"))


def _say_so(board: Board, addresses: Iterable[Address]) -> None:
    """Make sure that each of these gets a row; one without a document repeats why it has none."""
    for kind, key in addresses:
        board.load(kind, [key])
        slot = board.slots[kind, key]
        if slot.changed:
            continue
        slot.forced, slot.reason_code = True, choices.ReasonCode.PRIVACY.value
        slot.operation = choices.Operation.REDACT.value
        if slot.now is None:
            _as_before((kind, key), slot)


def _as_before(address: Address, slot: Slot) -> None:
    """Repeat how an object without a document came to have none: withdrawn, or merged into another."""
    last = Publication.objects.filter(kind=address[0], object_id=address[1]).latest("seq")
    slot.operation, slot.survivor = last.operation, last.survivor
