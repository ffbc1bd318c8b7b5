"""What is answered where a request is refused or died outside of its view, such as when its session was saved.

The desk is shown a page (incidents/admin/refused.py and unavailable.py), the API answers problem details
(incidents/api/problems.py), and every other address what Django has.
"""

import sys

from django.http import HttpRequest, HttpResponse

from incidents.admin import refused, unavailable
from incidents.api import problems


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return refused.page(request, refused.BAD_REQUEST) or problems.handler400(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return refused.page(request, refused.FORBIDDEN) or problems.handler403(request, exception)


def from_elsewhere(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was not sent from a page of ours, or from one that was opened before its reader signed in."""
    return refused.page(request, refused.FORM_FROM_ELSEWHERE) or problems.csrf_failure(request, reason)


def absent(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return refused.page(request, refused.NOT_FOUND) or problems.handler404(request, exception)


def failed(request: HttpRequest) -> HttpResponse:
    """500; at the desk 503 where the database had no time."""
    # Django tells this view no exception, and calls it while it handles one.
    busy = unavailable.page(request, sys.exc_info()[1])
    return busy or refused.page(request, refused.FAILED) or problems.handler500(request)
