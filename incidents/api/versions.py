"""Versions of the API: one table from which its addresses are made.

How an older document reads under today's schema is told in documents/upgrades.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from incidents.api import v1
from incidents.api.base import Resource


@dataclass(frozen=True, slots=True)
class Version:
    """A version that is served: its name in addresses, its resources and its committed OpenAPI document."""

    name: str
    resources: Mapping[str, type[Resource]]
    document: Path


# A second version is `v1.RESOURCES | {what changed}`, with addresses of its own in config/urls.py.
V1 = Version("v1", v1.RESOURCES, v1.DOCUMENT)
