"""Refusals that name what cannot be taken: each fault with a pointer, a code and a sentence that says what to write.

The rules raise them; the API and the admin only translate them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from incidents.rules.sentences import Sentence, worded


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong; ``pointer`` is a JSON pointer (RFC 6901) into what was sent, "" for the whole."""

    pointer: str
    code: str
    detail: str


class Refused(Exception):
    """What was sent cannot be taken, and nothing of it was."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"{fault.pointer or 'The whole'}: {fault.detail}" for fault in faults))
        self.faults = faults


class Elsewhere(Refused):
    """What it is about went into something else meanwhile; its one fault names that, as far as it is public."""


def pointer(*steps: str | int) -> str:
    """The JSON pointer of these steps."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def flattened(details: Any, at: tuple[str | int, ...] = ()) -> Iterator[Fault]:
    """The faults in the nested errors of a serializer, in the order of what was sent."""
    if isinstance(details, Mapping):
        for name, inner in details.items():
            own = () if name == "non_field_errors" else (name,)
            yield from flattened(inner, (*at, *own))
    elif isinstance(details, list):
        for index, inner in enumerate(details):
            # A list of sentences is about one member; a list of objects has a place for each item.
            yield from flattened(inner, (*at, index) if isinstance(inner, Mapping) else at)
    else:
        yield Fault(pointer(*at), str(getattr(details, "code", "invalid")), str(details))


def first(faults: Iterable[Fault], most: int = 50) -> tuple[Fault, ...]:
    """The first of many faults: an answer stays readable, and bounded."""
    return tuple(fault for fault, _ in zip(faults, range(most), strict=False))


# What whoever approves something is told of a fault that its sender is told exactly; by the code of the fault.
AT_DESK = {
    "required": worded("It is missing: ask for changes."),
    "null": worded("It is empty: ask for changes."),
    "blank": worded("It is empty: ask for changes."),
    "max_length": worded("It is longer than it may be: ask for changes."),
    "length": worded("There is more of it than there may be: ask for changes."),
    "invalid_choice": worded("It is none of the terms that there are: ask for changes."),
    "unknown_field": worded("It does not belong here: ask for changes."),
    "not_allowed": worded("It does not belong here: ask for changes."),
    "control_character": worded("It holds signs that nobody sees: ask for changes."),
    "contradiction": worded("It contradicts the rest of what was sent: ask for changes."),
    "unique": worded("It stands there twice: ask for changes."),
    "unknown_reference": worded("It names something that is not there, or not public any more: ask for changes."),
    "unknown_area": worded("There is no such area: ask for changes."),
    "day_out_of_range": worded("It is no day of which anybody can have spoken: ask for changes."),
}
ELSE = worded("It is not written as it has to be: ask for changes.")


def spoken(faults: Iterable[Fault]) -> Iterator[Fault]:
    """These faults, each with a sentence for people beside the one that programs get."""
    for each in faults:
        if isinstance(each.detail, Sentence):
            yield each
        else:
            told = AT_DESK.get(each.code, ELSE)
            detail = worded("%(said)s", desk="%(told)s", said=each.detail, told=told)
            yield Fault(each.pointer, each.code, detail)


class Changed(Exception):
    """The submission is not at the version that the caller saw; ``version`` is the one it is at."""

    def __init__(self, version: int) -> None:
        super().__init__(
            worded(
                "It is at version %(version)d now; read it again and send the change with that version.",
                desk="It was changed meanwhile (version %(version)d): open it again, look, and decide then.",
                version=version,
            )
        )
        self.version = version
