"""What an operation is: its address, parameters and answers, declared once and read by views, OpenAPI and tests.

Nothing here answers a request; see base.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from rest_framework.serializers import Serializer

from incidents.api.filters import FilterSet
from incidents.api.parameters import Code, Many, Parameter
from incidents.api.renderers import JSON, Format


@dataclass(frozen=True)
class Operation:
    """One operation of a resource: a GET unless ``method`` says otherwise.

    ``id`` is the operationId, chosen once. ``path`` stands below the resource's address. ``answer`` is the serializer
    of the JSON body: of each result where ``page`` is true. ``sparse``: ?fields and ?omit shrink it. ``earlier`` is the
    serializer of earlier states where these have fewer members. ``conditional``: it has an ETag, and answers 304 by it.
    ``versioned``: its ETag is for If-Match alone, since the answer holds more than what has a version. ``gone``: it may
    answer 410 and 308. ``scopes``: whoever asks needs a key that has all of them; without any, everybody may.
    ``body`` is the serializer of what is sent, ``status`` that of success, ``also`` are further answers by
    status (under that of success, the other one there may be) and ``refusals`` further problems, ``headers`` what a
    request carries.
    """

    id: str
    path: str
    summary: str
    answer: type[Serializer[Any]]
    description: str = ""
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    filterset: type[FilterSet] | None = None
    formats: tuple[type[Format], ...] = (JSON,)
    page: bool = False
    sparse: bool = False
    earlier: type[Serializer[Any]] | None = None
    conditional: bool = False
    versioned: bool = False
    gone: bool = False
    scopes: frozenset[str] = frozenset()
    method: str = "get"
    body: type[Serializer[Any]] | None = None
    status: int = 200
    also: Mapping[int, type[Serializer[Any]]] = field(default_factory=dict)
    refusals: tuple[int, ...] = ()
    headers: tuple[str, ...] = ()

    @cached_property
    def known(self) -> Mapping[str, Parameter]:
        """Every query parameter, filters first; put together once, since the members of a document are many."""
        filters = self.filterset.parameters() if self.filterset else {}
        known = {**filters, **self.parameters}
        if self.sparse:
            known |= selection(self.answer)
        if len(self.formats) > 1:
            names = [str(each.format) for each in self.formats]
            component = "".join(part.capitalize() for part in self.id.split("_")) + "Format"
            known["format"] = Code(
                "The format; it goes before Accept.", allowed=names, component=component, example=names[0]
            )
        return known


class MemberName(Parameter):
    """The name of a member of a document."""

    def __init__(self, description: str, names: tuple[str, ...]) -> None:
        super().__init__(description, example=names[min(1, len(names) - 1)])
        self.names = names

    def parse(self, text: str) -> str:
        return Code("", allowed=self.names, example=self.example).parse(text)

    def schema(self) -> dict[str, Any]:
        # No enum: every generated client would gain a class for each list.
        return {"type": "string", "minLength": 1, "maxLength": 40}


def selection(document: type[Serializer[Any]]) -> dict[str, Parameter]:
    """The parameters that shrink documents."""
    names = tuple(document().fields)
    return {
        "fields": Many(MemberName("Only these members of each document; id is always there.", names)),
        "omit": Many(MemberName("Leave these members of each document out.", names)),
    }
