"""What a request asks: its query, read by the parameters that an operation has.

How one value is read stands in parameters.py.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from incidents.api.parameters import Many, Parameter, nearest, shown, stopped
from incidents.api.problems import InvalidParameters, ParameterError

ALIKE = 0.7
"""Whoever follows a wrong guess is answered another question: `page` is not `place`, nor `search` `near`."""
ELSEWHERE = frozenset({"at", "at_seq", "country", "limit", "cursor", "format", "fields", "omit"})
"""What many addresses take; where one does not, nothing else is meant."""


def read(data: QueryDict, fields: Mapping[str, Parameter]) -> dict[str, Any]:
    """The values of all ``fields``, None where absent and without default.

    Raises InvalidParameters naming every unknown name (with the nearest known one), every repetition and
    every value that cannot be used.
    """
    errors = [_unknown(name, fields) for name in data if name not in fields]
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name not in data:
            values[name] = field.clean(None)
            continue
        given = data.getlist(name)
        if len(given) > 1 and not isinstance(field, Many):
            detail = f"{name} is given {len(given)} times; it takes one value. {field.hint(name)}"
            errors.append(ParameterError(name, "repeated", detail))
            continue
        text = text_of(data, name)
        try:
            values[name] = field.clean(text)
        except ValidationError as error:
            wrong = (error.params or {}).get("value", text)
            detail = f"{name}={shown(wrong)} {stopped(str(error.message))} {field.hint(name)}"
            errors.append(ParameterError(name, str(error.code), detail))
    if errors:
        raise InvalidParameters(*errors)
    return values


def text_of(data: QueryDict, name: str) -> str:
    """What a parameter was given, several times being the same as several values."""
    return ",".join(data.getlist(name))


def _unknown(name: str, fields: Mapping[str, Parameter]) -> ParameterError:
    readable = name[:60].encode("ascii", "backslashreplace").decode()
    close = nearest(name, fields, ALIKE)
    if name in ELSEWHERE:
        hint = f"other addresses take it; this one takes {', '.join(fields) or 'no parameters'}."
    elif close:
        hint = f"did you mean {close}? {fields[close].hint(close)}"
    elif fields:
        first = next(iter(fields))
        hint = f"known are {', '.join(fields)}. {fields[first].hint(first)}"
    else:
        hint = "this address takes no parameters."
    return ParameterError(name[:60], "unknown_parameter", f"{readable} is not a parameter here; {hint}")
