"""What became of two incidents that may be one.

How the score comes about is rules/sameness/likeness.py's matter.
"""

from django.db.models import TextChoices


class DuplicateDecision(TextChoices):
    OPEN = "open", "Open"
    NOT_DUPLICATES = "not_duplicates", "Not duplicates"
    MERGED = "merged", "Merged"


class DuplicateStep(TextChoices):
    """What whoever reviews makes of a pair."""

    NOT_DUPLICATES = "not_duplicates", "Say that they are two"
    PROPOSE_MERGE = "propose_merge", "Propose to merge them"
