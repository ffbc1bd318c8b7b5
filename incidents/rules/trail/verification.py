"""Checking the log and the audit chain, ours or a mirror's: numbers without gaps, hashes, digests, heads, checkpoints.

How rows are read is chains.py's matter, how heads are signed checkpoints.py's.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from incidents import choices
from incidents.models import AuditEntry, AuditHead, AuditValues, LogHead, Publication, PublicationBody
from incidents.rules.trail import checkpoints, emptied
from incidents.rules.trail.chains import (
    HEADER,
    Link,
    audit_links,
    audit_rows,
    body_of_no_row,
    link_of,
    publication_links,
    rows_of_feed,
    stored_rows,
    unsaid_audit,
    unsaid_publication,
)
from incidents.rules.trail.checkpoints import Signed
from incidents.rules.trail.emptied import Documents, Explained, Values
from incidents.rules.trail.log import GENESIS

__all__ = [
    "HEADER", "Verdict", "audit_rows", "rows_of_feed", "stored_rows", "verify_audit", "verify_links", "verify_log",
    "verify_rows",
]  # fmt: skip

UNREADABLE = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
DIGEST = 64
UNSAID: dict[choices.SignedLog, tuple[Callable[[Iterable[int]], int | None], str, str]] = {
    choices.SignedLog.PUBLICATION: (
        unsaid_publication,
        "its document was emptied, and no later row of its object says so",
        emptied.REDACTED,
    ),
    choices.SignedLog.AUDIT: (
        unsaid_audit,
        "its values were emptied, and no later entry says that they were erased",
        emptied.ERASED,
    ),
}
BODIES: dict[choices.SignedLog, tuple[Any, Any]] = {
    choices.SignedLog.PUBLICATION: (Publication.objects, PublicationBody.objects),
    choices.SignedLog.AUDIT: (AuditEntry.objects, AuditValues.objects),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found: rows and bodies read, bodies that were emptied, and the first fault if there is one.

    `checkpoints` are the signed heads that were compared with; `unsigned` says of the others why they prove nothing.
    `explained` says of the emptied bodies why they are, and of how many.
    """

    rows: int
    bodies: int
    emptied: int
    last_seq: int
    last_hash: str
    bad_seq: int | None = None
    fault: str = ""
    checkpoints: int = 0
    unsigned: tuple[str, ...] = ()
    explained: Explained = ()

    @property
    def sound(self) -> bool:
        return self.bad_seq is None and not self.unsigned


def verify_rows(
    rows: Iterable[Mapping[str, Any]],
    *,
    after: int = 0,
    previous: str = GENESIS,
    signed: Sequence[Signed] = (),
    trusted: Mapping[str, bytes] | None = None,
) -> Verdict:
    """Check rows of a change feed, or of an exported audit chain, in order, from the row after `after`.

    `previous` is the hash of that one. Each row has the header's fields, its digest, previous_hash, hash, and body and
    salt or null; of a body that is null a later row says why (emptied.py). Signed heads are those of the chain that the
    rows are of; `trusted` are the keys that count, by id. Reads one row at a time; stops at the first fault.
    """
    remaining = iter(rows)
    first = next(remaining, None)
    audit = isinstance(first, dict) and "action" in first
    chain = choices.SignedLog.AUDIT if audit else choices.SignedLog.PUBLICATION
    bodies = Values() if audit else Documents()

    def links() -> Iterator[Link]:
        for row in () if first is None else itertools.chain([first], remaining):
            link = link_of(row)
            yield link  # what is not sound ends the check here
            bodies.take(row, emptied=_is_emptied(link))

    verdict = _against(
        chain, signed, trusted, lambda heads: verify_links(links(), heads, after=after, previous=previous)
    )
    bad = bodies.unexplained() if verdict.bad_seq is None else None
    if bad is not None:
        return replace(verdict, bad_seq=bad, fault=bodies.fault)
    return replace(verdict, explained=bodies.explained())


def verify_log(signed: Sequence[Signed] = (), trusted: Mapping[str, bytes] | None = None) -> Verdict:
    """Check the whole log of this database: rows, bodies, that redactions are logged, the head, and signed heads."""
    return _verify(choices.SignedLog.PUBLICATION, LogHead, publication_links, signed, trusted)


def verify_audit(signed: Sequence[Signed] = (), trusted: Mapping[str, bytes] | None = None) -> Verdict:
    """Check the whole audit chain of this database, as verify_log does the log."""
    return _verify(choices.SignedLog.AUDIT, AuditHead, audit_links, signed, trusted)


def verify_links(
    links: Iterable[Link], signed: Mapping[int, Signed], *, after: int = 0, previous: str = GENESIS
) -> Verdict:
    """Check links in order, each against the one before and against the signed heads by seq; stops at the first fault.

    Only a signed head shows a chain that was made anew with all its hashes: the first bad row is then named as the one
    after the last signed head that fits.
    """
    count = bodies = gone = compared = 0
    seq, fitting = after, after
    fault = ""
    try:
        for link in links:
            fault = _fault(link, seq, previous)
            if fault:
                break
            number, _, own, body = link
            if number in signed:
                if signed[number].hash != own:
                    fault = f"from here to seq {number} the chain is not the one that was signed on {signed[number].at}"
                    return Verdict(count, bodies, gone, seq, previous, fitting + 1, fault, compared)
                fitting, compared = number, compared + 1
            count += 1
            bodies += body is not None
            gone += _is_emptied(link)
            seq, previous = number, own
    except UNREADABLE as error:
        fault = f"it cannot be read as a row of the log ({type(error).__name__}: {error})"
    missing = [] if fault else [each for number, each in signed.items() if number > seq]
    if missing:
        last = max(missing, key=lambda each: each.seq)
        fault = f"the chain ends at {seq}, but seq {last.seq} was signed on {last.at}: rows were cut off"
    return Verdict(count, bodies, gone, seq, previous, seq + 1 if fault else None, fault, compared)


def _fault(link: Link, seq: int, previous: str) -> str:
    """What is wrong with a row behind the one with that number and hash."""
    number, text, own, body = link
    if number != seq + 1:
        return f"row {seq + 1} is missing: after {seq} comes {number}"
    if not text.startswith(previous):
        return "its previous_hash is not the hash of the row before"
    if sha256(text.encode()).hexdigest() != own:
        return "its hash does not fit what the row says"
    if body is not None and sha256(body.encode()).hexdigest() != text[-DIGEST:]:
        return "its document does not fit its digest"
    return ""


def _is_emptied(link: Link) -> bool:
    """Whether a row has no body and had one: a digest ends what was hashed, not the header."""
    _, text, _, body = link
    return body is None and not text.endswith("}")


def _verify(
    chain: choices.SignedLog,
    heads: Any,
    read: Callable[[], Iterator[Link]],
    signed: Sequence[Signed],
    trusted: Mapping[str, bytes] | None,
) -> Verdict:
    without: list[int] = []

    def links() -> Iterator[Link]:
        for link in read():
            if _is_emptied(link):
                without.append(link[0])
            yield link

    # The head before and after: what is appended meanwhile may or may not be among the rows.
    before = heads._default_manager.filter(id=1).first() or heads()
    verdict = _against(chain, signed, trusted, lambda by_seq: verify_links(links(), by_seq))
    after = heads._default_manager.filter(id=1).first() or heads()
    if verdict.bad_seq is not None:
        return verdict
    unsaid, fault, said = UNSAID[chain]
    if (bad := unsaid(without)) is not None:
        return replace(verdict, bad_seq=bad, fault=fault)
    verdict = replace(verdict, explained=((said, len(without)),) if without else ())
    last = verdict.last_seq
    heads_hold = all(head.hash == verdict.last_hash for head in (before, after) if head.seq == last)
    if not before.seq <= last <= after.seq or not heads_hold:
        fault = f"the log ends at {last}, but its head says {after.seq}: rows were cut off or added"
        if before.seq <= last <= after.seq:
            fault = "the head has another hash than the last row"
        return replace(verdict, bad_seq=min(last, after.seq) + 1, fault=fault)
    if (bad := body_of_no_row(*BODIES[chain], last)) is not None:
        return replace(verdict, bad_seq=bad, fault="there is a body of this number and no row")
    return verdict


def _against(
    chain: str,
    signed: Sequence[Signed],
    trusted: Mapping[str, bytes] | None,
    check: Callable[[dict[int, Signed]], Verdict],
) -> Verdict:
    """Check with the heads of this chain whose signatures hold; what is wrong with the others stands in the verdict."""
    keys = checkpoints.trusted_keys() if trusted is None else trusted
    heads: dict[int, Signed] = {}
    faults: list[str] = []
    for each in signed:
        if each.log != chain:
            continue
        fault = checkpoints.fault(each, keys)
        known = heads.get(each.seq)
        if not fault and known is not None and known.hash != each.hash:
            fault = f"two checkpoints of {chain} seq {each.seq} name different hashes, and both signatures hold"
        if fault:
            faults.append(fault)
        else:
            heads[each.seq] = each
    return replace(check(heads), unsigned=tuple(dict.fromkeys(faults)))
