"""Publishing what records name (sources, documents, perpetrators) and carrying new names into every holder.

A source made confidential, or a document whose consent was withdrawn, is taken out of every document.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from incidents import choices
from incidents.models import Actor, Document, Source
from incidents.rules.board import Board, Content, renamed
from incidents.rules.dependencies import Dependencies
from incidents.rules.disclosure import GENERIC_TITLES
from incidents.rules.rendering import document_content, perpetrator_content, source_content

SOURCE, DOCUMENT = choices.PublicKind.SOURCE.value, choices.PublicKind.DOCUMENT.value
PERPETRATOR = choices.PublicKind.PERPETRATOR.value


def name(board: Board, named: Dependencies, private: set[tuple[str, UUID]], reason_code: str, reason: str) -> None:
    """Put the sources, documents and perpetrators that published records name, and carry their names onwards."""
    references: dict[str, dict[str, Any]] = {}
    kinds: tuple[tuple[str, Mapping[UUID, Any], Callable[[Any], Content]], ...] = (
        (SOURCE, named.sources, source_content),
        (DOCUMENT, named.documents, document_content),
        (PERPETRATOR, named.perpetrators, perpetrator_content),
    )
    for kind, objects, render in kinds:
        board.load(kind, objects)
        for key, obj in objects.items():
            before = board.content(kind, key)
            if _is_hidden(obj):
                if before is not None:
                    private.add((kind, key))
                    private.update(board.holders([key]))
                    take_out(board, kind, key, choices.ReasonCode.PRIVACY.value, reason)
                references[str(key)] = _hidden(obj)
                continue
            content = render(obj)
            explicit = key in named.explicit
            if kind != PERPETRATOR or not explicit or before is not None:
                code = reason_code if explicit or before is None else choices.ReasonCode.DEPENDENCY.value
                board.put(kind, key, content, reason_code=code, reason=reason if explicit else "")
            if before is None or before != content:
                references[str(key)] = content
    rename(board, references, private)


def _is_hidden(obj: Source | Document | Actor) -> bool:
    """A confidential source, or a document whose consent or state forbids it to be published."""
    if isinstance(obj, Source):
        obj.settle_confidential()
        return bool(obj.confidential)
    return isinstance(obj, Document) and not obj.publishable


def _hidden(obj: Source | Document | Actor) -> dict[str, Any]:
    if isinstance(obj, Source):
        return {"id": None, "name": {}, "confidential": True}
    return {"id": None, "title": {}, "published_on": None, "url": None}


def rename(board: Board, references: dict[str, dict[str, Any]], private: set[tuple[str, UUID]]) -> None:
    """Bring every published document that names one of these up to date."""
    for kind, key in board.holders([UUID(each) for each in references]):
        content = board.content(kind, key)
        if content is None:
            continue
        new = renamed(content, references)
        if content.get("title") == GENERIC_TITLES:
            new = renamed(new, {each: {"url": None} for each in references})
        operation = choices.Operation.REDACT if (kind, key) in private else choices.Operation.PUBLISH
        board.put(kind, key, new, reason_code=choices.ReasonCode.RENAME.value, operation=operation.value)


def take_out(board: Board, kind: str, key: UUID, reason_code: str, reason: str) -> None:
    board.put(kind, key, None, reason_code=reason_code, reason=reason, operation=choices.Operation.WITHDRAW.value)
