"""What is answered where a request died outside of its view, such as when its session was saved.

Failures of views are the matter of the API (incidents/api/problems.py) and the admin (incidents/admin/unavailable.py).
"""

import sys

from django.http import HttpRequest, HttpResponse

from incidents.admin import unavailable
from incidents.api import problems


def failed(request: HttpRequest) -> HttpResponse:
    """Django's 500; 503 at the desk where the database had no time, and problem details under /api/."""
    # Django tells this view no exception, and calls it while it handles one.
    return unavailable.page(request, sys.exc_info()[1]) or problems.handler500(request)
