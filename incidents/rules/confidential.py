"""Which fields of a row are confidential as it stands, so that whoever looks at them is written down.

What the public gets to see is disclosure.py's matter.
"""

from typing import Any

from django.db.models import Model, Q

from incidents import choices
from incidents.models import Document, Incident, Source

OF_SOURCE = ("names", "affiliated_with")
OF_DOCUMENT = ("publisher", "title", "url", "archive_url", "seen_at", "rights", "sha256")
ASSERTED = ("asserted_by", "document", "quote", "locator")


def confidential_fields(row: Model) -> tuple[str, ...]:
    """The names of the fields of this row that nobody looks at without an entry in the audit chain."""
    if isinstance(row, Source):
        named = OF_SOURCE if row.confidential else ()
        return (*named, "reliability_reason") if row.reliability_reason else named
    if isinstance(row, Document):
        return () if row.consent in choices.PUBLISHABLE_CONSENTS else OF_DOCUMENT
    by = getattr(row, "asserted_by", None)
    if isinstance(by, Source) and by.confidential:
        return tuple(name for name in ASSERTED if hasattr(type(row), name))
    return ()


def confidential_parts(row: Model) -> dict[str, list[str]]:
    """{kind of part: public ids} of what an incident's page shows of confidential sources or documents; else empty."""
    if not isinstance(row, Incident):
        return {}
    hidden = Q(asserted_by__confidential=True) | (
        Q(document__isnull=False) & ~Q(document__consent__in=[str(each) for each in choices.PUBLISHABLE_CONSENTS])
    )
    parts: dict[str, Any] = {"claims": row.claims, "attributions": row.attributions}
    found = {
        name: [str(key) for key in rows.filter(hidden).order_by("pk").values_list("public_id", flat=True)]
        for name, rows in parts.items()
    }
    return {name: keys for name, keys in found.items() if keys}
