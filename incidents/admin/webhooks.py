"""Webhooks at the desk: who is told what, stopping and resuming, a new secret shown once, and the delivery log.

Every change goes through rules/delivery/webhooks.py; what was sent and what came back is only read.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from incidents.admin import labels, terms
from incidents.admin.asking import Asking, answered, in_turn, seen_version
from incidents.admin.base import DeskAdmin, ReadOnlyAdmin
from incidents.admin.digits import NumberWidget, WholeNumberField
from incidents.admin.records import RecordForm
from incidents.admin.telling import told
from incidents.models import MissedDeadline, Organisation, Webhook, WebhookAttempt, WebhookMessage
from incidents.rules.delivery import webhooks
from incidents.rules.delivery.webhooks import WebhookError
from incidents.rules.trail.editing import Stale


class WebhookForm(RecordForm):
    """What a subscription is about; the rule refuses an address that we do not call."""

    kinds = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Of which kinds of objects; none: of all."),
    )
    events = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, help_text=gettext_lazy("Of which events; none: of all.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, vocabulary in (("kinds", "public_kind"), ("events", "webhook_event")):
            field: Any = self.fields.get(name)
            if field is not None:
                field.choices = list(terms.pairs(vocabulary))
                field.label = labels.FIELDS[name]

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                webhooks.check(cleaned["name"], cleaned["url"], cleaned["kinds"], cleaned["events"])
            except WebhookError as refusal:
                raise forms.ValidationError(told(refusal)) from refusal
        if not self.errors and self.instance._state.adding:
            self._refuse_again(cleaned)
        return cleaned

    def _refuse_again(self, given: dict[str, Any]) -> None:
        """A page with a new secret that is loaded again sends its form again; so does who clicks twice."""
        Organisation.objects.select_for_update(no_key=True).get(pk=given["organisation"].pk)
        if Webhook.objects.filter(**{name: given[name] for name in ("organisation", "name", "url")}).exists():
            self.add_error(
                "name",
                _(
                    "There is such a webhook already, and its secret was shown when it was made. Make a new secret for "
                    "it in the list, or write another name."
                ),
            )


class StopForm(forms.Form):
    """Why a subscription is stopped: its organisation reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=webhooks.MAX_REASON,
        widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        help_text=gettext_lazy("In one sentence that the organisation reads, for example: its host name has expired."),
    )


class ResendForm(forms.Form):
    """From which row of the log on a subscription is told again."""

    seq = WholeNumberField(
        label=gettext_lazy("Sequence number"),
        min_value=1,
        widget=NumberWidget,
        help_text=gettext_lazy("The first row of the publication log to be told again, with all that follow."),
    )


@admin.register(Webhook)
class WebhookAdmin(Asking, DeskAdmin[Webhook]):
    """Subscriptions; they are stopped and never deleted, so that what they were told stays known."""

    recorded_by_rule = True
    form = WebhookForm
    change_form_template = "admin/incidents/record.html"
    list_display = ("name", "organisation", "url", "state", "state_reason", "state_since", "seq")
    list_filter = ("state", "organisation")
    list_select_related = ("organisation",)
    search_fields = ("name", "url", "organisation__name")
    readonly_fields = (
        "public_id", "state", "state_reason", "state_since", "seq", "earlier_until", "created_by", "created_at",
        "updated_at", "deliveries",
    )  # fmt: skip
    actions = ("pause", "disable", "enable", "rotate", "resend_from")

    def get_fieldsets(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        asked = (None, {"fields": ("organisation", "name", "url", "kinds", "events")})
        if obj is None:
            return (asked,)
        stands = (gettext_lazy("How it stands"), {"fields": self.readonly_fields})
        return self.followed((asked, stands), request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Webhook | None = None) -> Any:
        kept = [] if obj is None else [self._without_link("organisation", request)]
        return [*super().get_readonly_fields(request, obj), *kept]

    def has_delete_permission(self, request: HttpRequest, obj: Webhook | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("Deliveries"))
    def deliveries(self, row: Webhook) -> SafeString:
        """Links to its messages and to its delivery log."""
        of = f"?webhook__id__exact={row.pk}"
        log = f"?message__webhook__id__exact={row.pk}"
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("admin:incidents_webhookmessage_changelist") + of,
            _("Messages"),
            reverse("admin:incidents_webhookattempt_changelist") + log,
            _("Delivery log"),
        )

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        given = {name: form.cleaned_data[name] for name in ("name", "url", "kinds", "events")}
        if change:
            webhooks.change(obj, **given, version=form.cleaned_data["version"])
            return
        made, secret = webhooks.subscribe(form.cleaned_data["organisation"], by=request.user, **given)  # type: ignore[arg-type]
        obj.__dict__ |= {name: value for name, value in made.__dict__.items() if name != "_state"}
        obj._state.adding = False
        request.new_secret = secret  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None) -> HttpResponse:
        """The secret, which is shown this one time and travels in no message, cookie or address."""
        return self._secret_page(request, obj, request.new_secret)  # type: ignore[attr-defined]

    @admin.action(description=gettext_lazy("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        return self._asked(request, queryset, "pause", _("Pause"), StopForm, webhooks.pause)

    @admin.action(description=gettext_lazy("Disable until the desk enables it again"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        title = _("Disable until the desk enables it again")
        return self._asked(request, queryset, "disable", title, StopForm, webhooks.disable)

    @admin.action(description=gettext_lazy("Resume where it stood"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: Any) -> None:
        self.each(request, queryset, webhooks.enable, (WebhookError,))

    @admin.action(description=gettext_lazy("Send again from a row of the log"), permissions=["change"])
    def resend_from(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        title = _("Send again from a row of the log")
        return self._asked(request, queryset, "resend_from", title, ResendForm, webhooks.resend_from)

    @admin.action(description=gettext_lazy("New signing secret"), permissions=["change"])
    def rotate(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            messages.error(request, _("Choose one webhook: its new secret is shown once."))
            return None
        note = _(
            "The new secret replaces the one in force, and is shown this one time. For a day messages are signed with "
            "both; one that was replaced less than a day ago signs no more."
        )
        page = self.asked(request, chosen, "rotate", _("New signing secret"), forms.Form(answered(request)), note)
        if page is not None:
            return page
        try:
            webhook, secret = webhooks.rotate(chosen[0], version=seen_version(request, chosen[0]))
        except Stale:  # as where the page with the secret is loaded again
            text = _("It was changed since this was asked, so its secret stays as it is. Ask again for a new one.")
            messages.error(request, text)
            return None
        return self._secret_page(request, webhook, secret)

    def _asked(
        self,
        request: HttpRequest,
        chosen: Any,
        action: str,
        title: str,
        form_class: type[forms.Form],
        rule: Callable[..., object],
    ) -> HttpResponse | None:
        """Ask for what the rule needs to know, then apply it to each."""
        form = form_class(answered(request))
        page = self.asked(request, chosen, action, title, form)
        if page is not None:
            return page
        return self.each(request, chosen, lambda webhook: rule(webhook, **form.cleaned_data), (WebhookError,))

    def _secret_page(self, request: HttpRequest, webhook: Webhook, secret: str) -> HttpResponse:
        context = {"title": _("The signing secret"), "original": webhook, "secret": secret}
        answer = self._page(request, "webhook_secret", context)
        answer["Cache-Control"] = "no-store"
        return answer

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"admin/incidents/{template}.html", shared | context)


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin[WebhookMessage]):
    list_display = ("message_id", "webhook", "event", "seq", "state", "attempts", "due_at", "created_at")
    list_filter = ("state", "event", "webhook")
    list_select_related = ("webhook",)
    search_fields = ("message_id",)
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-pk",)
    actions = ("resend",)

    @admin.action(description=gettext_lazy("Send again"), permissions=["resend"])
    def resend(self, request: HttpRequest, queryset: Any) -> None:
        chosen = queryset.select_related("webhook").order_by("place", "pk")
        done = in_turn(request, chosen, webhooks.resend, (WebhookError,))
        if done:
            text = ngettext("Sent again soon: %(number)d message.", "Sent again soon: %(number)d messages.", done)
            messages.success(request, text % {"number": done})

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Whoever may change webhooks."""
        return request.user.has_perm("incidents.change_webhook")


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin[WebhookAttempt]):
    list_display = ("at", "message", "status", "fault", "duration_ms")
    list_filter = ("fault", "status", "message__webhook")
    list_select_related = ("message",)
    search_fields = ("message__message_id",)
    date_hierarchy = "at"
    ordering = ("-pk",)


@admin.register(MissedDeadline)
class MissedDeadlineAdmin(ReadOnlyAdmin[MissedDeadline]):
    """Of which day of which inquiry subscriptions were told that it was missed."""

    list_display = ("due_on", "investigation", "noticed_at")
    search_fields = ("investigation",)
    date_hierarchy = "due_on"
    ordering = ("-pk",)
