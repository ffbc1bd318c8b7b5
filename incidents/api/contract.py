"""The OpenAPI document of a version: generated from the code, committed beside it, served as it was committed.

The hooks that shape it are in schema.py; `manage.py openapi` writes and compares it.
"""

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

import yaml
from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from incidents.api.base import Resource
from incidents.api.operations import Operation
from incidents.api.renderers import JSON, YAML
from incidents.documents.about import About

Document = dict[str, Any]


class WarnedError(Exception):
    """The document could not be generated without a warning; the text has all of them."""


def generate(version: str) -> Document:
    """The document of a version as the code has it now, without a server; raises WarnedError."""
    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        document: Document = SchemaGenerator(api_version=version).get_schema(public=True)  # type: ignore[no-untyped-call]
    if GENERATOR_STATS:
        raise WarnedError(f"drf-spectacular: {dict(GENERATOR_STATS._warn_cache)} {dict(GENERATOR_STATS._error_cache)}")
    document.pop("servers", None)
    # Who runs a site, and who may be written to, differ by site and are not part of the contract.
    document["info"].pop("contact", None)
    return document


def as_yaml(document: Document) -> str:
    """The text that is committed."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


def older(document: Document) -> Document:
    """A copy as OpenAPI 3.0.3 for tools that read no 3.1: null in types becomes `nullable`, webhooks are left out."""
    copy: Document = _without_null(json.loads(json.dumps(document)))
    copy.pop("webhooks", None)
    copy["openapi"] = "3.0.3"
    copy["info"]["license"].pop("identifier", None)
    for item in copy["paths"].values():
        for operation in item.values():
            # 3.1 lets us name the scopes of a key; 3.0 knows those of OAuth only.
            operation["security"] = [{key: [] for key in each} for each in operation.get("security", [])]
    return copy


def _without_null(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_null(each) for each in node]
    if not isinstance(node, dict):
        return node
    node = {name: _without_null(value) for name, value in node.items()}
    for union in ("oneOf", "anyOf"):
        variants = node.get(union)
        if isinstance(variants, list) and {"type": "null"} in variants:
            rest = [each for each in variants if each != {"type": "null"}]
            node.pop(union)
            node |= {"nullable": True} | ({"allOf": rest} if len(rest) == 1 else {union: rest})
    if isinstance(node.get("type"), list):
        node["type"] = next(each for each in node["type"] if each != "null")
        node["nullable"] = True
    if isinstance(node.get("exclusiveMinimum"), int | float) and not isinstance(node["exclusiveMinimum"], bool):
        node |= {"minimum": node["exclusiveMinimum"], "exclusiveMinimum": True}
    if "const" in node:
        node["enum"] = [node.pop("const")]
    return node


@lru_cache(maxsize=8)
def committed(file: Path, server: str) -> tuple[bytes, bytes, str]:
    """The committed document for one server: as JSON, as YAML, and its ETag."""
    document = yaml.load(file.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    served = {"openapi": document.pop("openapi"), "info": document.pop("info"), "servers": [{"url": server}]} | document
    served["info"]["contact"] = settings.SPECTACULAR_SETTINGS["CONTACT"]
    content = json.dumps(served, ensure_ascii=False).encode()
    return content, as_yaml(served).encode(), f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def served(file: Path) -> type[Resource]:
    """The resource that serves a committed document, as JSON or YAML by ?format= or Accept."""

    class Contract(Resource):
        """Not in RESOURCES: the document does not describe itself."""

        operations = {"one": Operation("schema_get", "schema/", "The OpenAPI document", About, formats=(JSON, YAML))}
        schema = None
        document: ClassVar[Path] = file

        def get_renderers(self) -> list[BaseRenderer]:
            # The first is what */* gets, and what a browser can show.
            return [JSON(), YAML(), OpenApiJSON(), OpenApiYAML()]

        def one(self, request: Request) -> HttpResponse:
            """The document with this site as its server."""
            as_json, as_text, etag = committed(self.document, settings.SITE_URL or "/")
            yaml_wanted = str(request.accepted_renderer.format) == "yaml"
            media_type = str(request.accepted_renderer.media_type)
            answer = self.answer(as_text if yaml_wanted else as_json, media_type=media_type)
            return self.conditional(request, etag.replace('"', '"y-', 1) if yaml_wanted else etag, answer)

    return Contract


class OpenApiJSON(JSON):
    media_type = "application/vnd.oai.openapi+json"


class OpenApiYAML(YAML):
    media_type = "application/vnd.oai.openapi"
