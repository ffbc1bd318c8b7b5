"""Searching the desk's lists and pickers: a word is found in any language and however it is spelt, as the API finds it.

Texts of the working record are in no index: the database looks through them with a pattern that has, for each letter of
the word in search normal form, all letters that have this form, and lets the marks pass that have none.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from django.contrib.admin.utils import get_fields_from_path
from django.db.models import CharField, F, Field, Func, Model, Q, QuerySet, TextField
from django.utils.text import smart_split, unescape_string_literal

from incidents.models.base import TextsField
from incidents.models.folding import fold, tokens

MOST_WORDS, MOST_LETTERS = 10, 40
"""What of a search is looked at; who pastes a page finds by its first words, and the database a pattern it can use."""
LONGEST_TAG = 3
PLANE = 0x10000
SURROGATES = range(0xD800, 0xE000)


class Written(Func):
    """What a column that holds a text for each language says, one language a line."""

    output_field = TextField()
    template = "(SELECT string_agg(value, E'\\n') FROM jsonb_each_text(%(expressions)s))"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "(SELECT group_concat(value, char(10)) FROM json_each(%(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **context)


class Stored(Written):
    """The same with the tags of the languages between the texts, four times as fast on PostgreSQL."""

    template = "(%(expressions)s)::text"


def found(rows: QuerySet[Any], paths: Iterable[str], asked: str) -> QuerySet[Any]:
    """Those of the rows in which each word that is asked for stands in one of the columns; words in quotes together."""
    model = rows.model
    for bit in islice(smart_split(asked), MOST_WORDS):
        if bit.startswith(('"', "'")) and bit[0] == bit[-1] and len(bit) > 1:
            bit = unescape_string_literal(bit)  # noqa: PLW2901 -- what stands within the quotes
        rows = rows.filter(pk__in=_holding(model, paths, bit).values("pk"))
    return rows


def _holding(model: type[Model], paths: Iterable[str], bit: str) -> QuerySet[Any]:
    words = [word[:MOST_LETTERS] for word in tokens(bit)[:MOST_WORDS]]
    rows, here = model._default_manager.all(), Q()
    for number, path in enumerate(paths):
        field: Field[Any, Any] = get_fields_from_path(model, path)[-1]
        if not isinstance(field, TextsField):
            here |= Q(**{f"{path}__icontains": bit})
        if words and isinstance(field, TextsField | CharField | TextField):
            here_too = Q()
            for each, word in enumerate(words):
                column = f"column_{number}_{each}"
                rows = rows.alias(**{column: _said_in(field, path, word)})
                here_too &= Q(**{f"{column}__regex": spelling(word)})
            here |= here_too
    return rows.filter(here) if here else rows.none()


def _said_in(field: Field[Any, Any], path: str, word: str) -> Written | F:
    """The column in which a word is looked for; what may be a language's tag, such as en, in its texts alone."""
    if not isinstance(field, TextsField):
        return F(path)
    return Written(path) if word.isascii() and word.isalpha() and len(word) <= LONGEST_TAG else Stored(path)


@lru_cache(maxsize=256)
def spelling(word: str) -> str:
    """The pattern that finds a word in search normal form in texts as they are written."""
    forms, marks = _forms()
    parts, place = list[str](), 0
    while place < len(word):
        letter, both = word[place], word[place : place + 2]
        parts.append(forms.get(letter, letter))
        if len(both) > 1 and both in forms:  # ae is written as one sign too
            parts[-1] = f"(?:{forms[both]}|{parts[-1]}{marks}{forms.get(both[1], both[1])})"
        place += 1 + (len(both) > 1 and both in forms)
    return marks.join(parts)


@cache
def _forms() -> tuple[dict[str, str], str]:
    """By one or two letters of the search normal form a class of all signs that have it, and one of all that have none.

    Of the first plane of Unicode: the others hold neither letters nor marks that several are written with.
    """
    points: dict[str, list[int]] = defaultdict(list)
    for point in range(PLANE):
        if point not in SURROGATES:
            # Between letters, since a space around it is left out and a sign for one is not.
            points[fold(f"a{chr(point)}a")[1:-1]].append(point)
    several = {form: each for form, each in points.items() if form.isalnum() and (len(each) > 1 or len(form) > 1)}
    return {form: _class(each) for form, each in several.items() if len(form) < 3}, f"{_class(points[''])}*"


def _class(points: list[int]) -> str:
    return f"[{''.join(_ranges(points))}]"


def _ranges(points: list[int]) -> Iterator[str]:
    first = last = points[0]
    for point in [*points[1:], -1]:
        if point == last + 1:
            last = point
            continue
        yield chr(first) if first == last else f"{chr(first)}-{chr(last)}"
        first = last = point
