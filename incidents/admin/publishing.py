"""The pages from which a record is made public: what it will say; publishing, withdrawing and lowering its sensitivity.

Each is proposed here with a reason, and done when a second person confirms it (decisions.py). A GET changes nothing.
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
from incidents.choices import DecisionAction, DecisionState, ReasonCode
from incidents.models import Actor, Decision, Document, Incident, Investigation, Source
from incidents.rules import deciding, publishing, rendering
from incidents.rules.disclosure import LEVELS
from incidents.rules.publishing import Publishable, PublishingError
from incidents.rules.transitions import NeedsReason, NotAllowed, NotNow

R = TypeVar("R", Incident, Investigation, Source, Document, Actor)

REFUSALS = (NeedsReason, NotAllowed, NotNow, PublishingError)
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


class LowerForm(forms.Form):
    """To which lower sensitivity, and why."""

    sensitivity = forms.ChoiceField(label=gettext_lazy("Sensitivity"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        max_length=publishing.MAX_REASON,
        help_text=gettext_lazy("In one sentence, for example: the family agreed."),
    )

    def __init__(self, record: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        levels: Any = self.fields["sensitivity"]
        levels.choices = [(level, terms.label("sensitivity", level)) for level in lower_levels(record)]


def lower_levels(record: Any) -> list[str]:
    """The sensitivities below that of an incident; none for anything else."""
    return LEVELS[: LEVELS.index(record.sensitivity)] if isinstance(record, Incident) else []


def _proposals(request: HttpRequest, record: Any) -> list[dict[str, Any]]:
    """What is proposed for the record, and why the viewer may not confirm it, if so."""
    user: Any = request.user
    kind = publishing.KINDS[type(record)]
    found = Decision.objects.filter(kind=kind, object_id=record.public_id, state=DecisionState.PROPOSED)
    return [{"decision": each, "why_not": deciding.why_not(each, user)} for each in found.select_related("proposed_by")]


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

    @admin.action(description=gettext_lazy("Propose to publish the selected records"), permissions=["change"])
    def publish_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if form.is_bound and form.is_valid():
            self._propose(request, DecisionAction.PUBLISH, list(queryset), form)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Propose to publish the selected records"),
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
            path("<int:pk>/lower/", view(require_POST(self.lower_view)), name=f"{name}_lower"),
            *super().get_urls(),
        ]

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What will be public, and how it differs from what is; writes nothing."""
        record = self._record(request, pk)
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        return self._page(request, record)

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self._changeable(request, pk)
        form = ReasonForm(request.POST)
        if form.is_valid() and self._propose(request, DecisionAction.PUBLISH, [record], form):
            return self._back(record)
        return self._page(request, record, publish_form=form)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self._changeable(request, pk)
        form = ReasonForm(request.POST, prefix="withdraw")
        if form.is_valid() and self._propose(request, DecisionAction.WITHDRAW, [record], form):
            return self._back(record)
        return self._page(request, record, withdraw_form=form)

    def lower_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self._changeable(request, pk)
        form = LowerForm(record, request.POST, prefix="lower")
        if form.is_valid():
            details = {"sensitivity": form.cleaned_data["sensitivity"]}
            if self._propose(request, DecisionAction.LOWER_SENSITIVITY, [record], form, details):
                return self._back(record)
        return self._page(request, record, lower_form=form)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        record = context.get("original")
        if record is not None:
            context |= {"preview_url": self._url("preview", record), "state": self.state(record)}
        return super().render_change_form(request, context, *args, **kwargs)

    def _propose(
        self,
        request: HttpRequest,
        action: DecisionAction,
        records: list[R],
        form: forms.Form,
        details: dict[str, Any] | None = None,
    ) -> bool:
        """Propose an action on each of these records; whether all were proposed."""
        user: Any = request.user
        given = form.cleaned_data
        proposed = 0
        for record in records:
            try:
                deciding.propose(
                    action,
                    record,
                    by=user,
                    reason=given["reason"],
                    reason_code=given.get("reason_code", ReasonCode.CORRECTION.value),
                    details=details,
                )
            except REFUSALS as refusal:
                messages.error(request, f"{record}: {refusal}")
            else:
                proposed += 1
        if proposed:
            text = ngettext(
                "Proposed: %(number)d. A second person confirms it.",
                "Proposed: %(number)d. A second person confirms them.",
                proposed,
            )
            messages.success(request, text % {"number": proposed})
        return proposed == len(records)

    def _page(
        self,
        request: HttpRequest,
        record: R,
        *,
        publish_form: forms.Form | None = None,
        withdraw_form: forms.Form | None = None,
        lower_form: forms.Form | None = None,
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
            "publish_form": publish_form or ReasonForm(),
            "withdraw_form": withdraw_form or _withdrawal(),
            "lower_form": lower_form or (LowerForm(record, prefix="lower") if lower_levels(record) else None),
            "proposals": _proposals(request, record),
            "decide_url": reverse(f"{self.admin_site.name}:incidents_decision_changelist"),
            "publish_url": self._url("publish", record),
            "withdraw_url": self._url("withdraw", record),
            "lower_url": self._url("lower", record),
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
