"""The page on which a lead undoes a batch, or all that an organisation sent in a period: choose, look, say why, undo.

What can be undone, and what that does to the public, is decided in rules/submissions/reverting.py.
"""

import hashlib
from collections import Counter
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.admin import terms
from incidents.admin.asking import WhyForm
from incidents.admin.base import ReadOnlyAdmin
from incidents.admin.telling import told
from incidents.models import Incident, Investigation, Organisation, Submission
from incidents.models.base import name_of
from incidents.rules.accounts.access import Right, may
from incidents.rules.publication import publishing
from incidents.rules.submissions import moderating, reverting
from incidents.rules.submissions.unnamed import RECORDS, Gone

SHOWN = 100  # records named on the preview; their number is told whole
AT_ONCE = 500


class ChoiceForm(forms.Form):
    """What is to be undone: a batch, or what an organisation sent from one moment to before another."""

    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"), required=False, label=gettext_lazy("Organisation")
    )
    sent_from = forms.DateTimeField(
        required=False,
        label=gettext_lazy("Sent from"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
        help_text=gettext_lazy("The first moment that counts, in UTC."),
    )
    sent_before = forms.DateTimeField(
        required=False,
        label=gettext_lazy("Sent before"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
        help_text=gettext_lazy("The first moment that does not count any more, in UTC; empty: until now."),
    )
    batch = forms.UUIDField(
        required=False,
        label=gettext_lazy("Batch"),
        widget=forms.TextInput(attrs={"size": 40, "dir": "ltr"}),
        help_text=gettext_lazy("Or the id of what was sent in one bulk; then leave the rest empty."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        period = [given.get(name) for name in ("organisation", "sent_from", "sent_before")]
        if given.get("batch"):
            if any(period):
                raise forms.ValidationError(gettext_lazy("Name a batch or a period, not both."))
            return given
        if not self.errors and not (period[0] and period[1]):
            raise forms.ValidationError(gettext_lazy("Choose an organisation and from when on, or a batch."))
        if not self.errors:
            # What comes in after the preview was never looked at.
            given["sent_before"] = min(given["sent_before"] or timezone.now(), timezone.now())
            if given["sent_from"] >= given["sent_before"]:
                raise forms.ValidationError(gettext_lazy("The period ends before it begins."))
        return given

    def chosen(self) -> QuerySet[Submission]:
        """The submissions that are meant, once the form is valid."""
        given = self.cleaned_data
        if given.get("batch"):
            return reverting.of_batch(given["batch"])
        return reverting.of_period(given["organisation"], given["sent_from"], given["sent_before"])

    def repeated(self) -> dict[str, str]:
        """The same choice as values of hidden fields, to the microsecond."""
        given = self.cleaned_data
        if given.get("batch"):
            return {"batch": str(given["batch"])}
        moments = {name: given[name].isoformat() for name in ("sent_from", "sent_before")}
        return {"organisation": str(given["organisation"].pk), **moments}


# What is undone of the public record tells why.
UNDONE = gettext_lazy(
    "In one sentence that anybody may read, for example: the account was not theirs. It stands in the public log for "
    "good."
)


class Reverting(ReadOnlyAdmin[Submission]):
    """What the page of submissions needs for it."""

    change_list_template = "admin/incidents/submissions.html"
    change_form_template = "admin/incidents/submission.html"

    def get_urls(self) -> list[URLPattern]:
        undo = path("undo/", self.admin_site.admin_view(self.undo_view), name="incidents_submission_undo")
        return [undo, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {**(extra_context or {}), "undo_url": self._undo_url(request)})

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None and row.batch:
            context["undo_url"] = self._undo_url(request, batch=row.batch)
        return super().render_change_form(request, context, *args, **kwargs)

    def undo_view(self, request: HttpRequest) -> HttpResponse:
        """Choose; then a POST shows what would be undone, and another with a reason undoes it."""
        if not may(request.user, Right.RELEASE):
            raise PermissionDenied
        if request.method != "POST":
            return self._undo_page(request, ChoiceForm(initial=request.GET.dict()))
        form = ChoiceForm(request.POST)
        if not form.is_valid():
            return self._undo_page(request, form)
        why = WhyForm(request.POST if "seen" in request.POST else None, hint=UNDONE)
        seen = _digest(form.chosen())
        if why.is_valid():
            if request.POST["seen"] == seen:
                return self._undone(request, form, why.cleaned_data["reason"])
            messages.warning(request, _("Something of it changed meanwhile: look at it again, then undo it."))
        return self._preview(request, form, why, seen)

    def _preview(self, request: HttpRequest, form: ChoiceForm, why: WhyForm, seen: str) -> HttpResponse:
        """What would become of each, found by doing all of it and taking it back."""
        states = Counter(form.chosen().values_list("state", flat=True))
        tried = self._tried(request, form, "preview", dry_run=True)
        context: dict[str, Any] = {"why": why, "seen": seen, "repeated": form.repeated()}
        if tried is not None:
            context |= {
                "states": [(terms.label("submission_state", state), states[state]) for state in sorted(states)],
                "tried": tried,
                "refused": _rows([each for each in tried.results if each.refusal is not None]),
                "effects": [
                    (_("Withdrawn from the public, since nobody else speaks of it"), *_shown(tried.withdrawn)),
                    (_("Withdrawn with it, since nothing public names it any more"), *_shown_named(tried.unnamed)),
                    (_("Published again without what they said"), *_shown(tried.restated)),
                    (_("Changed by the organisation after the period as well"), *_shown_ids(tried.changed_later)),
                ],
            }
        return self._undo_page(request, form, **context)

    def _undone(self, request: HttpRequest, form: ChoiceForm, reason: str) -> HttpResponse:
        done = self._tried(request, form, reason, dry_run=False)
        if done is None:
            return self._undo_page(request, form)
        text = ngettext("Undone: %(number)d submission.", "Undone: %(number)d submissions.", done.undone)
        messages.success(request, text % {"number": done.undone})
        return self._undo_page(request, ChoiceForm(), results=_rows(done.results))

    def _tried(
        self, request: HttpRequest, form: ChoiceForm, reason: str, *, dry_run: bool
    ) -> reverting.Reverted | None:
        user: Any = request.user
        try:
            return reverting.undo_all(form.chosen(), by=user, reason=reason, dry_run=dry_run)
        except moderating.REFUSALS as refusal:
            messages.error(request, told(refusal))
            return None

    def _undo_page(self, request: HttpRequest, form: ChoiceForm, **more: Any) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Undo a batch or a period"),
            "form": form,
            **more,
        }
        return TemplateResponse(request, "admin/incidents/reverting.html", context)

    def _undo_url(self, request: HttpRequest, **query: Any) -> str:
        if not may(request.user, Right.RELEASE):
            return ""
        return reverse(f"{self.admin_site.name}:incidents_submission_undo", query=query or None)


def _digest(chosen: QuerySet[Submission]) -> str:
    """What stands for these submissions as they are now: it changes when one of them does."""
    rows = chosen.order_by("pk").values_list("pk", "version")
    return hashlib.sha256(repr(list(rows)).encode()).hexdigest()


def _rows(results: list[moderating.Result]) -> list[dict[str, Any]]:
    """Each submission with its state in words and, where it was not undone, why."""
    found: dict[UUID, Submission] = {}
    for start in range(0, len(results), AT_ONCE):
        keys = [each.id for each in results[start : start + AT_ONCE]]
        rows = Submission.objects.filter(public_id__in=keys).select_related("organisation").defer("content")
        found |= {row.public_id: row for row in rows}
    return [
        {
            "row": found[each.id],
            "state": terms.label("submission_state", found[each.id].state),
            "why": told(each.refusal) if each.refusal else "",
        }
        for each in results
        if each.id in found
    ]


def _shown_ids(ids: list[UUID]) -> tuple[int, list[tuple[str, str]]]:
    """How many submissions, and of the first of them the address and the id."""
    rows = dict(Submission.objects.filter(public_id__in=ids[:SHOWN]).values_list("public_id", "pk"))
    return len(ids), [(reverse("admin:incidents_submission_change", args=[pk]), str(key)) for key, pk in rows.items()]


def _shown_named(gone: list[Gone]) -> tuple[int, list[tuple[str, str]]]:
    """The same of sources and documents that are still public; no address where an earlier undoing removed the row."""
    named = []
    for each in gone[:SHOWN]:
        content = publishing.published_document(each.kind, each.id) or {}
        row = RECORDS[each.kind]._default_manager.filter(public_id=each.id).first()
        page = reverse(f"admin:incidents_{each.kind}_change", args=[row.pk]) if row is not None else ""
        named.append((page, name_of(content.get("name") or content.get("title") or {}, str(each.id))))
    return len(gone), named


def _shown(records: list[Incident | Investigation]) -> tuple[int, list[tuple[str, str]]]:
    """How many records, and of the first of them the address and the name."""
    named = []
    for record in records[:SHOWN]:
        name = f"admin:incidents_{record._meta.model_name}_change"
        named.append((reverse(name, args=[record.pk]), str(record)))
    return len(records), named
