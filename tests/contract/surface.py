"""The surface of the API as the registry has it, for tests that walk it.

A new resource is covered the day it appears.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from incidents.api.base import Resource
from incidents.api.operations import Operation
from incidents.api.v1 import RESOURCES
from incidents.api.v1.about import root

NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Door:
    """One operation of the registry and its address; path variables hold something that does not exist."""

    resource: type[Resource]
    operation: Operation

    @property
    def address(self) -> str:
        path = self.operation.path.replace("<uuid:id>", NOBODY).replace("<str:pcode>", "ZZ99")
        return f"/api/v1/{self.resource.resource}/{path.replace('<slug:name>', 'nothing')}".replace("v1//", "v1/")

    @property
    def varies(self) -> bool:
        return "<" in self.operation.path

    def __str__(self) -> str:
        return self.operation.id


def doors() -> Iterator[Door]:
    """Every operation of version 1."""
    for resource in (*RESOURCES.values(), root(RESOURCES.values())):
        for operation in resource.operations.values():
            yield Door(resource, operation)


EVERY = list(doors())
# What anybody may read; what needs a key is tested with one (tests/api/v1/test_submissions.py, test_webhooks.py).
ALL = [door for door in EVERY if door.operation.method == "get" and not door.operation.scopes]
FIXED = [door for door in ALL if not door.varies]
LISTS = [door for door in FIXED if "cursor" in door.operation.known]
ORDERED = [door for door in LISTS if "ordering" in door.operation.known]
