"""How operations describe themselves in the OpenAPI document, and the hooks that finish it.

Everything comes from the Operation a view declares; nothing is guessed from querysets. Why each step is here stands
beside it: stock output breaks generated clients at run time.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from django.db.models import TextChoices
from drf_spectacular.openapi import AutoSchema as SpectacularSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from incidents import choices
from incidents.api.descriptions import ERRORS, REQUEST_HEADERS, headers
from incidents.api.operations import Operation
from incidents.api.parameters import COMPONENT, Many
from incidents.api.parsers import MergePatch, StrictJSON
from incidents.api.problems import KINDS, TYPE_PREFIX, reason_phrase
from incidents.api.problems import MEDIA_TYPE as PROBLEM
from incidents.api.renderers import SAVED
from incidents.documents import geojson
from incidents.documents.fields import DocumentRefField
from incidents.documents.log import Tombstone
from incidents.rules.accounts.keys import FORM

Schema = dict[str, Any]
REF = "#/components/schemas/"
EXAMPLES = Path(__file__).with_name("v1") / "examples.json"
MAY_BE_NULL = "x-may-be-null"
BEARER = "bearer"
SECURITY: Schema = {
    BEARER: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": FORM,
        "description": f"A key `{FORM}` in `Authorization: Bearer …`. What is public is read without; a key may "
        "ask more often, and what needs one names its scopes. The administrators of a site make keys.",
    }
}
LIMITED = ("RateLimit-Policy", "RateLimit")
WRITTEN = ("ETag", "Location")  # of what was stored
# A name that says what it is, not how it is made.
extend_schema_serializer(component_name="DocumentRef")(DocumentRefField)


class FieldProblem(serializers.Serializer[Any]):
    """One thing that is wrong with a request: in a parameter or, by JSON pointer, in the body."""

    parameter = serializers.CharField(allow_null=True)
    pointer = serializers.CharField(allow_null=True)
    code = serializers.CharField(help_text="Stable, such as unknown_parameter, not_in_range, bad_cursor.")
    detail = serializers.CharField(help_text="A sentence with a valid example.")


class ProblemDetails(serializers.Serializer[Any]):
    """Problem details as RFC 9457 has them."""

    type = serializers.CharField(help_text=f"{TYPE_PREFIX} and one of {', '.join(KINDS)}.")
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField()
    instance = serializers.CharField(help_text="The path of the request.")
    request_id = serializers.CharField()
    errors = FieldProblem(many=True)  # type: ignore[assignment]


class GoneProblem(ProblemDetails):
    """Problem details of something that was there."""

    tombstone = Tombstone()


class AutoSchema(SpectacularSchema):
    """The schema class of every view: describes the Operation that the view declares."""

    @property
    def operation(self) -> Operation:
        operation: Operation = self.view.operation  # type: ignore[attr-defined]
        return operation

    def is_excluded(self) -> bool:
        return getattr(self.view, "operation", None) is None

    def get_operation_id(self) -> str:
        return self.operation.id

    def get_tags(self) -> list[str]:
        return [self.view.tag]  # type: ignore[attr-defined]

    def get_summary(self) -> str:
        return self.operation.summary

    def get_description(self) -> str:  # type: ignore[override]
        return self.operation.description

    def get_auth(self) -> list[Schema]:
        """Who may ask: everybody, also with a key; or whoever has one with the scopes, which 3.1 lets us name."""
        scopes = sorted(self.operation.scopes)
        return [{BEARER: scopes}] if scopes else [{}, {BEARER: []}]

    def _get_request_body(self, direction: str = "request") -> Schema | None:
        if self.operation.body is None:
            return None
        schema = self.resolve_serializer(self.operation.body, "request").ref
        read = (StrictJSON, MergePatch) if self.operation.method == "patch" else (StrictJSON,)
        types = [str(each.media_type) for each in read]
        return {"required": True, "content": {media_type: {"schema": schema} for media_type in types}}

    def _get_parameters(self) -> list[Schema]:
        variables = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        described: list[Schema] = list(self._resolve_path_parameters(variables))  # type: ignore[no-untyped-call]
        for name, parameter in self.operation.known.items():
            entry: Schema = {"name": name, "in": "query", "description": parameter.description}
            if isinstance(parameter, Many):
                entry |= {"style": "form", "explode": False}
            entry["schema"] = self._named(parameter.schema())
            if (example := parameter.example_value()) is not None:
                entry["example"] = example
            described.append(entry)
        described += [{"name": name, "in": "header", **REQUEST_HEADERS[name]} for name in self.operation.headers]
        if self.operation.conditional:
            described.append(
                {
                    "name": "If-None-Match", "in": "header", "schema": {"type": "string"},
                    "description": "The ETag of an earlier answer; 304 if it still holds.",
                }
            )  # fmt: skip
        return described

    def _get_response_bodies(self, direction: str = "response") -> Schema:
        operation = self.operation
        answers: Schema = {str(operation.status): self._answer(operation)}
        for status, serializer in operation.also.items():
            body = {"schema": self.resolve_serializer(serializer, "response").ref}
            if status == operation.status:
                usual = answers[str(status)]["content"]["application/json"]
                usual["schema"] = {"oneOf": [usual["schema"], body["schema"]]}
                continue
            stored = WRITTEN if serializer is operation.answer else ()
            answers[str(status)] = {
                "description": "What was asked for.",
                "headers": headers("X-Request-ID", *LIMITED, *stored),
                "content": {"application/json": body},
            }
        if operation.conditional:
            answers["304"] = {"description": "Not modified.", "headers": headers("ETag", "X-Request-ID")}
        if operation.gone:
            answers["308"] = {
                "description": "It was merged into another one.",
                "headers": headers("Location", "X-Request-ID"),
            }
        problem = self.resolve_serializer(ProblemDetails, "response").ref
        # A key that opens nothing is a 401 also where none is needed.
        reading = (411, 413, 415) if operation.body else ()
        asked = (
            400,
            401,
            *((403,) if operation.scopes else ()),
            404,
            405,
            406,
            *reading,
            *operation.refusals,
            429,
            500,
            503,
        )
        for status in sorted(asked):
            answers[str(status)] = _problem(status, problem)
        if operation.gone:
            answers["410"] = _problem(410, self.resolve_serializer(GoneProblem, "response").ref)
        return answers

    def _answer(self, operation: Operation) -> Schema:
        body = self.resolve_serializer(operation.answer, "response")
        sparse = self._component(f"{body.name}Sparse", {"x-sparse-of": body.name}) if operation.sparse else None
        if operation.page:
            schema = self._component(f"{body.name}Page", page_of(body.ref)).ref
            if sparse:
                of_sparse = self._component(f"{body.name}SparsePage", page_of(sparse.ref))
                schema = {"anyOf": [schema, of_sparse.ref]}
        else:
            earlier = self.resolve_serializer(operation.earlier, "response") if operation.earlier else None
            # A client takes the first that fits, and everything fits the sparse one.
            variants = [each.ref for each in (body, earlier, sparse) if each]
            schema = {"anyOf": variants} if len(variants) > 1 else body.ref
        content: Schema = {"application/json": {"schema": schema}}
        if operation.id in examples():
            content["application/json"]["example"] = examples()[operation.id]
        for each in operation.formats:
            content.setdefault(str(each.media_type), {"schema": each.schema})
        names = ["X-Request-ID", "X-Dataset-Seq", "Link", *LIMITED]
        names += ["ETag"] if operation.conditional or operation.versioned or "If-Match" in operation.headers else []
        names += WRITTEN if HTTPStatus.CREATED in {operation.status, *operation.also} else []
        names += ["Idempotency-Replayed"] if "Idempotency-Key" in operation.headers else []
        names += ["X-Next-Cursor"] if len(operation.formats) > 1 else []
        names += ["Content-Disposition"] if {*operation.formats} & {*SAVED} else []
        return {"description": "What was asked for.", "headers": headers(*names), "content": content}

    def _named(self, schema: Schema) -> Schema:
        """The schema of a parameter, its enum a component of its own; a minus gets a name that languages allow."""
        if "items" in schema:
            return schema | {"items": self._named(schema["items"])}
        if COMPONENT not in schema:
            return schema
        enum = {"type": "string", "enum": schema["enum"]}
        if any(value.startswith("-") for value in schema["enum"]):
            enum["x-enum-varnames"] = [
                f"{value.removeprefix('-')}{'_descending' * value.startswith('-')}".upper() for value in schema["enum"]
            ]
        reference = self._component(schema[COMPONENT], enum).ref
        return {"allOf": [reference], "default": schema["default"]} if "default" in schema else reference

    def _component(self, name: str, schema: Schema) -> ResolvedComponent:
        component = ResolvedComponent(name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name)  # type: ignore[no-untyped-call]
        self.registry.register_on_missing(component)
        return component


def page_of(item: Schema) -> Schema:
    """The schema of a page of our lists."""
    return {
        "type": "object",
        "description": "A page of results. Follow `next` until it is null.",
        "properties": {
            "results": {"type": "array", "items": item},
            "next": {"type": ["string", "null"], "format": "uri", "description": "The URL of the next page."},
            "next_cursor": {"type": ["string", "null"], "description": "The cursor in it."},
            "previous": {"type": ["string", "null"], "format": "uri", "description": "The URL of the page before."},
            "count": {
                "type": ["integer", "null"], "minimum": 0, "maximum": 2_147_483_647,
                "description": "How many results there are in all; null unless asked for with count=exact, or where "
                "all stand on one page.",
            },
        },
        "required": ["results", "next", "next_cursor", "previous", "count"],
    }  # fmt: skip


@lru_cache(maxsize=1)
def examples() -> Schema:
    """Answers of the founding case by operationId, written by tests/contract/test_examples.py."""
    found: Schema = json.loads(EXAMPLES.read_text("utf-8"))
    return found


def _problem(status: int, schema: Schema) -> Schema:
    further: dict[int, tuple[str, ...]] = dict.fromkeys((401, 403), ("WWW-Authenticate",))
    further |= {429: ("Retry-After", *LIMITED), 503: ("Retry-After",)}
    names = ("X-Request-ID", *further.get(status, ()))
    example = {"example": examples()["problem"]} if status == 400 else {}
    return {
        "description": f"{reason_phrase(status)}. {ERRORS[status]}",
        "headers": headers(*names),
        "content": {PROBLEM: {"schema": schema, **example}},
    }


def preprocess(endpoints: list[Any], **_: Any) -> list[Any]:
    """Only the API's own addresses stand in its document."""
    return [endpoint for endpoint in endpoints if hasattr(endpoint[3].cls, "operations")]


def remember_null(result: Schema, **_: Any) -> Schema:
    """Before enums become components: mark those that may be null, since stock 3.1 output loses that."""
    for schema in result["components"]["schemas"].values():
        for member in schema.get("properties", {}).values():
            kind = member.get("type")
            if "enum" in member and (None in member["enum"] or (isinstance(kind, list) and "null" in kind)):
                member[MAY_BE_NULL] = True
    return result


def postprocess(result: Schema, **_: Any) -> Schema:
    """Finish the document: sparse components, required members, null in enums, one enum for one vocabulary."""
    schemas: Schema = result["components"]["schemas"]
    for name, schema in schemas.items():
        if not name.endswith("Request"):
            _require_all(schema)
        _mend_nullable(schema)
    _fill_sparse(schemas)
    while missing := sorted(set(_references(result)) - schemas.keys()):
        for name in missing:
            schemas[name] = geojson.COMPONENTS.get(name) or _enum(getattr(choices, name))
    for name in schemas.keys() - _reachable(result):
        del schemas[name]
    result["components"]["schemas"] = dict(sorted(schemas.items()))
    result["components"]["securitySchemes"] = SECURITY
    # Said aloud: reading needs no key. Each operation says it again, and whether it takes one.
    result["security"] = []
    return result


def _require_all(schema: Schema) -> None:
    """What an answer always has is required also where it may be null; else every member of an SDK is optional.

    What is sent (its component is named ...Request) says itself what may be left out.
    """
    if "properties" in schema:
        schema["required"] = list(schema["properties"])
        for member in schema["properties"].values():
            member.pop("readOnly", None)


def _mend_nullable(schema: Schema) -> None:
    properties = schema.get("properties", {})
    for name, member in properties.items():
        if member.pop(MAY_BE_NULL, False):
            notes = {key: value for key, value in member.items() if key == "description"}
            bare = {key: value for key, value in member.items() if key != "description"}
            variants = bare.get("allOf") or bare.get("oneOf") or [bare]
            kept = [each for each in variants if each.get("$ref", "") not in {REF + "NullEnum", REF + "BlankEnum"}]
            properties[name] = notes | {"oneOf": [*kept, {"type": "null"}]}


def _fill_sparse(schemas: Schema) -> None:
    """A sparse document has the same members, none of them required."""
    for schema in schemas.values():
        whole = schema.pop("x-sparse-of", None)
        if whole:
            schema |= {
                "type": "object",
                "description": f"{whole} with the members that ?fields or ?omit leave.",
                "properties": schemas[whole]["properties"],
            }


def _enum(vocabulary: type[TextChoices]) -> Schema:
    meanings = "\n".join(f"* `{value}` - {label}" for value, label in vocabulary.choices)
    return {"type": "string", "enum": list(vocabulary.values), "description": meanings}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith(REF):
            yield reference.removeprefix(REF)
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _reachable(result: Schema) -> set[str]:
    schemas = result["components"]["schemas"]
    found: set[str] = set()
    waiting = set(_references([result["paths"], result["webhooks"]]))
    while waiting:
        found |= waiting
        waiting = {each for name in waiting for each in _references(schemas[name])} - found
    return found
