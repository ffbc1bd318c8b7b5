"""Publishing what records name (sources, documents, perpetrators) and carrying new names into every holder.

A source made confidential, or a document whose consent was withdrawn, is taken out of every document.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from incidents import choices
from incidents.documents.fields import traceless
from incidents.models import (
    Actor,
    Attribution,
    Claim,
    Document,
    IncidentAct,
    PublicIncidentActor,
    PublicMention,
    PublicPerpetrator,
    Restatement,
    Source,
    TargetedGroup,
)
from incidents.models.history import DELETED
from incidents.rules.publication.affiliations import (
    actors_beside,
    keep_names,
    naming_only,
    published_actors,
    without_actors,
)
from incidents.rules.publication.betraying import giving_away
from incidents.rules.publication.board import Address, Board, Content, References, renamed
from incidents.rules.publication.dependencies import Dependencies
from incidents.rules.publication.hiding import inquiry_without_document, without_document
from incidents.rules.publication.once_named import named_once
from incidents.rules.publication.parts import NAMELESS
from incidents.rules.publication.recalling import Known, known_as_published
from incidents.rules.publication.rendering import (
    document_content,
    is_discreet,
    perpetrator_content,
    perpetrators_to_render,
    source_content,
)
from incidents.rules.publication.retold import standing, unnamed

INCIDENT, INVESTIGATION = choices.PublicKind.INCIDENT.value, choices.PublicKind.INVESTIGATION.value
SOURCE, DOCUMENT = choices.PublicKind.SOURCE.value, choices.PublicKind.DOCUMENT.value
PERPETRATOR = choices.PublicKind.PERPETRATOR.value
CASCADE_BOUND = 1000
HIDDEN_SOURCE: dict[str, Any] = {"id": None, "name": {}, "confidential": True}


def name(board: Board, named: Dependencies, private: set[tuple[str, UUID]], reason_code: str, reason: str) -> None:
    """Put the sources, documents and perpetrators that published records name, and carry their names onwards.

    One that is public already and merely named stays as it was published, however it is being edited;
    what became confidential or lost its consent is taken out at once.
    """
    references: dict[str, dict[str, Any] | None] = {}
    hidden: dict[str, str] = {}
    beside = actors_beside(named)
    published = published_actors(named, beside)
    keep_names(board, named, beside)
    # Those that somebody asked to publish are the caller's, who may change them.
    perpetrators_to_render([actor for key, actor in named.perpetrators.items() if key not in named.explicit])
    kinds: tuple[tuple[str, Mapping[UUID, Any], Callable[[Any], Content]], ...] = (
        (SOURCE, named.sources, source_content),
        (DOCUMENT, named.documents, document_content),
        (PERPETRATOR, named.perpetrators, perpetrator_content),
    )
    for kind, objects, render in kinds:
        board.load(kind, objects)
        once_public = standing(kind, [key for key, obj in objects.items() if _is_hidden(obj)])
        for key, obj in objects.items():
            before = board.content(kind, key)
            if _is_hidden(obj):
                explicit = key in named.explicit  # nobody searches the log for all that an incident merely names
                if before is not None or key in once_public or (explicit and _still_told((kind, key))):
                    private.add((kind, key))
                if before is not None:
                    take_out(board, kind, key, choices.ReasonCode.PRIVACY.value, reason)
                hidden[str(key)] = kind
                if kind == SOURCE:
                    references |= _without_traces(
                        board, obj, private, once_public=key in once_public, again=key in named.explicit
                    )
                continue
            content = naming_only(render(obj), published)
            explicit = key in named.explicit
            if before is not None and not explicit:
                if before != content:
                    board.as_published[str(key)] = before
                continue
            if kind != PERPETRATOR or not explicit or before is not None:
                board.put(kind, key, content, reason_code=reason_code, reason=reason if explicit else "")
            references[str(key)] = content
    _hide(board, hidden, private, {str(key) for key in named.explicit})
    rename(board, references, private)


def _still_told(address: Address) -> bool:
    """Whether versions of others tell of what has none of its own any more."""
    return bool(unnamed([address]) or named_once([address]))


def _is_hidden(obj: Source | Document | Actor) -> bool:
    """A confidential source, or a document whose consent or state forbids it to be published."""
    if isinstance(obj, Source):
        obj.settle_confidential()
        return bool(obj.confidential)
    return isinstance(obj, Document) and not obj.publishable


def _without_traces(
    board: Board, source: Source, private: set[Address], *, once_public: bool, again: bool
) -> dict[str, dict[str, Any]]:
    """Take out of a confidential source's own documents what gives it away; returns how they are referred to now.

    With `again` it is also sought where others said it of a document that says it no more itself.
    """
    own = list(Document.objects.filter(publisher=source.pk).order_by("pk").values_list("public_id", flat=True))
    board.load(DOCUMENT, own)
    if once_public:
        private |= {(DOCUMENT, key) for key in standing(DOCUMENT, own)}
    references: dict[str, dict[str, Any]] = {}
    code, operation = choices.ReasonCode.PRIVACY.value, choices.Operation.REDACT.value
    betrayed = giving_away(own) if again else set()
    private |= {(DOCUMENT, key) for key in betrayed}
    for key in own:
        before = board.content(DOCUMENT, key)
        if before is None or (before == traceless(before) and key not in betrayed):
            continue
        private.add((DOCUMENT, key))
        references[str(key)] = traceless(before)
        board.put(DOCUMENT, key, references[str(key)], reason_code=code, operation=operation)
        slot = board.slots[DOCUMENT, key]
        if not slot.changed:  # so that whatever names it is looked at as well
            slot.forced, slot.reason_code, slot.operation = True, code, operation
    return references


def _hide(board: Board, hidden: Mapping[str, str], private: set[Address], explicit: Collection[str]) -> None:
    """Take what may no longer be named out of every published document, as a redaction of it.

    Of a confidential source its kind stays; with a document goes all that stands in it, also from a
    highly sensitive incident, which does not say that it stands there: that one is emptied. Where that
    is `explicit`ly asked for, what was deleted from the record and stands in public yet goes too.
    """
    for identity, kind in hidden.items():
        unsaid = unsaid_holders(board, UUID(identity), deleted=identity in explicit) if kind == DOCUMENT else []
        private |= set(unsaid)
        holders = [*board.holders([UUID(identity)]), *unsaid]
        known = _known(board, {key for each, key in holders if kind == DOCUMENT and each == INCIDENT})
        for holder_kind, key in holders:
            content = board.content(holder_kind, key)
            if content is None:
                continue
            if kind == DOCUMENT and holder_kind == INCIDENT:
                content = without_document(content, identity, known[content["id"]])
            elif kind == DOCUMENT and holder_kind == INVESTIGATION:
                content = inquiry_without_document(content, identity)
            new = renamed(content, {identity: HIDDEN_SOURCE if kind == SOURCE else None})
            code, operation = choices.ReasonCode.PRIVACY.value, choices.Operation.REDACT.value
            board.put(holder_kind, key, new, reason_code=code, operation=operation)


def unsaid_holders(board: Board, document: UUID, *, deleted: bool) -> list[Address]:
    """The published, highly sensitive incidents of which something stands in this document, or did when `deleted`."""
    managers: list[Any] = [Claim.objects, Attribution.objects, IncidentAct.objects, TargetedGroup.objects]
    asked = [manager.filter(document__public_id=document) for manager in managers]
    histories: list[Any] = [Claim.history, Attribution.history] if deleted else []
    asked += [history.filter(document__public_id=document, history_type=DELETED) for history in histories]
    asked += [model.history.filter(document__public_id=document) for model in NAMELESS.values()] if deleted else []
    rows = [found.values_list("incident__public_id", flat=True) for found in asked]
    keys = sorted({key for found in rows for key in found}, key=str)
    board.load(INCIDENT, keys)
    contents = {key: content for key in keys if (content := board.content(INCIDENT, key)) and is_discreet(content)}
    known = _known(board, contents)
    return [
        (INCIDENT, key)
        for key, content in contents.items()
        if without_document(content, str(document), known[content["id"]]) != content
    ]


def _known(board: Board, incidents: Collection[UUID]) -> dict[str, Known]:
    """What the contents of these incidents on the board were derived by when they were published."""
    contents = [board.content(INCIDENT, key) for key in incidents]
    return known_as_published([content for content in contents if content is not None])


def rename(board: Board, references: dict[str, dict[str, Any] | None], private: set[tuple[str, UUID]]) -> None:
    """Bring every published document that names one of these up to date.

    One that more than CASCADE_BOUND documents name is left to `restate` (restating.py).
    """
    references = {each: new for each, new in references.items() if not _left_for_later(UUID(each), private)}
    carry(board, references, private)


def carry(
    board: Board, references: References, private: set[Address], holders: Collection[Address] | None = None
) -> None:
    """Bring the documents that name one of these up to date: the holders given, or all that there are."""
    if holders is None:
        holders = board.holders([UUID(each) for each in references])
    for kind, key in holders:
        content = board.content(kind, key)
        if content is None:
            continue
        new = renamed(content, references)
        if is_discreet(content):
            new = renamed(new, {each: {"url": None, "title": {}} for each in references})
        operation = choices.Operation.REDACT if (kind, key) in private else choices.Operation.PUBLISH
        board.put(kind, key, new, reason_code=choices.ReasonCode.RENAME.value, operation=operation.value)


def _left_for_later(key: UUID, private: set[Address]) -> bool:
    """Queue a name that too many documents hold for one transaction; what is private never waits."""
    holders = PublicMention.objects.filter(mentioned=key)
    if any(each == key for _, each in private) or holders[CASCADE_BOUND : CASCADE_BOUND + 1].count() == 0:
        return False
    Restatement.objects.update_or_create(object_id=key)
    return True


def take_out(board: Board, kind: str, key: UUID, reason_code: str, reason: str) -> None:
    board.put(kind, key, None, reason_code=reason_code, reason=reason, operation=choices.Operation.WITHDRAW.value)


def drop_orphans(board: Board) -> None:
    """Withdraw perpetrators whom no published attribution names any more."""
    before: set[UUID] = set()
    after: set[UUID] = set()
    touched: list[UUID] = []
    for (kind, key), slot in board.slots.items():
        if kind == INCIDENT and slot.changed:
            touched.append(key)
            before |= _perpetrators(slot.now)
            after |= _perpetrators(slot.next)
    lost = before - after
    if not lost:
        return
    elsewhere = PublicIncidentActor.objects.filter(actor_id__in=lost, perpetrating=True).exclude(
        incident__public_id__in=touched
    )
    lost -= set(elsewhere.values_list("actor_id", flat=True))
    for key in PublicPerpetrator.objects.filter(public_id__in=lost).values_list("public_id", flat=True):
        take_out(board, PERPETRATOR, key, choices.ReasonCode.DEPENDENCY.value, "")
    inquiries = [address for address, slot in board.slots.items() if address[0] == INVESTIGATION and slot.changed]
    for kind, key in dict.fromkeys([*board.holders(sorted(lost, key=str)), *inquiries]):
        content = board.content(kind, key)
        if content is not None:
            board.put(kind, key, without_actors(content, set(map(str, lost))))


def _perpetrators(content: Content | None) -> set[UUID]:
    attributions = content["attributions"] if content else []
    return {UUID(each["perpetrator"]["id"]) for each in attributions if each["perpetrating"]}
