"""List actions that ask for something first, such as a reason, and then do one thing to each of the chosen rows.

What is done, and what is refused in which words, is the rules' matter.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.admin.naming import isolated
from incidents.admin.telling import about

logger = logging.getLogger(__name__)

Refusals = tuple[type[Exception], ...]


class WhyForm(forms.Form):
    """Why something is done; where it is not `needed` it may be left empty. The `hint` says who reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=gettext_lazy("In one sentence, for example: three sources that do not repeat each other."),
    )

    def __init__(self, *args: Any, hint: Any = "", needed: bool = True) -> None:
        super().__init__(*args)
        self.fields["reason"].required = needed
        if hint:
            self.fields["reason"].help_text = hint


class Asking:
    """What an admin page needs for such actions."""

    opts: Any
    admin_site: Any

    def asked(
        self,
        request: HttpRequest,
        chosen: Any,
        action: str,
        title: Any,
        form: forms.Form,
        note: str = "",
        seen: Callable[[Any], int | str] = lambda row: getattr(row, "version", ""),
        tell: Callable[[Any], str] = lambda _: "",
    ) -> TemplateResponse | None:
        """The page that asks, with a note of what it leads to, or None once it is answered.

        It carries what was `seen` of each row when it was opened, so that a step is taken on nothing newer, and says
        behind each what there is to `tell` of it.
        """
        if form.is_bound and form.is_valid():
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "rows": [(row, seen_state(request, row) or str(seen(row)), tell(row)) for row in chosen],
            "form": form,
            "note": note,
            "action": action,
        }
        return TemplateResponse(request, "admin/incidents/asked.html", context)

    def each(
        self, request: HttpRequest, chosen: Iterable[Any], rule: Callable[[Any], object], refusals: Refusals
    ) -> HttpResponse | None:
        """Apply a rule to each; a refusal is shown in its own words beside what it is about."""
        done = in_turn(request, chosen, rule, refusals)
        if done:
            text = ngettext("Done: %(number)d.", "Done: %(number)d.", done)
            messages.success(request, text % {"number": done})
        return None


def in_turn(request: HttpRequest, chosen: Iterable[Any], rule: Callable[[Any], object], refusals: Refusals) -> int:
    """Apply a rule to each and return for how many it was done; a refusal is shown in its own words.

    Each is done by itself. Where the database has no time, it ends: with words about the row where something was done
    already, else with the page that says that nothing was (unavailable.py).
    """
    done = 0
    for row in chosen:
        try:
            rule(row)
        except refusals as refusal:
            messages.error(request, about(row, refusal))
        except OperationalError:
            if not done:
                raise
            logger.exception("The database had no time for one of several rows")
            text = _(
                "%(row)s: the database was busy. It and those after it were not done: choose them again in a moment."
            )
            messages.error(request, text % {"row": isolated(row)})
            break
        else:
            done += 1
    return done


def seen_version(request: HttpRequest, row: Any) -> int | None:
    """The version of a row that stood on the page that asked, so that a step is taken on nothing newer."""
    given = seen_state(request, row)
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def seen_state(request: HttpRequest, row: Any) -> str:
    """What was seen of a row on the page that asked; empty where it carried nothing."""
    return request.POST.get(f"version_{row.pk}", "")


def answered(request: HttpRequest) -> Any:
    """The answer to what was asked, None where it was not asked yet."""
    return request.POST if "asked" in request.POST else None
