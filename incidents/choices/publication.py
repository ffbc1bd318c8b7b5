"""The log, languages, and how terms map to other schemes.

Values are public and frozen; a new term is an addition, never a change.
"""

from django.db.models import TextChoices


class Language(TextChoices):
    EN = "en", "English"
    FR = "fr", "French"
    ES = "es", "Spanish"
    AR = "ar", "Arabic"


class MatchRelation(TextChoices):
    """How a term of ours relates to another scheme's (SKOS)."""

    EXACT = "exact", "Exact match"
    CLOSE = "close", "Close match"
    BROAD = "broad", "The other term is broader"
    NARROW = "narrow", "The other term is narrower"


class PublicKind(TextChoices):
    INCIDENT = "incident", "Incident"
    PERPETRATOR = "perpetrator", "Perpetrator"
    INVESTIGATION = "investigation", "Investigation"
    SOURCE = "source", "Source"
    DOCUMENT = "document", "Document"


class Operation(TextChoices):
    PUBLISH = "publish", "Publish"
    WITHDRAW = "withdraw", "Withdraw"
    MERGE = "merge", "Merge"
    REDACT = "redact", "Redact"


class ReasonCode(TextChoices):
    NEW_INFORMATION = "new_information", "New information"
    CORRECTION = "correction", "Correction"
    RETRACTION = "retraction", "Retraction"
    PRIVACY = "privacy", "Privacy"
    TYPO = "typo", "Typing error"
    RENAME = "rename", "Something it names was renamed"
    DEPENDENCY = "dependency", "Something it depends on changed"
    RULESET = "ruleset", "New ruleset"
    SCHEMA = "schema", "New schema"


# The other codes are given by the rules themselves.
GIVEN_BY_PEOPLE = (
    ReasonCode.NEW_INFORMATION,
    ReasonCode.CORRECTION,
    ReasonCode.RETRACTION,
    ReasonCode.PRIVACY,
    ReasonCode.TYPO,
)
