"""What the desk is shown where a request is refused or fails: what happened, what to do, and a way back.

In the reader's language and with the id of the request, by which the log tells more. The API answers problem details
(incidents/api/problems.py), and where the database had no time there is a page of its own (unavailable.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PRIVATE = {"Cache-Control": "private, no-store"}


@dataclass(frozen=True)
class Told:
    """The words of a page; `again` where opening the address anew is of use."""

    status: int
    title: Promise
    happened: Promise
    advice: Promise
    again: bool = False


BAD_REQUEST = Told(
    400,
    _("This cannot be read"),
    _(
        "Something in the address, or in what was sent, cannot be read: a filter or a value that the list does not "
        "offer, for example. Nothing was saved."
    ),
    _("Open the list from the first page of the desk, and choose there what it is to show."),
)
FORBIDDEN = Told(
    403,
    _("You may not do this"),
    _("Your account has no permission for it. Nothing was saved."),
    _(
        "Whoever sent you here may be able to do it. If it belongs to your work, ask an administrator for the role "
        "that it takes."
    ),
)
FORM_FROM_ELSEWHERE = Told(
    403,
    _("This page was opened too long ago"),
    _(
        "Since it was opened you signed in again, in another tab for example, or your browser keeps no cookies of "
        "this site. Nothing was saved."
    ),
    _("Go back: what you wrote is still in the form. Copy it, open the page again, and send it from there."),
    again=True,
)
NOT_FOUND = Told(
    404,
    _("There is no such page"),
    _("The address is mistyped, or what it led to is no longer there."),
    _("Look for it from the first page of the desk. A record that was merged stands in the list of merges."),
)
FAILED = Told(
    500,
    _("Something went wrong here"),
    _("It is a mistake of the program, and it was written down for those who run the site."),
    _("Look whether what you did was saved before you do it again."),
)


def page(request: HttpRequest, told: Told) -> HttpResponse | None:
    """The page with these words, or None for an address outside of the desk; it asks the database nothing."""
    if not at_desk(request):
        return None
    given = {"title": told.title, "told": told, "is_popup": "_popup" in request.GET}
    return dressed(request, "admin/refused.html", told.status, given)


def at_desk(request: HttpRequest) -> bool:
    """Whether the address is one of the desk's."""
    return request.path.startswith(reverse("admin:index"))


def dressed(request: HttpRequest, template: str, status: int, given: Mapping[str, Any]) -> HttpResponse:
    """A page in the frame of the desk, without what must be asked of the database, such as who is signed in."""
    shared = {
        "site_header": admin.site.site_header,
        "site_title": admin.site.site_title,
        "address": request.get_full_path(),
        "request_id": getattr(request, "request_id", ""),
    }
    # The middleware that chooses the language may not have been asked, or be what failed.
    with translation.override(translation.get_language_from_request(request)):
        content = render_to_string(template, {**shared, **given})
    return HttpResponse(content, status=status, headers=PRIVATE)
