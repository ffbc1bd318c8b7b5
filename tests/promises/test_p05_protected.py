"""P5: no unknown or protected field is ever written, wherever in a body it stands."""

import random
from collections.abc import Iterator
from copy import deepcopy
from functools import partial
from typing import Any

import pytest
from django.apps import apps
from rest_framework import serializers

from incidents.documents.given import Strict
from incidents.documents.submissions import SubmissionContent
from incidents.models import Incident, Source, Submission
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.keys import key_of, send

pytestmark = pytest.mark.django_db

URL = "/api/v1/submissions/"
JUNK = (
    "__proto__", "constructor", "pk", "_state", "is_superuser", "is_staff", "password", "role", "scopes", "owner",
    "organisation_id", "author", "public_id", "created_at", "history", "merged_into", "published_sensitivity", "$ref",
    "ID", "",
)  # fmt: skip
SMALL = 12


def names() -> list[str]:
    """Every field of every model, and what nobody ever had."""
    fields = {
        field.name for model in apps.get_app_config("incidents").get_models() for field in model._meta.get_fields()
    }
    return sorted(fields | set(JUNK))


def objects(node: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The steps to every object in a body; texts by language are no objects of ours."""
    if isinstance(node, dict) and not (at and at[-1] in {"names", "title", "group", "summary"}):
        yield at
        for name, value in node.items():
            yield from objects(value, (*at, name))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from objects(value, (*at, index))


def planted(content: dict[str, Any], at: tuple[str | int, ...], name: str) -> dict[str, Any] | None:
    """The body with one member more at these steps; None where the member is there already."""
    body = deepcopy(content)
    node: Any = body
    for step in at:
        node = node[step]
    if name in node:
        return None
    node[name] = 1
    return body


def known_at(content: dict[str, Any], at: tuple[str | int, ...]) -> set[str]:
    """The members that an object at these steps may have."""
    serializer: Any = SubmissionContent()
    for step in at:
        serializer = serializer.child if isinstance(step, int) else serializer.fields[step]
    return set(serializer.fields)


def attempts(full: bool) -> list[tuple[dict[str, Any], str]]:
    """Bodies that each hold one member too many, with its JSON pointer."""
    content = tuwaym()
    choice = random.Random(5)
    found = []
    for at in objects(content):
        wrong = [name for name in names() if name not in known_at(content, at)]
        for name in wrong if full else choice.sample(wrong, SMALL):
            body = planted(content, at, name)
            if body is not None:
                steps = [str(step).replace("~", "~0").replace("/", "~1") for step in (*at, name)]
                found.append((body, "/" + "/".join(steps)))
    return found


def test_p5_no_unknown_member_is_ever_written(api: CheckedClient, full_profile: bool, kept: Any) -> None:
    country()
    key = key_of(scopes=["submissions:read", "submissions:write"])
    answered = partial(send, api, key, if_match="*")
    first = answered("POST", URL, tuwaym())
    assert first.status_code == 201
    before = first.json()
    sent = 0
    for number, (body, pointer) in enumerate(attempts(full_profile)):
        ways = [
            ("POST", URL, body),
            ("PATCH", f"{URL}{before['id']}/", body),
            ("PUT", f"{URL}by-external-id/partner/tuwaym-1/", body),
            ("POST", f"{URL}?dry_run=true", body),
        ]
        for method, url, content in ways if full_profile else [ways[number % 4]]:
            answer = answered(method, url, content)
            sent += 1
            assert answer.status_code == 400, (method, pointer, answer.content)
            assert pointer in {error["pointer"] for error in answer.json()["errors"]}
    for name in names():
        if name not in {"action", "reason"}:
            assert answered("POST", f"{URL}{before['id']}/actions/", {"action": "withdraw", name: 1}).status_code == 400
            sent += 1
        if name not in {"atomic", "items"}:
            assert answered("POST", f"{URL}bulk/", {"items": [tuwaym()], name: 1}).status_code == 400
            sent += 1
    after = answered("GET", f"{URL}{before['id']}/").json()
    assert after == before
    assert (Submission.objects.count(), Incident.objects.count(), Source.objects.count()) == (1, 0, 0)
    kept("P5", f"0 fields written / {sent:,} bodies with one member too many")


class Lax(serializers.Serializer[Any]):
    """What the framework does by itself: it ignores what it does not know."""

    kind = serializers.CharField()


class Exact(Strict):
    """The same members, strictly."""

    kind = serializers.CharField()


def test_p5_control_the_stock_serializer_takes_what_it_does_not_know() -> None:
    body = {"kind": "x", "is_superuser": True}
    assert Lax(data=body).is_valid()
    assert not Exact(data=body).is_valid()
