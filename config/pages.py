"""The pages that belong to no resource: what this site is, the interactive documentation of its API, and the icon.

They work without any other host and under a policy that allows no inline script or style; their words are in front.py.
"""

from typing import Any
from urllib.parse import unquote
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerSplitView

from config.api import DESCRIPTION
from config.front import CAR, COAST, EVERYTHING, FOUNDING, QUERIES, WORDS
from incidents.api.renderers import ANY, accepted
from incidents.models import LogHead, PublicClaim, PublicIncident

LINKS = {"documentation": "/api/docs/", "api": "/api/v1/", "openapi": "/api/v1/schema/", "admin": "/admin/"}
FIGURES = ("incidents", "claims", "seq")
RIGHT_TO_LEFT = "ar"


@require_safe
def icon(_request: HttpRequest) -> HttpResponse:
    """What browsers ask for where a page names no icon; not for good, as the file's name changes with its content."""
    return redirect(static("config/icon.svg"))


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """What this is, as HTML for people and as JSON for programs that do not ask for HTML; ?lang= chooses the words."""
    state = figures()
    queries = {section: QUERIES[section] for section in (FOUNDING, CAR, EVERYTHING) if section in state["sections"]}
    response: HttpResponse
    quality = accepted(request.headers.get("Accept", ANY))
    if quality("text/html") > quality("application/json"):
        response = render(request, "config/front.html", _context(_language(request), state, queries))
    else:
        english = WORDS["en"]
        body = {
            "name": english.title,
            "description": DESCRIPTION,
            **{name: request.build_absolute_uri(path) for name, path in LINKS.items()},
            "figures": {name: state[name] for name in FIGURES},
            "first_queries": [
                {
                    "data": english.sections[section],
                    "question": english.queries[name],
                    "url": request.build_absolute_uri(path),
                }
                for section, offered in queries.items()
                for name, path in offered.items()
            ],
        }
        response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    patch_vary_headers(response, ["Accept", "Accept-Language"])
    return response


def figures() -> dict[str, Any]:
    """How much is published now and which sections of queries it answers; counted once for each state of the log."""
    head = LogHead.objects.using("public").first()
    key = f"front:{head.hash}" if head else "front:"
    state: dict[str, Any] | None = cache.get(key)
    if state is None:
        incidents = PublicIncident.objects.using("public")
        sections = {
            FOUNDING: incidents.filter(public_id=UUID(COAST)).exists(),
            CAR: incidents.filter(country="CAF").exists(),
            EVERYTHING: True,
        }
        state = {
            "incidents": incidents.count(),
            "claims": PublicClaim.objects.using("public").count(),
            "seq": head.seq if head else 0,
            "sections": [section for section, answers in sections.items() if answers],
        }
        cache.set(key, state, timeout=3600)
    return state


def _language(request: HttpRequest) -> str:
    """The language asked for in the address, else the browser's; English where we have no words."""
    asked = request.GET.get("lang") or translation.get_language() or "en"
    return asked if asked in WORDS else "en"


def _context(language: str, state: dict[str, Any], queries: dict[str, dict[str, str]]) -> dict[str, Any]:
    words = WORDS[language]
    return {
        "language": language,
        "direction": "rtl" if language == RIGHT_TO_LEFT else "ltr",
        "languages": settings.LANGUAGES,
        "words": words,
        "links": LINKS,
        "figures": {getattr(words, name): _grouped(state[name]) for name in FIGURES},
        "citation": words.citation.format(seq=state["seq"]),
        "sections": [
            {
                "title": words.sections[section],
                "queries": [
                    {"label": words.queries[name], "address": path, "shown": unquote(path)}
                    for name, path in offered.items()
                ],
            }
            for section, offered in queries.items()
        ],
        "contact": settings.CONTACT_EMAIL,
    }


def _grouped(number: int) -> str:
    """The number with narrow spaces between thousands, which reads the same in every language."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


class Docs(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files, its script at an address of its own."""

    url = "/api/v1/schema/"
    template_name = "config/docs.html"
    throttle_classes = ()
    http_method_names = ["get", "head"]
    schema = None
