"""The pages from which a record is made public: what it will say; publishing, withdrawing, redacting, and lowering
its sensitivity.

Each is proposed here with a reason, and done when a second person confirms it (decisions.py). A GET changes nothing.
Merges are proposed in merging.py.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from incidents.admin import reading, state, terms
from incidents.admin.asking import Asking, answered, seen_state
from incidents.admin.proposing import PublicReasonForm, about, proposed, waiting
from incidents.admin.records import HistoryAdmin
from incidents.admin.telling import told
from incidents.choices import GIVEN_BY_PEOPLE, DecisionAction, ReasonCode
from incidents.models import Actor, Document, Incident, Investigation, Source
from incidents.rules.desk.looking import looked_at
from incidents.rules.desk.seen import opened
from incidents.rules.publication import publishing, rendering
from incidents.rules.publication.disclosure import LEVELS
from incidents.rules.publication.publishing import Publishable
from incidents.rules.publication.refusing import PublishingError

R = TypeVar("R", Incident, Investigation, Source, Document, Actor)


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


def _withdrawal() -> ReasonForm:
    return ReasonForm(prefix="withdraw", initial={"reason_code": ReasonCode.CORRECTION.value})


class PublishedAdmin(Asking, HistoryAdmin[R]):
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
        form = ReasonForm(answered(request))
        title = _("Propose to publish the selected records")
        # What would become public of each, as far as one page of the list holds them: it takes time.
        few = len(queryset) <= self.list_per_page
        seen = partial(opened, DecisionAction.PUBLISH) if few else lambda _record: ""
        page = self.asked(request, queryset, "publish_selected", title, form, seen=seen)
        if page is None:
            shown = partial(seen_state, request)
            proposed(request, DecisionAction.PUBLISH, list(queryset), form.cleaned_data, shown=shown)
        return page

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        preview = self.admin_site.admin_view(require_safe(self.preview_view))
        return [
            path("<int:pk>/preview/", preview, name=f"{name}_preview"),
            path("<int:pk>/publish/", self._sent_to(self.publish_view), name=f"{name}_publish"),
            path("<int:pk>/withdraw/", self._sent_to(self.withdraw_view), name=f"{name}_withdraw"),
            path("<int:pk>/lower/", self._sent_to(self.lower_view), name=f"{name}_lower"),
            *super().get_urls(),
        ]

    def _sent_to(self, view: Callable[[HttpRequest, int], HttpResponse]) -> Callable[..., Any]:
        """The view that a form is sent to; opened, as by signing in again meanwhile, it leads to the form."""

        def answer(request: HttpRequest, pk: int) -> HttpResponse:
            if request.method == "POST":
                return view(request, pk)
            record = self._looked_up(request, pk)
            messages.warning(request, _("Nothing was proposed. If your session had ended, write the reason once more."))
            return self._back(record)

        opened: Callable[..., Any] = self.admin_site.admin_view(require_http_methods(["GET", "HEAD", "POST"])(answer))
        return opened

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What will be public, and how it differs from what is; writes nothing."""
        return self._page(request, self._looked_up(request, pk))

    def publish_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self._changeable(request, pk)
        form = ReasonForm(request.POST)
        if form.is_valid() and proposed(request, DecisionAction.PUBLISH, [record], form.cleaned_data):
            return self._back(record)
        return self._page(request, record, publish_form=form)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self._changeable(request, pk)
        form = ReasonForm(request.POST, prefix="withdraw")
        if form.is_valid() and proposed(request, DecisionAction.WITHDRAW, [record], form.cleaned_data):
            return self._back(record)
        return self._page(request, record, withdraw_form=form)

    def lower_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self._changeable(request, pk)
        form = LowerForm(record, request.POST, prefix="lower")
        if form.is_valid():
            details = {"sensitivity": form.cleaned_data["sensitivity"]}
            if proposed(request, DecisionAction.LOWER_SENSITIVITY, [record], form.cleaned_data, details):
                return self._back(record)
        return self._page(request, record, lower_form=form)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        record = context.get("original")
        if record is not None:
            context |= {"preview_url": self._url("preview", record), "state": self.state(record)}
        return super().render_change_form(request, context, *args, **kwargs)

    def offered(self, record: Any) -> dict[str, Any]:
        """The forms of what may be proposed of a record on its page, untouched, and where each is sent."""
        return {
            "publish_form": ReasonForm(),
            "publish_url": self._url("publish", record),
            "withdraw_form": _withdrawal(),
            "withdraw_url": self._url("withdraw", record),
            "lower_form": LowerForm(record, prefix="lower") if lower_levels(record) else None,
            "lower_url": self._url("lower", record),
        }

    def _page(self, request: HttpRequest, record: R, **answered: forms.Form) -> TemplateResponse:
        looked_at(record)
        shown = opened(DecisionAction.PUBLISH, record)  # before it is rendered: what changes between is noticed
        public = publishing.published_document(state.KINDS[type(record)], record.public_id)
        document, refusal = rendered(record)
        refusal = refusal or told(publishing.why_not_published(record))
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
            "proposals": waiting(request, about(record)),
            "shown": shown,
            "may_change": self.has_change_permission(request, record),
            "has_view_permission": True,
            **self.offered(record),
            **answered,
        }
        return TemplateResponse(request, "admin/incidents/preview.html", context)

    def _record(self, request: HttpRequest, pk: int) -> R:
        record = self.get_object(request, str(pk))
        if record is None:
            raise Http404
        return record

    def _looked_up(self, request: HttpRequest, pk: int) -> R:
        record = self._record(request, pk)
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
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


class RedactForm(PublicReasonForm):
    """Why earlier versions are emptied."""

    hint = gettext_lazy(
        "In one sentence that anybody may read: it stands in the public log for good. "
        "Say nothing of what is to be emptied. For example: the safety of a witness."
    )


class RedactableAdmin(PublishedAdmin[R]):
    """A record whose earlier versions can be emptied."""

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_redact"
        return [path("<int:pk>/redact/", self._sent_to(self.redact_view), name=name), *super().get_urls()]

    def redact_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        record = self._changeable(request, pk)
        form = RedactForm(request.POST, prefix="redact")
        if form.is_valid() and proposed(request, DecisionAction.REDACT, [record], form.cleaned_data):
            return self._back(record)
        return self._page(request, record, redact_form=form)

    def offered(self, record: Any) -> dict[str, Any]:
        """With the form for emptying earlier versions where one stands in the log."""
        told = publishing.still_told(publishing.with_absorbed(record))
        form = RedactForm(prefix="redact") if told else None
        return {**super().offered(record), "redact_form": form, "redact_url": self._url("redact", record)}


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
        return None, told(refusal)
