"""Lists that a thread makes ahead: the same items in the same order, however often it is told to."""

import threading
from collections.abc import Iterator

import pytest

from incidents.exchange.tables import Ahead


def test_items_come_in_order_whether_or_not_they_are_made_ahead() -> None:
    rows = Ahead(range(7), 3)
    met = []
    for made in rows:
        met.append(made)
        if len(met) != 2:
            rows.prepare()
            rows.prepare()
    assert met == [[0, 1, 2], [3, 4, 5], [6]]


def test_what_is_prepared_is_made_by_a_thread_and_nothing_else_is() -> None:
    makers = []

    def items() -> Iterator[int]:
        for number in range(3):
            makers.append(threading.current_thread() is threading.main_thread())
            yield number

    rows = Ahead(items(), 1)
    for made in rows:
        if made == [0]:
            rows.prepare()
    assert makers == [True, False, True]


def test_an_error_of_the_thread_is_raised_where_the_items_are_met() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("row 2")

    rows = Ahead(items(), 1)
    made = iter(rows)
    assert next(made) == [1]
    rows.prepare()
    with pytest.raises(ValueError, match="row 2"):
        next(made)
