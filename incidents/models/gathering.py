"""Reading many records with all that belongs to them: few statements, and what many rows name is one instance.

Django's own prefetching makes a manager and a queryset for every record and relation, at ten times the cost.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from operator import attrgetter
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.base import ModelState

from incidents.models.among import Keys
from incidents.models.prepared import Prepared, blank, prepared

CACHE = "_prefetched_objects_cache"


def parts_of(record: Model, name: str) -> Sequence[Any]:
    """The parts of a record: those gathered or prefetched, or else asked of the database."""
    try:
        parts: Sequence[Any] = record.__dict__[CACHE][name]
    except KeyError:
        return list(getattr(record, name).all())
    return parts


def instances(rows: QuerySet[Any]) -> list[Any]:
    """The rows as instances, without the moments that Django keeps of them, which are loaded where they are asked for.

    Put together at once: `Model.__init__` sets each column by itself and sends signals, at five times the cost.
    """
    names = _columns(rows.model)
    return _made(rows.model, names, rows.values_list(*names), rows.db)


def among(
    model: type[Model],
    column: str,
    keys: Collection[Any],
    order: Sequence[str] = (),
    *,
    only: Sequence[str] = (),
) -> list[Any]:
    """The rows whose `column` is one of these keys, as instances like those; the statement is put together once.

    With `only` these columns alone are read: the others are loaded where they are asked for, row by row.
    """
    if not keys:
        return []
    names = only or _columns(model)
    return _made(model, names, *_asked(model, names, column, keys, order))


def _asked(
    model: type[Model], names: Sequence[str], column: str, keys: Collection[Any], order: Sequence[str]
) -> tuple[list[Sequence[Any]], str]:
    """These columns of the rows whose `column` is one of the keys, and the alias of the database they are from."""
    rows = model._default_manager.all()
    field = model._meta.pk if column == "pk" else model._meta.get_field(column)

    def of(some: Any) -> QuerySet[Any, Any]:
        return rows.filter(**{f"{column}__among": some}).order_by(*order).values(*names)

    return columns((rows.db, model, tuple(names), column, tuple(order)), of, field, keys), rows.db


def columns(what: Hashable, rows: Callable[[Any], QuerySet[Any, Any]], field: Any, keys: Collection[Any]) -> list[Any]:
    """The columns that `rows(keys)` gives by `.values()`, by a statement put together once and kept under `what`.

    `rows` looks for its keys with `among` alone; they are values of `field`. Nothing is asked where there are none.
    PostgreSQL does not keep it: what it once planned for small tables would go through them when they have grown.
    """
    if not keys:
        return []
    written = Keys(field)
    statement = prepared(what, lambda: Prepared.of(rows(blank(written, 0)), [written]), kept=False)
    return statement.tuples([keys])


def _columns(model: type[Model]) -> list[str]:
    """Every column but the moments that Django keeps."""
    kept = [field for field in model._meta.concrete_fields if not getattr(field, "auto_now", False)]
    return [field.attname for field in kept if not getattr(field, "auto_now_add", False)]


def _made(model: Any, names: Sequence[str], rows: Iterable[Sequence[Any]], alias: str) -> list[Any]:
    made = []
    new = model.__new__
    for values in rows:
        instance, state = new(model), ModelState()
        state.adding, state.db = False, alias
        columns = instance.__dict__
        columns.update(zip(names, values, strict=True))
        columns["_state"] = state
        made.append(instance)
    return made


class Gathering:
    """One reading; records of it that name the same row share its instance."""

    def __init__(self) -> None:
        self._known: dict[type[Model], dict[Any, Any]] = {}

    def read(self, model: type[Model], keys: Collection[Any]) -> list[Any]:
        """The rows with these primary keys, in their order, for records of this reading that name them."""
        made = among(model, "pk", keys, ("pk",))
        self._known.setdefault(model, {}).update({each.pk: each for each in made})
        return made

    def parts(
        self, holders: Sequence[Any], name: str, model: type[Model], holder: str, order: Sequence[str]
    ) -> list[Any]:
        """Fill the relation `name` of every holder with the rows of a model whose foreign key `holder` names it.

        The rows do not keep their holder: what points at each other is not gone before garbage is searched for.
        """
        found: dict[Any, list[Any]] = {key: [] for key in _keys(holders)}
        field: Any = model._meta.get_field(holder)
        gathered = among(model, holder, found.keys(), order)
        for part in gathered:
            key = getattr(part, field.attname)
            found[key].append(part)
        _keep(holders, name, found)
        return gathered

    def many(self, holders: Sequence[Any], name: str) -> list[Any]:
        """The same for a many-to-many relation, in the order of what it leads to."""
        found: dict[Any, list[Any]] = {key: [] for key in _keys(holders)}
        if not holders:
            return []
        relation: Any = type(holders[0])._meta.get_field(name)
        target: type[Model] = relation.related_model
        here, there = relation.m2m_field_name(), relation.m2m_reverse_field_name()
        order = [f"{there}__{column}" for column in target._meta.ordering or ()]
        through: Any = relation.remote_field.through
        pairs, _ = _asked(through, [f"{here}_id", f"{there}_id"], here, found.keys(), order)
        known = self._instances(target, [key for _, key in pairs])
        for holder, key in pairs:
            found[holder].append(known[key])
        _keep(holders, name, found)
        return list({key: known[key] for _, key in pairs}.values())

    def named(self, rows: Sequence[Any], *names: str) -> list[Any]:
        """Fill these foreign keys of every row; returns what they name, each once."""
        named: dict[tuple[str, Any], Any] = {}
        for name in names if rows else ():
            field: Any = type(rows[0])._meta.get_field(name)
            keys = [getattr(row, field.attname) for row in rows]
            known = self._instances(field.related_model, keys)
            for row, key in zip(rows, keys, strict=True):
                field.set_cached_value(row, known[key] if key is not None else None)
            named |= {(name, key): known[key] for key in keys if key is not None}
        return list(named.values())

    def _instances(self, model: type[Model], keys: Sequence[Any]) -> dict[Any, Any]:
        known = self._known.setdefault(model, {})
        missing = set(keys) - known.keys() - {None}
        if missing:
            known.update({each.pk: each for each in among(model, "pk", missing)})
        return known


def _keep(holders: Sequence[Any], name: str, found: dict[Any, list[Any]]) -> None:
    for each, key in zip(holders, _keys(holders), strict=True):
        kept = each.__dict__.setdefault(CACHE, {})
        kept[name] = found[key]


def _keys(rows: Sequence[Any]) -> list[Any]:
    """Their primary keys; the property `pk` looks up at each row what its column is called."""
    return list(map(attrgetter(rows[0]._meta.pk.attname), rows)) if rows else []
