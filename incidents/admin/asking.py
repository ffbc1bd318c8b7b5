"""List actions that ask for something first, such as a reason, and then do one thing to each of the chosen rows.

What is done, and what is refused in which words, is the rules' matter.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy, ngettext

Refusals = tuple[type[Exception], ...]


class WhyForm(forms.Form):
    """Why something is done; where `needed` is false it may be left empty."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=gettext_lazy("In one sentence, for example: three sources that do not repeat each other."),
    )


class MayExplainForm(WhyForm):
    """The same where a reason may be left out."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=gettext_lazy("May be left empty."),
    )


class Asking:
    """What an admin page needs for such actions."""

    opts: Any
    admin_site: Any

    def asked(
        self, request: HttpRequest, chosen: Any, action: str, title: Any, form: forms.Form
    ) -> TemplateResponse | None:
        """The page that asks, or None once it is answered."""
        if form.is_bound and form.is_valid():
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "rows": chosen,
            "form": form,
            "action": action,
        }
        return TemplateResponse(request, "admin/incidents/asked.html", context)

    def each(
        self, request: HttpRequest, chosen: Iterable[Any], rule: Callable[[Any], object], refusals: Refusals
    ) -> HttpResponse | None:
        """Apply a rule to each; a refusal is shown in its own words beside what it is about."""
        done = 0
        for row in chosen:
            try:
                rule(row)
            except refusals as refusal:
                messages.error(request, f"{row}: {refusal}")
            else:
                done += 1
        if done:
            text = ngettext("Done: %(number)d.", "Done: %(number)d.", done)
            messages.success(request, text % {"number": done})
        return None


def seen_version(request: HttpRequest, row: Any) -> int | None:
    """The version of a row that stood on the page that asked, so that a step is taken on nothing newer."""
    given = request.POST.get(f"version_{row.pk}", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None


def answered(request: HttpRequest) -> Any:
    """The answer to what was asked, None where it was not asked yet."""
    return request.POST if "asked" in request.POST else None
