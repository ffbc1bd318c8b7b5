"""How views describe themselves in the OpenAPI document, and the hooks that finish it."""

from drf_spectacular.openapi import AutoSchema as SpectacularSchema


class AutoSchema(SpectacularSchema):  # type: ignore[no-untyped-call]
    """The schema class of every view."""
