"""A test client that holds every answer against the committed OpenAPI document, so that nulls cannot lie.

Tests take it as the fixture ``api``. A status, a format or a member that the document does not mention fails the test.
"""

import json
from functools import lru_cache
from typing import Any

import jsonschema_rs
import yaml
from django.http.response import HttpResponseBase
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from incidents.api.versions import V1

PREFIX = "/api/v1/"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a safe loader, ten times as fast
PROBLEM = "application/problem+json"
Schema = dict[str, Any]


class Undocumented(AssertionError):
    """An answer that the committed document does not describe; the text says which and in what."""


@lru_cache(maxsize=1)
def contract() -> Schema:
    """The committed document, its objects closed: a member that is not described is a fault here."""
    document: Schema = yaml.load(V1.document.read_text("utf-8"), Loader=LOADER)  # noqa: S506
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return document


@lru_cache(maxsize=1)
def operations() -> dict[str, Schema]:
    """The operations of the committed document by operationId."""
    return {operation["operationId"]: operation for item in contract()["paths"].values() for operation in item.values()}


@lru_cache(maxsize=256)
def path_of(operation_id: str) -> str | None:
    """The path of the document at which an operation stands."""
    for key, item in contract()["paths"].items():
        if any(operation["operationId"] == operation_id for operation in item.values()):
            return str(key)
    return None


@lru_cache(maxsize=256)
def validator(pointer: str) -> Draft202012Validator:
    """A validator for the part of the document at a JSON pointer."""
    registry: Registry[Any] = Registry().with_resource("urn:contract", DRAFT202012.create_resource(contract()))
    return Draft202012Validator(
        {"$ref": f"urn:contract#{pointer}"}, registry=registry, format_checker=FormatChecker(["date", "uuid"])
    )


@lru_cache(maxsize=1)
def compiled() -> jsonschema_rs.Registry:
    """The document for the quick validator."""
    return jsonschema_rs.Registry([("urn:contract", contract())], draft=jsonschema_rs.Draft202012)


@lru_cache(maxsize=256)
def quick(pointer: str) -> jsonschema_rs.Draft202012Validator:
    """As ``validator``, two hundred times as fast; it checks more formats, and says only whether all is well."""
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"urn:contract#{pointer}"}, registry=compiled(), validate_formats=True
    )


class CheckedClient(Client):
    """Django's test client; raises Undocumented for an answer under /api/v1/ that the document does not describe."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        check(response, request.get("REQUEST_METHOD", "GET"), request.get("PATH_INFO", ""))
        return response


def check(response: Any, method: str, path: str) -> None:
    """Hold one answer against the document."""
    if not path.startswith(PREFIX) or method == "OPTIONS":
        return
    if not response.headers.get("X-Request-ID"):
        raise Undocumented(f"{method} {path}: no X-Request-ID")
    match = getattr(response, "resolver_match", None)
    item = path_of(match.url_name) if match else None
    named = "get" if method == "HEAD" else method.lower()
    described = contract()["paths"][item].get(named) if item else None
    if item is None or described is None:
        if response.status_code >= 400:
            _hold(response, f"{method} {path}", "/components/schemas/ProblemDetails", PROBLEM)
        return
    status = str(response.status_code)
    if status not in described["responses"]:
        raise Undocumented(f"{method} {path}: status {status} is not described: {body(response)[:500]!r}")
    content = described["responses"][status].get("content")
    if content is None or method == "HEAD":
        if body(response):
            raise Undocumented(f"{method} {path}: {status} has a body")
        return
    media_type = response.headers["Content-Type"].partition(";")[0]
    if media_type not in content:
        raise Undocumented(f"{method} {path}: {status} in {media_type}, which is not described")
    pointer = "/".join(
        ["", "paths", _escaped(item), named, "responses", status, "content", _escaped(media_type), "schema"]
    )
    variants = content[media_type]["schema"].get("anyOf")
    if variants:
        # Whole or sparse is not for the answer to choose.
        given = response.wsgi_request.GET
        shrunk, earlier = {"fields", "omit"} & {*given}, {"at", "at_seq"} & {*given}
        pointer += f"/anyOf/{len(variants) - 1 if shrunk else 1 if earlier and len(variants) > 2 else 0}"
    _hold(response, f"{method} {path}", pointer, media_type)


def _hold(response: Any, where: str, pointer: str, media_type: str) -> None:
    if response.headers["Content-Type"].partition(";")[0] != media_type:
        raise Undocumented(f"{where}: {response.headers['Content-Type']} instead of {media_type}")
    if "json" not in media_type or media_type == "application/x-ndjson":
        return
    content = body(response)
    if response.streaming:
        # Read, and put back for whoever asked.
        content = b"".join(response.streaming_content)
        response.streaming_content = [content]
    said = json.loads(content)
    found = None if quick(pointer).is_valid(said) else next(validator(pointer).iter_errors(said), None)
    if found is not None:
        raise Undocumented(f"{where}: {found.json_path}: {found.message[:500]}")


def body(response: HttpResponseBase) -> bytes:
    """The body of an answer; a streamed one is left unread."""
    return b"" if response.streaming else bytes(response.content)  # type: ignore[attr-defined]


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D").replace("+", "%2B")
