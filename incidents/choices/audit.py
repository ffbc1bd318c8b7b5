"""What the audit chain says that somebody did, and which chains a checkpoint signs.

Who did it and to what are columns of the entry, models/audit.py.
"""

from django.db.models import TextChoices


class AuditAction(TextChoices):
    CREATE = "create", "Created"
    CHANGE = "change", "Changed"
    DELETE = "delete", "Deleted"
    IMPORT = "import", "Imported"
    VIEW_CONFIDENTIAL = "view_confidential", "Confidential fields were looked at"
    PUBLISH = "publish", "Published"
    WITHDRAW = "withdraw", "Withdrawn"
    RESTATE = "restate", "Restated"
    REDACT = "redact", "Earlier versions emptied"
    MERGE = "merge", "Merged"
    UNDO_MERGE = "undo_merge", "Merge undone"
    SUBMIT = "submit", "Submitted"
    CLAIM_REVIEW = "claim_review", "Review begun"
    RELEASE_REVIEW = "release_review", "Given back to the queue"
    REQUEST_CHANGES = "request_changes", "Changes requested"
    APPROVE = "approve", "Approved"
    SEND_BACK = "send_back", "Sent back"
    REJECT = "reject", "Rejected"
    REVERT = "revert", "Undone"
    PROPOSE = "propose", "Proposed to a second person"
    CONFIRM = "confirm", "Confirmed as the second person"
    DECLINE = "decline", "Declined"
    MATCH = "match", "Decided whom a name stands for"
    ROLE_GIVEN = "role_given", "Role given"
    ROLE_TAKEN = "role_taken", "Role taken away"
    KEY_CREATED = "key_created", "Key created"
    KEY_ROTATED = "key_rotated", "Key rotated"
    KEY_REVOKED = "key_revoked", "Key revoked"
    SIGN_IN = "sign_in", "Signed in"
    SIGN_IN_REFUSED = "sign_in_refused", "Sign-in refused"
    LOCKED_OUT = "locked_out", "Locked out"
    SIGN_OUT = "sign_out", "Signed out"
    SECOND_FACTOR = "second_factor", "Second factor changed"
    EXPORT = "export", "Exported"
    ERASE = "erase", "Values erased"


class SignedLog(TextChoices):
    PUBLICATION = "publication", "Publication log"
    AUDIT = "audit", "Audit chain"
