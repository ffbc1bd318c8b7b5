"""The publication log, append-only by trigger, and the releases frozen from it."""

from django.db import models
from django.db.models import Q

from incidents import choices
from incidents.models.base import code_field


class LogHead(models.Model):
    """The log's last sequence number and hash: the one row under whose lock numbers are taken."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="log_head_is_one")]

    def __str__(self) -> str:
        return f"{self.seq}"


class Publication(models.Model):
    """One row of the log: what was published, withdrawn, merged or redacted, and why.

    `hash` is SHA-256 over the previous hash, the header and the document's digest
    (rules/publication/publishing.py says how, byte for byte).
    """

    seq = models.BigIntegerField(primary_key=True)
    kind = code_field(choices.PublicKind.choices)
    object_id = models.UUIDField()
    version = models.PositiveIntegerField()
    operation = code_field(choices.Operation.choices)
    schema_version = models.CharField(max_length=10)
    reason_code = code_field(choices.ReasonCode.choices)
    reason = models.TextField(blank=True, default="")
    survivor = models.UUIDField(null=True, blank=True)
    published_at = models.DateTimeField(db_index=True)
    document_digest = models.CharField(max_length=64, blank=True, default="")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id", "version"], name="publication_version_unique"),
            models.CheckConstraint(condition=Q(seq__gte=1), name="publication_seq_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.operation} {self.kind} {self.object_id} v{self.version}"


class PublicationBody(models.Model):
    """The salt and the document of one log row; its only allowed change is to become null."""

    publication = models.OneToOneField(
        Publication,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="body",
        db_column="seq",
    )
    salt = models.CharField(max_length=32, null=True)
    document = models.TextField(null=True)

    def __str__(self) -> str:
        return f"body of {self.publication_id}"


class PublicRelease(models.Model):
    """A frozen state of the record: the files that hold it, what they are called and their digests.

    `checked_seq`: up to there in the log nothing that stands in the files was erased when they were cut.
    """

    name = models.CharField(max_length=50, unique=True)
    seq = models.BigIntegerField()
    checked_seq = models.BigIntegerField()
    cut_at = models.DateTimeField()
    citation = models.TextField()
    files = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.name} at {self.seq}"
