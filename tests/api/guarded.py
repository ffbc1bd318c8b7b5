"""A resource that needs scopes, with the addresses of a site that has it: for tests of keys and of limits.

It stands in no registry and in no OpenAPI document.
"""

from django.http import HttpResponse
from django.urls import include, path
from rest_framework.request import Request

from incidents.api.authentication import caller_of
from incidents.api.base import Resource
from incidents.api.operations import Operation
from incidents.api.renderers import compact
from incidents.choices import KeyScope
from incidents.documents.about import About


class Guarded(Resource):
    """Answers who asks."""

    resource = "guarded"
    operations = {
        "page": Operation("guarded_open", "", "Everybody", About),
        "one": Operation(
            "guarded_get", "one/", "Who has both", About,
            scopes=frozenset({KeyScope.SUBMISSIONS_READ.value, KeyScope.SUBMISSIONS_WRITE.value}),
        ),
    }  # fmt: skip

    def page(self, request: Request) -> HttpResponse:
        """Whether a key was given, and who is the user to whatever comes after."""
        caller = caller_of(request)
        return self.answer(compact({"key": caller and caller.key.prefix, "user": str(request.user)}))

    one = page


addresses = Guarded.addresses()
urlpatterns = [path("api/v1/", include((addresses, "v1"))), path("", include("config.urls"))]
