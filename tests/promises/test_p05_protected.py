"""P5: no unknown or protected member is ever written, by whatever operation takes a body, wherever in it it stands."""

import random
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from django.urls import resolve
from rest_framework import serializers

from incidents.api.operations import Operation
from incidents.api.v1 import RESOURCES
from incidents.choices import AccountRole
from incidents.documents.given import Strict, TextsIn
from incidents.models import ApiKey
from incidents.rules.accounts.access import scopes_of
from tests.contributions import tuwaym
from tests.keys import bearer, key_of
from tests.promises.real_steps import API, REASON, Rows, Step, by_api

JUNK = (
    "__proto__", "constructor", "pk", "_state", "is_superuser", "is_staff", "password", "role", "scopes", "owner",
    "organisation_id", "author", "public_id", "created_at", "history", "merged_into", "published_sensitivity", "$ref",
    "ID", "",
)  # fmt: skip
SMALL = 3
WRITING = {each.id: each for kind in RESOURCES.values() for each in kind.operations.values() if each.body is not None}
At = tuple[str | int, ...]


@pytest.fixture
def rows(db: None) -> Rows:
    return Rows()


@pytest.fixture
def client(rows: Rows) -> Client:
    """A lead of the organisation whose things the rows are, with every scope: nobody may do more by the API."""
    return Client(raise_request_exception=False, headers=bearer(key_of("lead", scopes=scopes_of(AccountRole.LEAD))))


def names() -> list[str]:
    """Every field of every model, and what nobody ever had."""
    fields = {
        field.name for model in apps.get_app_config("incidents").get_models() for field in model._meta.get_fields()
    }
    return sorted(fields | set(JUNK))


def bodies(rows: Rows) -> dict[str, Step]:
    """Every step of the API, and what else may be sent than a new incident."""
    public = str(rows.public.public_id)
    of_ours = {name: tuwaym()[name] for name in ("sources", "documents")}
    source, day = {"by": "seen", "document": "article"}, "2025-03-09"
    contents: dict[str, dict[str, Any]] = {
        "claims": tuwaym(type="claims", about=public, incident=None, external_reference=None),
        "correction": {
            "about": public,
            "correction": {
                "reason": REASON,
                "changes": {
                    "title": {"en": "Killing of villagers"}, "dates": {"start_earliest": day},
                    "place": {"country": "SYR", "text": "Tuwaym", "precision": "adm1"},
                },
                "retractions": [{"claim": str(rows.public.claims.get().public_id), "reason": REASON}],
            },
        },
        "withdrawal": {"about": public, "withdrawal": {"reason_code": "correction", "reason": REASON}},
        "investigation": of_ours | {
            "investigation": {
                "type": "national_commission", "names": {"en": "Commission"}, "body": "seen",
                "events": [{"key": "made", "kind": "announced", "on": day, **source}],
                "deadlines": [{"due_on": "2025-04-08", "set_by": "made"}],
                "scope": [{"incident": public, "kind": "within"}],
            }
        },
    }  # fmt: skip
    sent = {
        f"send: {kind}": Step("POST", f"{API}submissions/", {"type": kind, **body}) for kind, body in contents.items()
    }
    return by_api(rows) | sent


def objects(fields: Any, body: Any, at: At = ()) -> Iterator[tuple[At, set[str]]]:
    """The steps to every object in a body, with the members that it may have; texts by language are none of ours."""
    if isinstance(fields, serializers.ListSerializer):
        for index, each in enumerate(body):
            yield from objects(fields.child, each, (*at, index))
    elif isinstance(fields, serializers.Serializer):
        yield at, set(fields.fields)
        for name, value in body.items():
            if not isinstance(fields.fields[name], TextsIn):
                yield from objects(fields.fields[name], value, (*at, name))


def planted(body: Mapping[str, Any], at: At, name: str) -> dict[str, Any]:
    """The body with one member more at these steps."""
    found: Any = deepcopy(dict(body))
    node = found
    for step in at:
        node = node[step]
    node[name] = 1
    return found  # type: ignore[no-any-return]


def pointer(*steps: str | int) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def operation_of(step: Step) -> Operation:
    """The operation of the registry that a step asks for."""
    view = resolve(step.url)
    found: Operation = view.func.cls.operations[view.func.actions[step.method.lower()]]  # type: ignore[attr-defined]
    return found


def attempts(step: Step, full: bool) -> Iterator[tuple[Step, str]]:
    """The step with one member too many, for every object of its body, and where the member stands."""
    shape, choice = operation_of(step).body, random.Random(5)
    assert shape is not None
    for at, known in objects(shape(), step.body):
        wrong = [name for name in names() if name not in known]
        for name in wrong if full else choice.sample(wrong, SMALL):
            yield Step(step.method, step.url, planted(step.body, at, name)), pointer(*at, name)


def answered(client: Client, step: Step) -> Any:
    """The answer, with all that it did taken back."""
    with transaction.atomic():
        answer = step.take(client)
        transaction.set_rollback(True)
    return answer


def taken(client: Client, steps: Mapping[str, Step], *, full: bool) -> tuple[int, dict[str, list[str]]]:
    """How many bodies were sent, and of each operation the places where a member too many was not refused by name.

    One step of an operation stands for the others, and one of each kind of content: what a body may hold is the same.
    """
    sent, found = 0, dict[str, list[str]]()
    kinds = {(operation_of(step).id, step.body.get("type")): step for step in steps.values()}
    for step in kinds.values():
        for attempt, where in attempts(step, full):
            answer = answered(client, attempt)
            sent += 1
            refused = answer.status_code == 400 and where in {each["pointer"] for each in answer.json()["errors"]}
            if not refused:
                found.setdefault(operation_of(step).id, []).append(where)
    return sent, found


def everything() -> dict[str, list[Any]]:
    """Every row; of a key not when it was last used."""
    models = [model for model in apps.get_app_config("incidents").get_models() if model is not ApiKey]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


@pytest.mark.timeout(3600)
def test_p5_no_unknown_member_is_ever_written(rows: Rows, client: Client, full_profile: bool, kept: Any) -> None:
    steps = bodies(rows)
    assert {operation_of(step).id for step in steps.values()} == set(WRITING), "an operation takes a body unlooked at"
    refused = {name: answer for name, step in steps.items() if (answer := answered(client, step)).status_code >= 300}
    assert {name: answer.content for name, answer in refused.items()} == {}, "each would be taken without it"
    before = everything()
    sent, found = taken(client, steps, full=full_profile)
    assert found == {}
    assert everything() == before
    kept("P5", f"0 fields written / {sent:,} bodies with one member too many, {len(WRITING)} operations")


def test_p5_control_operations_that_ignore_what_they_do_not_know_are_found(
    rows: Rows, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the framework does by itself: it reads what it knows, and drops the rest without a word."""
    monkeypatch.setattr(Strict, "to_internal_value", serializers.Serializer.to_internal_value)
    _, found = taken(client, bodies(rows), full=False)
    assert set(found) == set(WRITING)
