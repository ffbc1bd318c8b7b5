"""Who did what to which record, as a chain that is append-only by trigger, and the signed checkpoints of both chains.

How entries are hashed and appended is rules/trail/auditing.py, how heads are signed rules/trail/checkpoints.py.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q

from incidents import choices
from incidents.models.base import code_field, one_of


class AuditHead(models.Model):
    """The audit chain's last sequence number and hash: the one row under whose lock numbers are taken."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="audit_head_is_one")]

    def __str__(self) -> str:
        return f"{self.seq}"


class AuditEntry(models.Model):
    """One thing that was done: when, by whom, to what and why.

    Neither actor nor key means the system: a command. `kind` is the name of the model, `object_id` its public id, or
    its primary key where it has none; both are empty where many objects were meant at once. `hash` is SHA-256 over
    the previous hash, the header and the digest of the values (rules/trail/auditing.py says how, byte for byte).
    """

    seq = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="audit_entries"
    )
    key_prefix = models.CharField(max_length=12, blank=True, default="")
    action = code_field(choices.AuditAction.choices)
    kind = models.CharField(max_length=40, blank=True, default="")
    object_id = models.CharField(max_length=64, blank=True, default="")
    reason = models.TextField(blank=True, default="")
    request_id = models.CharField(max_length=64, blank=True, default="")
    values_digest = models.CharField(max_length=64, blank=True, default="")
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["seq"]
        indexes = [models.Index(fields=["kind", "object_id", "seq"], name="audit_of_object")]
        constraints = [
            models.CheckConstraint(
                condition=one_of("action", choices.AuditAction.values), name="audit_entry_action_known"
            ),
            models.CheckConstraint(condition=Q(seq__gte=1), name="audit_entry_seq_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.kind} {self.object_id}".rstrip()


class AuditValues(models.Model):
    """The salt and the values {before, after} of one entry as canonical JSON; they can only become null, together."""

    entry = models.OneToOneField(
        AuditEntry, primary_key=True, on_delete=models.PROTECT, related_name="kept", db_column="seq"
    )
    salt = models.CharField(max_length=32, null=True)
    values = models.TextField(null=True)

    def __str__(self) -> str:
        return f"values of {self.entry_id}"


class Checkpoint(models.Model):
    """A head of one of the two chains, signed: whoever keeps it elsewhere sees when the chain was cut or rewritten.

    `signature` is Ed25519 over the canonical JSON of {log, seq, hash, at, key_id}; `key_id` are the first 16
    hexadecimal characters of SHA-256 over the public key. Key and signature are base64.
    """

    log = code_field(choices.SignedLog.choices)
    seq = models.BigIntegerField()
    hash = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    public_key = models.CharField(max_length=44)
    signature = models.CharField(max_length=88)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=one_of("log", choices.SignedLog.values), name="checkpoint_log_known"),
            models.CheckConstraint(condition=Q(seq__gte=0), name="checkpoint_seq_from_zero"),
            models.UniqueConstraint(fields=["log", "seq", "key_id"], name="checkpoint_once"),
        ]

    def __str__(self) -> str:
        return f"{self.log} {self.seq} {self.hash[:12]}"
