"""The two pages that belong to no resource: what this site is, and the interactive documentation of its API.

Both work without any other host and under a policy that allows no inline script or style.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView

from config.api import DESCRIPTION, TITLE

FIRST_QUERIES = {
    "People killed, by month": "/api/v1/victims/?measure=killed&group_by=month",
    "Latest incidents": "/api/v1/incidents/?ordering=-date&limit=10",
    "Investigations past their deadline": "/api/v1/investigations/?overdue=true",
    "What changed": "/api/v1/changes/?after=0",
}


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """What this is, as HTML for people and as JSON for programs that do not ask for HTML."""
    links = {
        "api": "/api/v1/",
        "documentation": "/api/docs/",
        "openapi": "/api/v1/schema/",
        "admin": "/admin/",
    }
    response: HttpResponse
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        context = {
            "title": TITLE,
            "description": DESCRIPTION,
            "links": links,
            "queries": FIRST_QUERIES,
            "contact": settings.CONTACT_EMAIL,
        }
        response = render(request, "config/front.html", context)
    else:
        addresses = {name: request.build_absolute_uri(path) for name, path in links.items()}
        queries = {name: request.build_absolute_uri(path) for name, path in FIRST_QUERIES.items()}
        body = {"name": TITLE, "description": DESCRIPTION, **addresses, "first_queries": queries}
        response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    patch_vary_headers(response, ["Accept"])
    return response


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files, its script at an address of its own."""

    url = "/api/v1/schema/"
    template_name = "config/docs.html"
    throttle_classes = ()
    schema = None
