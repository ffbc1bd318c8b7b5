"""Who a request is by, for the audit chain: the user of the session, asked for only where something is recorded.

Whoever comes with a key is known later, from the key (rules/trail/acting.py: identify).
"""

from django.http import HttpRequest, HttpResponse

from config.middleware import GetResponse
from incidents.rules.trail.acting import acting


class WhoActs:
    """Everything that a request causes is recorded under its user and its id."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with acting(user=request.user, request_id=request.request_id):  # type: ignore[attr-defined]
            return self.get_response(request)
