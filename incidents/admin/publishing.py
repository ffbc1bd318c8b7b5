"""The pages from which a record is made public: what it will say, publish, withdraw, each with a reason.

Only rules/publishing.py decides and writes; a GET changes nothing, and a POST needs the permission to change.
"""

from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from incidents.admin import reading, state, terms
from incidents.admin.audited import looked_at
from incidents.admin.records import HistoryAdmin
from incidents.choices import ReasonCode
from incidents.models import Actor, Document, Incident, Investigation, Source
from incidents.rules import publishing, rendering
from incidents.rules.publishing import Publishable, PublishingError

R = TypeVar("R", Incident, Investigation, Source, Document, Actor)

# The other codes are given by the rules themselves.
GIVEN_BY_PEOPLE = (
    ReasonCode.NEW_INFORMATION,
    ReasonCode.CORRECTION,
    ReasonCode.RETRACTION,
    ReasonCode.PRIVACY,
    ReasonCode.TYPO,
)


class ReasonForm(forms.Form):
    """Why something is made public or withdrawn; it stands in the public log for good."""

    reason_code = forms.ChoiceField(label=gettext_lazy("Kind of reason"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        max_length=publishing.MAX_REASON,
        help_text=gettext_lazy(
            "In one sentence that anybody may read: it stands in the public log for good. "
            "For example: Seen raised its count to 1,700."
        ),
        error_messages={"required": gettext_lazy("Write the reason: it stands in the public log for good.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        codes: Any = self.fields["reason_code"]
        codes.choices = [(code.value, terms.label("reason_code", code.value)) for code in GIVEN_BY_PEOPLE]


def _withdrawal() -> ReasonForm:
    return ReasonForm(prefix="withdraw", initial={"reason_code": ReasonCode.CORRECTION.value})


class PublishedAdmin(HistoryAdmin[R]):
    """A record that can be published: its state in the list, and the pages that change it."""

    change_form_template = "admin/incidents/published.html"
    actions = ["publish_selected"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return state.annotate(super().get_queryset(request))

    @admin.display(description=gettext_lazy("State"))
    def state(self, row: Any) -> str:
        name = state.of(row)
        words = str(state.NAMES[name])
        if name in {state.PUBLISHED, state.CHANGED}:
            return _("%(state)s (version %(version)s)") % {"state": words, "version": row.public_version}
        return words

    @admin.action(description=gettext_lazy("Publish the selected records"), permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_bound and form.is_valid():
            self._publish(request, list(queryset), form)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Publish the selected records"),
            "opts": self.opts,
            "records": queryset,
            "form": form,
            "action": "publish_selected",
        }
        return TemplateResponse(request, "admin/incidents/publish_selected.html", context)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/preview/", view(require_safe(self.preview_view)), name=f"{name}_preview"),
            path("<int:pk>/publish/", view(require_POST(self.publish_view)), name=f"{name}_publish"),
            path("<int:pk>/withdraw/", view(require_POST(self.withdraw_view)), name=f"{name}_withdraw"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What will be public, and how it differs from what is; writes nothing."""
        record = self._record(request, pk)
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        return self._page(request, record, ReasonForm(), _withdrawal())

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self._changeable(request, pk)
        form = ReasonForm(request.POST)
        if form.is_valid() and self._publish(request, [record], form):
            return self._back(record)
        return self._page(request, record, form, _withdrawal())

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self._changeable(request, pk)
        form = ReasonForm(request.POST, prefix="withdraw")
        if form.is_valid():
            given = form.cleaned_data
            try:
                publishing.withdraw(record, reason_code=given["reason_code"], reason=given["reason"])
            except PublishingError as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("“%s” is withdrawn.") % record)
                return self._back(record)
        return self._page(request, record, ReasonForm(), form)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        record = context.get("original")
        if record is not None:
            context |= {"preview_url": self._url("preview", record), "state": self.state(record)}
        return super().render_change_form(request, context, *args, **kwargs)

    def _publish(self, request: HttpRequest, records: list[R], form: ReasonForm) -> bool:
        given = form.cleaned_data
        try:
            done = publishing.publish(records, reason_code=given["reason_code"], reason=given["reason"])
        except PublishingError as refusal:
            messages.error(request, str(refusal))
            return False
        if done.published:
            number = done.published
            text = ngettext("Published: %(number)d record.", "Published: %(number)d records.", number)
            messages.success(request, text % {"number": number})
        else:
            messages.info(request, _("Nothing was added: it is public exactly like this already."))
        return True

    def _page(
        self, request: HttpRequest, record: R, publish_form: ReasonForm, withdraw_form: ReasonForm
    ) -> TemplateResponse:
        looked_at(record)
        public = publishing.published_document(state.KINDS[type(record)], record.public_id)
        document, refusal = rendered(record)
        context = {
            **self.admin_site.each_context(request),
            "title": _("What will be public"),
            "subtitle": str(record),
            "opts": self.opts,
            "original": record,
            "state": self.state(record),
            "refusal": refusal,
            "entries": reading.entries(document) if document is not None else [],
            "is_public": public is not None,
            "differences": reading.differences(public or {}, document) if document is not None and public else [],
            "publish_form": publish_form,
            "withdraw_form": withdraw_form,
            "publish_url": self._url("publish", record),
            "withdraw_url": self._url("withdraw", record),
            "may_change": self.has_change_permission(request, record),
            "has_view_permission": True,
        }
        return TemplateResponse(request, "admin/incidents/preview.html", context)

    def _record(self, request: HttpRequest, pk: int) -> R:
        record = self.get_object(request, str(pk))
        if record is None:
            raise Http404
        return record

    def _changeable(self, request: HttpRequest, pk: int) -> R:
        record = self._record(request, pk)
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        return record

    def _url(self, page: str, record: Model) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[record.pk])

    def _back(self, record: Model) -> HttpResponseRedirect:
        return HttpResponseRedirect(self._url("preview", record))


def rendered(record: Publishable) -> tuple[Any, str]:
    """The document that would be public and no refusal, or none and the sentence that says why."""
    try:
        match record:
            case Source():
                hidden = record.confidential
                return (
                    (None, _("It is confidential: only its kind is published."))
                    if hidden
                    else (rendering.source_content(record), "")
                )
            case Document():
                hidden = not record.publishable
                return (
                    (None, _("It is not public, or its consent forbids it."))
                    if hidden
                    else (rendering.document_content(record), "")
                )
            case Actor():
                return rendering.perpetrator_content(record), ""
            case _:
                return publishing.preview(record), ""
    except PublishingError as refusal:
        return None, str(refusal)
