"""What explains the rows of a saved feed, or of an exported audit chain, whose body is not there; by those rows alone.

Of our own database the same is asked in chains.py. The feed serves of each object the current document only, so that
there a later version explains an earlier one's absence as well.
"""

from collections.abc import Mapping
from typing import Any

from incidents import choices
from incidents.rules.trail import auditing

REDACTED = "said by a later redaction or withdrawal for privacy"
REPLACED = "replaced by a later version, as a feed has it"
ERASED = "said by a later entry that erased it"
NOT_EXPORTED = "without values, as export_audit writes it"
Explained = tuple[tuple[str, int], ...]


class Documents:
    """Rows of the log without their document, until a later row of their object says why.

    Keeps a few numbers for each object of which a document is missing, never a row.
    """

    fault = (
        "its document is missing, and no later row of its object says why: it was taken out, or the feed ends too "
        "early; follow next until it is null"
    )

    def __init__(self) -> None:
        self.waiting: dict[tuple[str, str], int] = {}
        self.replaced: dict[tuple[str, str], int] = {}
        self.redacted = 0

    def take(self, row: Mapping[str, Any], *, emptied: bool) -> None:
        """The next row in order, which was found to be sound; `emptied`: its digest is there and its body is not."""
        key = (row["kind"], row["id"])
        if self.waiting.pop(key, None) is not None:
            self.replaced[key] = self.replaced.get(key, 0) + 1
        if row["operation"] == choices.Operation.REDACT or row["reason_code"] == choices.ReasonCode.PRIVACY:
            self.redacted += self.replaced.pop(key, 0)
        if emptied:
            self.waiting[key] = row["seq"]

    def unexplained(self) -> int | None:
        """The first row of which no later one says why its document is missing; None if all are told."""
        return min(self.waiting.values(), default=None)

    def explained(self) -> Explained:
        """Why, in words, and of how many; only what there is."""
        return _counted({REDACTED: self.redacted, REPLACED: sum(self.replaced.values())})


class Values:
    """Entries of the audit chain without their values; an export that has no values at all explains itself."""

    fault = "its values are missing, and no later entry says that they were erased"

    def __init__(self) -> None:
        self.waiting: dict[str, int] = {}
        self.erased = 0
        self.some = False

    def take(self, row: Mapping[str, Any], *, emptied: bool) -> None:
        """The next entry in order, as Documents.take has it."""
        self.some = self.some or row["values"] is not None
        if row["action"] == choices.AuditAction.ERASE and row["kind"] == auditing.ENTRY:
            self.erased += self.waiting.pop(row["object_id"], None) is not None
        if emptied:
            self.waiting[str(row["seq"])] = row["seq"]

    def unexplained(self) -> int | None:
        """The first entry of which no later one says that its values were erased; None if all are told."""
        return min(self.waiting.values(), default=None) if self.some else None

    def explained(self) -> Explained:
        """As Documents.explained."""
        return _counted({ERASED: self.erased, NOT_EXPORTED: 0 if self.some else len(self.waiting)})


def _counted(found: Mapping[str, int]) -> Explained:
    return tuple((words, count) for words, count in found.items() if count)
