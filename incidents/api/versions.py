"""Versions: of the API, from which headers and answers about dead versions are made, and of stored documents.

A change of documents is a pure function from the text of one schema version to that of the next.
"""

from collections.abc import Callable

CURRENT = "v1"
DOCUMENT_SCHEMA = "1"

# From a schema version to the function that lifts its documents to the next one and says which that is.
UPGRADES: dict[str, tuple[str, Callable[[str], str]]] = {}


def upgrade(document: str, schema_version: str) -> str:
    """A stored document of any schema version as the current schema has it; the log itself is never changed."""
    while schema_version in UPGRADES:
        schema_version, lift = UPGRADES[schema_version]
        document = lift(document)
    return document
