"""A declared serializer made into a function, so that rendering thousands of records asks no field twice how it works.

The serializers stay the one description of a document, from which the OpenAPI schema is made as well. What they render
and what the function renders is the same (tests/documents/test_compiling.py).
"""

from collections.abc import Callable
from datetime import date
from operator import attrgetter, itemgetter
from typing import Any

from rest_framework import serializers

from incidents.documents.fields import (
    ClosedCode,
    Discreetly,
    OpenCode,
    PublishableDocumentRef,
    Remembered,
    TextOrNull,
    Texts,
    text_or_null,
)
from incidents.models.gathering import parts_of

Field = serializers.Field[Any, Any, Any, Any]
Function = Callable[[Any], Any]


def compiled(field: Field) -> Function:
    """What gives `field.to_representation` of a value that is not None, for as long as the context is not another one.

    The context's members may change, except `discreet`. Records are dicts, or objects that have every
    attribute which the serializer names.
    """
    if isinstance(field, Discreetly) and field.context.get("discreet"):
        return field.instead
    method = _method(type(field))
    if method in MADE:
        return MADE[method](field)
    return PLAIN.get(method, field.to_representation)


def _method(kind: type[Any]) -> Any:
    """The method that writes the values of such a field where it is not discreet."""
    return next(
        vars(each)["to_representation"]
        for each in kind.__mro__
        if "to_representation" in vars(each) and each is not Discreetly
    )


def _each(field: Any) -> Function:
    write = compiled(field.child)
    return lambda values: [None if value is None else write(value) for value in values]


def _reference(field: Any) -> Function:
    context = field.context
    return lambda value: field.remembered(value, context.get("refs"))


def _publishable_reference(field: Any) -> Function:
    context = field.context
    return lambda value: field.remembered(value, context.get("refs")) if value.publishable else None


def _date(field: Any) -> Function:
    return lambda value: value.isoformat() if type(value) is date else field.to_representation(value)


def _boolean(field: Any) -> Function:
    return lambda value: value if type(value) is bool else field.to_representation(value)


def _uuid(field: Any) -> Function:
    return str if field.uuid_format == "hex_verbose" else field.to_representation


def _by_method(field: Any) -> Function:
    return getattr(field.parent, field.method_name)  # type: ignore[no-any-return]


def _record(serializer: Any) -> Function:
    written = [(field.field_name, field, compiled(field)) for field in serializer._readable_fields]
    of_dict = [(name, _key(field), write) for name, field, write in written]
    of_object = [(name, _attribute(field), write) for name, field, write in written]

    def render(record: Any) -> dict[str, Any]:
        columns = of_dict if type(record) is dict else of_object
        return {name: None if (value := get(record)) is None else write(value) for name, get, write in columns}

    return render


def _key(field: Field) -> Function:
    plain = type(field).get_attribute is serializers.Field.get_attribute and len(field.source_attrs) == 1
    return itemgetter(field.source_attrs[0]) if plain else field.get_attribute


def _attribute(field: Field) -> Function:
    """What gives the value of a field of an object."""
    if type(field).get_attribute is not serializers.Field.get_attribute or not field.source_attrs:
        return field.get_attribute
    if len(field.source_attrs) > 1 and field.default is None:
        return _attribute_or_none(field.source_attrs)
    if len(field.source_attrs) == 1 and isinstance(field, serializers.ListSerializer):
        name = field.source_attrs[0]
        return lambda record: parts_of(record, name)
    return attrgetter(".".join(field.source_attrs))


def _attribute_or_none(names: list[str]) -> Function:
    def get(record: Any) -> Any:
        for name in names:
            record = getattr(record, name)
            if record is None:
                return None
        return record

    return get


# By the method that writes such values: how, where that needs no look at the field; else what looks at it once.
PLAIN: dict[Any, Function] = {
    serializers.CharField.to_representation: str,
    serializers.IntegerField.to_representation: int,
    serializers.FloatField.to_representation: float,
    OpenCode.to_representation: text_or_null,
    ClosedCode.to_representation: text_or_null,
    TextOrNull.to_representation: text_or_null,
    Texts.to_representation: dict,
}
MADE: dict[Any, Callable[[Any], Function]] = {
    serializers.Serializer.to_representation: _record,
    serializers.ListSerializer.to_representation: _each,
    serializers.ListField.to_representation: _each,
    Remembered.to_representation: _reference,
    PublishableDocumentRef.to_representation: _publishable_reference,
    serializers.DateField.to_representation: _date,
    serializers.BooleanField.to_representation: _boolean,
    serializers.UUIDField.to_representation: _uuid,
    serializers.SerializerMethodField.to_representation: _by_method,
}
