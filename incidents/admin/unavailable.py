"""What the desk is shown where the database has no time for a request: that nothing was saved, and a way to send again.

Rules and views do their work in one transaction, so that whoever is refused by a lock or the clock left nothing behind;
list actions that did some of it say so themselves (asking.py). The API says the same as problem details.
"""

import logging
from typing import Any

from django.core.signals import got_request_exception
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext_lazy as _
from psycopg_pool import PoolTimeout

from incidents.admin.refused import at_desk, dressed

RETRY_AFTER = "1"
CONNECTION = ("08", "57P")  # PostgreSQL's classes: the connection failed, or an operator ended it
LOCKED = "locked"  # as SQLite says of the database, or of a table
KEPT_OUT = "password"  # what such a field holds goes into no page

logger = logging.getLogger(__name__)


class Unavailable(MiddlewareMixin):
    """Answers 503 with a page of the admin where a view of the admin died of the database's having no time."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The page, or None for every other exception and address."""
        return page(request, exception)


def page(request: HttpRequest, exception: BaseException | None) -> HttpResponse | None:
    """The page about this exception, or None if it is another matter; it asks the database nothing."""
    if not isinstance(exception, OperationalError) or not at_desk(request):
        return None
    logger.error("The database had no time for %s", request.method, exc_info=exception)
    got_request_exception.send(sender=None, request=request)
    answer = dressed(request, "admin/unavailable.html", 503, _given(request) | {"lost": _lost(exception)})
    answer["Retry-After"] = RETRY_AFTER
    return answer


def _lost(error: OperationalError) -> bool:
    """Whether it was no wait but a lost connection: it may be lost once what was done is kept, before that is told."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    waited = isinstance(error.__cause__, PoolTimeout) or LOCKED in str(error)
    return state.startswith(CONNECTION) or not (state or waited)


def _given(request: HttpRequest) -> dict[str, Any]:
    posted = request.method == "POST"
    return {
        "title": _("The database is busy"),
        "posted": posted,
        "entered": _entered(request) if posted else [],
        "is_popup": "_popup" in request.GET or (posted and "_popup" in request.POST),
    }


def _entered(request: HttpRequest) -> list[tuple[str, str]]:
    """What was entered, to be sent again as it was; nothing where a part of it is a secret or a file."""
    given = [(name, str(value)) for name, values in request.POST.lists() for value in values]
    secret = any(KEPT_OUT in name.lower() for name in request.POST)
    return [] if secret or request.FILES else given
