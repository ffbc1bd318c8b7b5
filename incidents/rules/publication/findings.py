"""Whose findings claims and attributions are: they tell the inquiry by its id, and only while it is published.

As with every link, the publication of either end publishes it; of a highly sensitive incident nobody says so.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from incidents import choices
from incidents.models import Attribution, Claim, PublicIncident
from incidents.rules.publication.board import Board, Content
from incidents.rules.publication.rendering import is_discreet

INCIDENT, INVESTIGATION = choices.PublicKind.INCIDENT.value, choices.PublicKind.INVESTIGATION.value
FOUND: dict[str, type[Any]] = {"claims": Claim, "attributions": Attribution}
# {public id of a claim or an attribution: that of the inquiry}, both as contents write them.
Findings = dict[str, str]


def name_inquiries(board: Board, incidents: Collection[UUID], inquiries: Collection[UUID]) -> None:
    """Have published claims and attributions name an inquiry where it is published, and nowhere else.

    Those of `incidents` stand on the board as the record has them. Those of any other incident follow where they are
    findings of one of `inquiries`, which are published or withdrawn now, or were as they were published.
    """
    contents = {key: content for key in incidents if (content := board.content(INCIDENT, key))}
    named = {row["investigation"] for content in contents.values() for row in rows_of(content)} - {None}
    board.load(INVESTIGATION, map(UUID, named))
    gone = {each for each in named if board.content(INVESTIGATION, UUID(each)) is None}
    for key, content in contents.items() if gone else ():
        _put(board, key, content, partial(_inquiry_of, {}, gone))
    if inquiries:
        _follow(board, set(inquiries), set(contents))


def _follow(board: Board, inquiries: set[UUID], published: Collection[UUID]) -> None:
    """Bring other incidents with findings of these inquiries up to date."""
    found = findings_of(key for key in inquiries if board.content(INVESTIGATION, key) is not None)
    asked = {str(key) for key in inquiries}
    holders = {key for kind, key in board.holders(inquiries) if kind == INCIDENT}
    board.load(INCIDENT, found)
    for key in sorted(holders.union(found) - set(published), key=str):
        content = board.content(INCIDENT, key)
        if content is not None and not is_discreet(content):
            _put(board, key, content, partial(_inquiry_of, found.get(key, {}), asked))


def _inquiry_of(found: Mapping[str, str], asked: Collection[str], row: Content) -> str | None:
    """Whose finding a row is: what was found of it now, or what it says, unless that is one of those asked for."""
    said: str | None = row["investigation"]
    return found.get(row["id"], None if said in asked else said)


def findings_of(inquiries: Iterable[UUID]) -> dict[UUID, Findings]:
    """{published incident: its findings by these inquiries}, as the working record has them."""
    keys = set(inquiries)
    found: dict[UUID, Findings] = {}
    for table in FOUND.values() if keys else ():
        public = PublicIncident.objects.values("public_id")
        rows = table._default_manager.filter(investigation__public_id__among=keys, incident__public_id__in=public)
        for incident, row, inquiry in rows.order_by().values_list(
            "incident__public_id", "public_id", "investigation__public_id"
        ):
            found.setdefault(incident, {})[str(row)] = str(inquiry)
    return found


def rows_of(content: Content) -> Iterator[Content]:
    """The claims and attributions of an incident's content."""
    for part in FOUND:
        yield from content[part]


def _put(board: Board, key: UUID, content: Content, inquiry_of: Callable[[Content], str | None]) -> None:
    """Set whose findings the rows of an incident are; one of which nothing changes stays the very content it was."""
    if all(row["investigation"] == inquiry_of(row) for row in rows_of(content)):
        return
    anew = {part: [row | {"investigation": inquiry_of(row)} for row in content[part]] for part in FOUND}
    board.put(INCIDENT, key, content | anew)
