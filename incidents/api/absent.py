"""Every address under /api/ that is no resource: a 404, counted like any other request, for guessing costs as much."""

from typing import Any

from rest_framework.request import Request

from incidents.api import limits
from incidents.api.base import Resource
from incidents.api.problems import NotFound


class Absent(Resource):
    """Answers whatever method and media type with the 404 of problem details, also while DEBUG is on."""

    @property
    def default_response_headers(self) -> dict[str, str]:
        """No Allow: there is nothing that takes a method."""
        return {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Counted and answered here, before anything is asked of the request: whatever it is, nothing takes it."""
        limits.settle(request)
        raise NotFound


absent = Absent.as_view({"get": "initial"})
