"""Version 1 of the API: the whole surface on one screen, one file a resource."""

from incidents.api.base import Resource
from incidents.api.v1.sources import Sources

RESOURCES: dict[str, type[Resource]] = {each.resource: each for each in (Sources,)}
