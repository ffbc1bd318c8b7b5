"""Public contents without what stands in a document that may not be published any more.

Whose contents these are, and what is emptied with them, is naming.py's matter.
"""

from collections.abc import Mapping
from typing import Any

from incidents.models.history import DELETED
from incidents.rules.publication.parts import PARTS, Key, key_of_row, key_of_said, said_in
from incidents.rules.publication.recalling import Known
from incidents.rules.publication.rendering import MODELS, Content, derived_anew, is_discreet


def without_document(content: Content, document: str, known: Known) -> Content:
    """An incident's published content without anything that stands in that document, its figures derived anew.

    They follow from what they were derived by when they were published (recalling.py), so that nothing that is still
    being edited shows in them.
    """
    return derived_anew(content | _standing_elsewhere(content, document), known)


def _standing_elsewhere(content: Content, document: str) -> dict[str, list[dict[str, Any]]]:
    """What an incident's content holds that does not stand in this document.

    That of a highly sensitive one does not say where anything stands: the working record does.
    """
    if not is_discreet(content):
        return {
            part: [dict(row) for row in content[part] if (row["document"] or {}).get("id") != document]
            for part in PARTS
        }
    gone: set[Key] = set()
    for part, table in MODELS.items():
        rows = table._default_manager.filter(incident__public_id=content["id"], document__public_id=document)
        gone |= {key_of_row(part, row, discreet=True) for row in rows.select_related("asserted_by")}
    for part in ("claims", "attributions"):
        deleted = MODELS[part].history.filter(incident__public_id=content["id"], history_type=DELETED)
        ids = deleted.filter(document__public_id=document).values_list("public_id", flat=True)
        gone |= {(part, str(key)) for key in ids}
    gone |= {key for _, key in said_in(document__public_id=document, incident__public_id=content["id"])}
    return {
        part: [dict(row) for row in content[part] if key_of_said(part, row, discreet=True) not in gone]
        for part in PARTS
    }


def inquiry_without_document(content: Content, document: str) -> Content:
    """An investigation's published content without what stands in that document; events stay, without their note."""

    def stands_elsewhere(row: Mapping[str, Any]) -> bool:
        return (row["document"] or {}).get("id") != document

    left = {name: [row for row in content[name] if stands_elsewhere(row)] for name in ("statements", "recommendations")}
    timeline = [row if stands_elsewhere(row) else {**row, "note": None} for row in content["timeline"]]
    return content | left | {"timeline": timeline}
