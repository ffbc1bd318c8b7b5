"""Pages that list what hangs on a row, or fill it in, are looks at each confidential name there: before deleting,
histories, pickers, and forms that an address fills in.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from incidents.models import AuditEntry, AuditValues, Source
from tests.factories import (
    ActorFactory,
    AttributionFactory,
    ClaimFactory,
    DocumentFactory,
    IncidentFactory,
    InvestigationFactory,
    SourceFactory,
    StatementFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.once]
NAME = "Fatima of Tuwaym"
ASSERTED = ["asserted_by", "document"]


@pytest.fixture
def hidden() -> Source:
    source: Source = SourceFactory(kind="witness", names={"en": NAME})
    return source


def shown(desk: Client, row: Any, view: str) -> str:
    answer = desk.get(reverse(f"admin:incidents_{row._meta.model_name}_{view}", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def seen() -> list[tuple[str, str, Any]]:
    found = AuditEntry.objects.filter(action="view_confidential").order_by("seq")
    return [
        (each.kind, each.object_id, json.loads(AuditValues.objects.get(pk=each.seq).values or "")["after"])
        for each in found
    ]


def test_what_keeps_a_row_is_listed_by_names_and_each_is_a_look(desk: Client, hidden: Source) -> None:
    actor = ActorFactory()
    said = [AttributionFactory(actor=actor, asserted_by=hidden) for _ in range(2)]
    AttributionFactory(actor=actor)
    assert NAME in shown(desk, actor, "delete")
    assert seen() == [("attribution", "", {"rows": {str(each.public_id): ASSERTED for each in said}})]


def test_what_would_go_with_a_row_is_a_look_too(desk: Client, hidden: Source) -> None:
    incident = IncidentFactory()
    claim, said = (make(incident=incident, asserted_by=hidden) for make in (ClaimFactory, AttributionFactory))
    assert NAME in shown(desk, incident, "delete")
    assert [(kind, told) for kind, key, told in seen() if not key] == [
        ("claim", {"rows": {str(claim.public_id): [*ASSERTED, "quote", "locator"]}}),
        ("attribution", {"rows": {str(said.public_id): ASSERTED}}),
    ]


def test_statements_and_documents_are_called_by_whom_they_come_from(desk: Client, hidden: Source) -> None:
    inquiry = InvestigationFactory()
    statement = StatementFactory(by=hidden, answered_by=inquiry)
    assert NAME in shown(desk, inquiry, "delete")
    assert seen() == [("statement", "", {"rows": {str(statement.public_id): ["by"]}})]
    document = DocumentFactory(publisher=hidden, title={"en": f"The word of {NAME}"})
    shown(desk, hidden, "delete")
    (told,) = (told["rows"] for kind, _, told in seen() if kind == "document")
    assert list(told) == [str(document.public_id)]


def test_the_history_of_a_statement_is_headed_by_who_made_it(desk: Client, hidden: Source) -> None:
    statement = StatementFactory(by=hidden)
    assert NAME in shown(desk, statement, "history")
    assert seen() == [("statement", "", {"rows": {str(statement.public_id): ["by"]}})]


def test_of_what_the_page_does_not_list_there_is_no_look(desk: Client, hidden: Source) -> None:
    incident = IncidentFactory()
    first = ClaimFactory(incident=incident)
    shown(desk, first, "delete")
    shown(desk, StatementFactory(), "history")
    assert seen() == []
    AttributionFactory(incident=incident, asserted_by=hidden)
    shown(desk, first, "delete")
    assert seen() == [], "it stays where the claim goes"


def test_more_rows_cost_no_more_statements_to_write_down(desk: Client, hidden: Source) -> None:
    def statements(actor: Any) -> int:
        with CaptureQueriesContext(connection) as found:
            shown(desk, actor, "delete")
        return sum("audit" in each["sql"] for each in found)

    few, many = ActorFactory(), ActorFactory()
    AttributionFactory(actor=few, asserted_by=hidden)
    for _ in range(7):
        AttributionFactory(actor=many, asserted_by=hidden)
    assert statements(few) == statements(many)


PICKERS = (
    "claim", "attribution", "incidentact", "targetedgroup", "investigationevent", "recommendation", "statement",
    "custodyevent",
)  # fmt: skip


@pytest.mark.parametrize("holder", PICKERS)
def test_a_picker_suggests_a_document_of_a_confidential_source_and_that_is_a_look(
    desk: Client, hidden: Source, holder: str
) -> None:
    document = DocumentFactory(publisher=hidden, title={"en": f"The word of {NAME}"})
    asked = {"app_label": "incidents", "model_name": holder, "field_name": "document", "term": "The word"}
    (found,) = desk.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert NAME in found["text"]
    ((kind, _, told),) = seen()
    assert (kind, list(told["rows"])) == ("document", [str(document.public_id)])


@pytest.mark.parametrize(
    ("page", "field", "make"),
    [
        ("claim", "document", lambda source: DocumentFactory(publisher=source, title={"en": NAME})),
        ("claim", "relays", lambda source: ClaimFactory(asserted_by=source)),
        ("claim", "inferred_from", lambda source: ClaimFactory(asserted_by=source)),
        ("claim", "supersedes", lambda source: ClaimFactory(asserted_by=source)),
        ("claimcell", "claim", lambda source: ClaimFactory(asserted_by=source)),
        ("attribution", "claim", lambda source: ClaimFactory(asserted_by=source)),
        ("attribution", "supersedes", lambda source: AttributionFactory(asserted_by=source)),
    ],
)
def test_an_address_that_fills_in_an_empty_form_names_nobody_without_a_look(
    desk: Client, hidden: Source, page: str, field: str, make: Callable[[Source], Any]
) -> None:
    row = make(hidden)
    shown = desk.get(reverse(f"admin:incidents_{page}_add"), {field: row.pk})
    assert NAME in shown.content.decode()
    ((_, _, told),) = seen()
    assert list(told["rows"]) == [str(row.public_id)]


def test_what_rests_on_a_document_of_a_confidential_source_names_it_by_its_title(desk: Client, hidden: Source) -> None:
    document = DocumentFactory(publisher=hidden, title={"en": f"The word of {NAME}"})
    claim = ClaimFactory(document=document, asserted_by=SourceFactory())
    fields = ["document", "quote", "locator"]
    assert NAME in shown(desk, claim, "change")
    assert NAME in desk.get(reverse("admin:incidents_claim_changelist")).content.decode()
    assert NAME in shown(desk, claim.incident, "change")
    assert seen() == [
        ("claim", str(claim.public_id), {"fields": fields}),
        ("claim", "", {"rows": {str(claim.public_id): fields}}),
        ("incident", str(claim.incident.public_id), {"parts": {"claims": [str(claim.public_id)]}}),
    ]


def test_a_list_asks_once_for_the_publishers_of_its_documents(desk: Client) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as found:
            desk.get(reverse("admin:incidents_claim_changelist"))
        return len(found)

    ClaimFactory(document=DocumentFactory())
    statements()  # and what is asked once in a process
    few = statements()
    for _ in range(5):
        ClaimFactory(document=DocumentFactory())
    assert statements() == few
