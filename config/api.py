"""Settings of the REST framework and of the OpenAPI document it writes; each line is here for a measured reason.

The classes they name live in incidents/api/ and are given as dotted names, so that settings import none of them.
"""

import inspect
from typing import Any

from django.db.models import TextChoices

from incidents import choices

TITLE = "Humanitarian incident database"
DESCRIPTION = (
    "Incidents in which people came to harm: who says so, what was counted, who is alleged to have done it and "
    "what was investigated. Every figure is a range that can be traced to the claims behind it."
)
LICENCES = (
    "The records of this database are under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/); `/api/v1/` says "
    "how to cite them, and lists the licences of what comes from others. Apache-2.0 is the licence of the code."
)
TAGS = {
    "incidents": "What happened, where and when, with claims and derived estimates.",
    "victims": "Totals of people harmed, as ranges, without double counting.",
    "perpetrators": "Who is alleged to have done it, and by whom.",
    "investigations": "Commissions, cases and inquiries with their deadlines.",
    "places": "Countries and areas, from the province to the settlement.",
    "sources": "Who publishes what the record relies on.",
    "documents": "The single publications that claims are taken from.",
    "claims": "What each document says, with the trace of its use.",
    "vocabularies": "Codes with their labels in four languages and mappings to other schemes.",
    "changes": "The publication log as a feed: publish, withdraw, merge, redact.",
    "log": "Signed heads of the log, to be kept elsewhere.",
    "releases": "Frozen states of the data that can be cited.",
    "submissions": "What organisations propose.",
    "duplicates": "Incidents that may be one: pairs for whoever reviews, and what is decided of them.",
    "decisions": "What takes two people: proposed by one, confirmed or declined by another.",
    "webhooks": "What organisations are told as it happens, signed and in order.",
    "about": "What this is, under which licence, and how to cite it.",
}


def rest_framework(*, num_proxies: int) -> dict[str, Any]:
    """REST_FRAMEWORK; how often a client may ask is incidents/api/limits.py's matter."""
    return {
        "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.NamespaceVersioning",
        "DEFAULT_VERSION": "v1",
        "ALLOWED_VERSIONS": ["v1"],
        # With form parsers in the document the generated Python client does not import.
        "DEFAULT_PARSER_CLASSES": ["incidents.api.parsers.StrictJSON"],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_CONTENT_NEGOTIATION_CLASS": "incidents.api.renderers.Negotiation",
        # No session: a cookie opens nothing here, so no other site's page can use it.
        "DEFAULT_AUTHENTICATION_CLASSES": ["incidents.api.authentication.BearerKey"],
        "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
        # Unset, a forged X-Forwarded-For walks around limits and networks.
        "NUM_PROXIES": num_proxies,
        "DEFAULT_SCHEMA_CLASS": "incidents.api.schema.AutoSchema",
        "EXCEPTION_HANDLER": "incidents.api.problems.handler",
        # ?format= is ours: it chooses csv, geojson and the like, and is a 400 when it is unknown.
        "URL_FORMAT_OVERRIDE": None,
        "UNICODE_JSON": True,
        "COMPACT_JSON": True,
        "TEST_REQUEST_DEFAULT_FORMAT": "json",
    }


def spectacular(*, site_url: str, contact_email: str) -> dict[str, Any]:
    """SPECTACULAR_SETTINGS; without ``site_url`` the document names no server but the one that serves it."""
    return {
        "TITLE": TITLE,
        "DESCRIPTION": f"{DESCRIPTION}\n\n{LICENCES}",
        "VERSION": "1.0.0",
        "OAS_VERSION": "3.1.0",
        "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
        "SERVERS": [{"url": site_url or "/"}],
        "CONTACT": {"name": TITLE} | ({"email": contact_email} if contact_email else {}),
        "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        "TAGS": [{"name": name, "description": text} for name, text in TAGS.items()],
        "SERVE_INCLUDE_SCHEMA": False,
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "SWAGGER_UI_SETTINGS": {"deepLinking": True, "displayOperationId": True, "validatorUrl": None},
        # A request may leave out what an answer always has; one component for both breaks generated clients.
        "COMPONENT_SPLIT_REQUEST": True,
        "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
        "ENUM_GENERATE_CHOICE_DESCRIPTION": True,
        "ENUM_NAME_OVERRIDES": enum_names(),
        "PREPROCESSING_HOOKS": ["incidents.api.schema.preprocess"],
        "POSTPROCESSING_HOOKS": [
            "incidents.api.webhooks.describe",
            "incidents.api.schema.remember_null",
            "drf_spectacular.hooks.postprocess_schema_enums",
            "incidents.api.schema.postprocess",
        ],
    }


def enum_names() -> dict[str, str]:
    """Each closed vocabulary under its class name; without this, names such as Status68aEnum drift with every field."""
    return {
        name: f"{choices.__name__}.{name}"
        for name, vocabulary in inspect.getmembers(choices, inspect.isclass)
        if issubclass(vocabulary, TextChoices) and vocabulary is not TextChoices and vocabulary not in choices.GROWING
    }
