"""Who asserts (sources) and where it stands (documents), with each document's chain of custody.

What they assert lives in claims.py.
"""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents import choices
from incidents.models.base import Record, TextsField, code_field, name_of, one_of
from incidents.models.history import History


class Source(Record):
    """Somebody who asserts something; everywhere else the word for it is `asserted_by`."""

    kind = code_field(choices.SourceKind.choices)
    names = TextsField(help_text=_('For example {"en": "Civil Peace Group - Seen"}.'))
    reliability = code_field(
        choices.Reliability.choices,
        default=choices.Reliability.F,
        help_text=_("Internal: never published. F where it cannot be judged."),
    )
    reliability_reason = models.TextField(blank=True, default="")
    affiliated_with = models.ForeignKey(
        "incidents.Actor",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="affiliated_sources",
        help_text=_("The party to the conflict it belongs to, such as a ministry's forces."),
    )
    confidential = models.BooleanField(
        null=True,
        blank=True,
        help_text=_("Only its kind is published. Left empty: true for witnesses and families, else false."),
    )
    history = History()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=one_of("kind", choices.SourceKind.values), name="source_kind_known"),
            models.CheckConstraint(
                condition=one_of("reliability", choices.Reliability.values),
                name="source_reliability_known",
            ),
        ]

    def __str__(self) -> str:
        return name_of(self.names, self.get_kind_display())

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.settle_confidential()
        super().save(*args, **kwargs)

    def settle_confidential(self) -> None:
        """Witnesses and families are confidential unless somebody decided otherwise."""
        if self.confidential is None:
            self.confidential = self.kind in choices.CONFIDENTIAL_SOURCE_KINDS


class Document(Record):
    """A document in which claims stand. Its stored copy is named by its sha256."""

    publisher = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="documents")
    type = code_field(choices.DocumentType.choices)
    title = TextsField()
    language = models.CharField(max_length=35, blank=True, default="")
    published_on = models.DateField(null=True, blank=True)
    url = models.URLField(max_length=1000, blank=True, default="")
    archive_url = models.URLField(max_length=1000, blank=True, default="")
    captured_at = models.DateTimeField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    sha256_of = models.CharField(
        max_length=200, blank=True, default="", help_text=_('What was hashed: "text as received".')
    )
    seen_at = models.CharField(max_length=300, blank=True, default="", help_text=_("Where the figure was read."))
    rights = models.CharField(max_length=500, blank=True, default="")
    consent = code_field(choices.Consent.choices, default=choices.Consent.NOT_NEEDED)
    public = models.BooleanField(default=True)
    history = History()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=one_of("type", choices.DocumentType.values), name="document_type_known"),
            models.CheckConstraint(condition=one_of("consent", choices.Consent.values), name="document_consent_known"),
            models.CheckConstraint(
                condition=Q(sha256="") | Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="document_sha256_is_hex",
            ),
        ]

    def __str__(self) -> str:
        return name_of(self.title, f"{self.get_type_display()} {self.published_on or ''}".strip())

    @property
    def publishable(self) -> bool:
        """Whether what stands in it may be published: public, and its consent allows it."""
        return self.public and self.consent in choices.PUBLISHABLE_CONSENTS


class CustodyEvent(models.Model):
    """One step of a document's chain of custody (Berkeley Protocol); rows are only added."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="custody_events")
    kind = code_field(choices.CustodyEventKind.choices)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    note = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["document", "at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=one_of("kind", choices.CustodyEventKind.values), name="custody_event_kind_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d}"
