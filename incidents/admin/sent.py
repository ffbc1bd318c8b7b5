"""What an organisation sent, as a moderator reads it: labels for codes, and names for what its own keys stand for.

Nothing is left out. What it names by the id of a published source or actor is called as in public; other ids stand as
they are, and letter by letter all of it is shown beside (submissions.py).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from incidents.admin import terms
from incidents.admin.naming import isolated, text_of
from incidents.admin.reading import Entry, entries
from incidents.rules.refusals import pointer
from incidents.rules.submissions.contents import OWN, REFERENCES
from incidents.rules.submissions.recognising import public_names

PUBLIC = ("source", "actor")  # of which a published id is called by its name
Names = dict[tuple[str, str], str]


def readable(content: Mapping[str, Any]) -> list[Entry]:
    """The lines of what was sent, in its own order, each item of a list with the pointer to it."""
    return entries(_told(content, _own(content) | _published(content), ()), above="submission")


def _own(content: Mapping[str, Any]) -> Names:
    """What its keys stand for: {(kind, key): name and key}."""
    found: Names = {}
    for kind, section in OWN.items():
        for each in content.get(section) or ():
            if "key" in each:
                names = each.get("names") or each.get("title") or {}
                name = text_of(names) or terms.label("measure", each.get("measure"))
                found[kind, each["key"]] = f"{isolated(name)} ({isolated(each['key'])})" if name else each["key"]
    return found


def _published(content: Mapping[str, Any]) -> Names:
    """How the published sources and actors are called that it names by their ids."""
    named = set(_references(content))
    return {
        (kind, key): name
        for kind in PUBLIC
        if (asked := [text for each, text in named if each == kind])
        for key, name in public_names(kind, asked).items()
    }


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """(kind, key or id) of whatever it refers to."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name in REFERENCES and isinstance(inner, str):
                yield REFERENCES[name], inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _told(value: Any, names: Names, at: tuple[str | int, ...]) -> Any:
    """The value with names for references, and with its pointer in each item of a list that is in no other list."""
    if isinstance(value, Mapping):
        return {
            name: names.get((REFERENCES[name], inner), inner)
            if name in REFERENCES and isinstance(inner, str)
            else _told(inner, names, (*at, name))
            for name, inner in value.items()
        }
    if not isinstance(value, list):
        return value
    within = any(isinstance(step, int) for step in at)
    told = [_told(item, names, (*at, index)) for index, item in enumerate(value)]
    return [
        {"pointer": pointer(*at, index), **item} if isinstance(item, Mapping) and not within else item
        for index, item in enumerate(told)
    ]
