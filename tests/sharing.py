"""Rows that many tests only read, made once: in a transaction around these tests, which is undone behind the last.

A fixture of a module or a class yields from ``made_once``; what a test itself changes is undone with that test.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import connection, transaction
from pytest_django import DjangoDbBlocker

T = TypeVar("T")


@contextmanager
def made_once(blocker: DjangoDbBlocker, make: Callable[[], T]) -> Iterator[T]:
    """Make the rows and yield what ``make`` returns, until the fixture ends; the fixture asks for django_db_setup."""
    with blocker.unblock(), transaction.atomic():
        made = make()
        connection.check_constraints()  # here, where it would wait for the end and be done after every test
        yield made
        transaction.set_rollback(True)
