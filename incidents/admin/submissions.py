"""What organisations sent: read it, decide whom its names stand for, and take the steps of its review.

Who may take which step is the table in rules/submissions/transitions.py; moderating.py beside it takes it. The page on
which many are undone is reverting.py.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from incidents.admin import changing, terms
from incidents.admin.asking import Asking, WhyForm, answered, seen_version
from incidents.admin.base import ReadOnlyAdmin, Table
from incidents.admin.filters import KindFilter
from incidents.admin.model_labels import name_of_kind
from incidents.admin.naming import isolated, text_of
from incidents.admin.reverting import UNDONE, Reverting
from incidents.admin.sent import readable
from incidents.choices import SubmissionAction as Action
from incidents.documents.reasons import in_words
from incidents.models import (
    AdminArea,
    DuplicateCandidate,
    IdempotentRequest,
    Incident,
    Recognition,
    Submission,
    SubmissionPart,
    SubmissionStep,
)
from incidents.rules.accounts.access import Right, may
from incidents.rules.desk.looking import called, listed, looked_at
from incidents.rules.sameness import duplicates
from incidents.rules.submissions import moderating
from incidents.rules.submissions.moderating import REFUSALS
from incidents.rules.submissions.telling import differences
from incidents.rules.submissions.transitions import TRANSITIONS, why_not


class Readable(Table):
    """Children that are only read."""

    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _called(part: SubmissionPart, proposal: Mapping[str, Any]) -> str:
    """What a proposed record is called; of an area, which proposals name in English, in the reader's language."""
    area = AdminArea.objects.filter(pcode=proposal["id"]).first() if part.kind == "place" else None
    name: str = proposal["name"]
    return name if area is None else text_of(area.names, name)


class PartColumns:
    """A part of a submission in the reader's language; pointers and names keep their own direction."""

    @admin.display(description=_("Where it stands"), ordering="pointer")
    def where(self, part: SubmissionPart) -> str:
        return isolated(part.pointer)

    @admin.display(description=_("Kind"), ordering="kind")
    def what(self, part: SubmissionPart) -> str:
        return name_of_kind(part.kind)

    @admin.display(description=_("As written"), ordering="as_written")
    def name(self, part: SubmissionPart) -> str:
        return isolated(part.as_written)

    @admin.display(description=_("Proposals"))
    def may_mean(self, part: SubmissionPart) -> SafeString | str:
        """The records or areas that a name may stand for, with how alike the names are, of 100."""
        told = [(isolated(_called(part, each)), each["id"], each["score"]) for each in part.proposals]
        return format_html_join("", "<div>{} ({}, {})</div>", told) if told else "-"


class PartInline(PartColumns, Readable):
    model = SubmissionPart
    fields = readonly_fields = ("where", "what", "name", "outcome", "object_id", "may_mean")


class StepColumns:
    """A step in the reader's language; the state before it has no choices, since the first step comes from none."""

    @admin.display(description=_("From"), ordering="from_state")
    def came_from(self, step: SubmissionStep) -> str:
        return terms.label("submission_state", step.from_state) or "-"


class StepInline(StepColumns, Readable):
    model = SubmissionStep
    fields = readonly_fields = ("action", "came_from", "to_state", "by", "reason", "at")
    related = ("by",)


class Reviewing:
    """Whoever reviews may take steps; which of them, the rule says."""

    def has_review_permission(self, request: HttpRequest) -> bool:
        return may(request.user, Right.REVIEW)


# Who reads the reason of a step.
READ = _("In one sentence that the organisation reads.")
MAY_BE_READ = _("May be left empty; the organisation reads it.")
HINTS = {
    Action.PUBLISH: _("May be left empty. Anybody may read it: it stands in the public log for good."),
    Action.UNDO: UNDONE,
}
DECIDING = frozenset({Action.APPROVE, Action.PUBLISH})


def _step(action: Action) -> Callable[..., HttpResponse | None]:
    """The list action that takes a step for each of the chosen submissions."""

    @admin.action(description=action.label, permissions=["review"])
    def take(self: "SubmissionAdmin", request: HttpRequest, queryset: Any) -> HttpResponse | None:
        title = terms.label("submission_action", action.value)
        needed = TRANSITIONS[action].reason
        form = WhyForm(answered(request), needed=needed, hint=HINTS.get(action, READ if needed else MAY_BE_READ))
        tell = self.before_it_is_public if action in DECIDING else lambda _: ""
        page = self.asked(request, queryset, action.value, title, form, tell=tell)
        if page is not None:
            return page
        user: Any = request.user
        reason = form.cleaned_data["reason"]

        def step(row: Submission) -> Submission:
            return moderating.act(row, action, by=user, reason=reason, version=seen_version(request, row))

        return self.each(request, queryset, step, REFUSALS)

    take.__name__ = action.value
    return take


STEPS = tuple(action for action, step in TRANSITIONS.items() if not step.own)


@admin.register(Submission)
class SubmissionAdmin(Asking, Reviewing, Reverting):
    lists_confidential = False
    list_display = ("organisation", "type", "state", "external_key", "author", "assignee", "created_at")
    list_filter = ("state", "type", "organisation")
    list_select_related = ("organisation", "author", "assignee")
    search_fields = ("public_id", "external_key", "note", "organisation__name")
    date_hierarchy = "created_at"
    ordering = ("-pk",)
    inlines = (PartInline, StepInline)
    fields = (
        ("organisation", "type", "state"), "note", "sent", "differing", "may_be", ("incident", "investigation"),
        ("author", "first_reviewer"), ("publisher", "assignee"), ("external_scheme", "external_key", "batch"),
        ("created_at", "updated_at"),
    )  # fmt: skip
    readonly_fields = ("sent", "differing", "may_be")
    actions = tuple(_step(action) for action in STEPS)

    @admin.display(description=_("What was sent"))
    def sent(self, row: Submission) -> SafeString:
        """The content in the reader's language, and as it was sent."""
        exact = json.dumps(row.content, ensure_ascii=False, indent=2)
        return render_to_string("admin/incidents/sent.html", {"entries": readable(row.content), "exact": exact})

    @admin.display(description=_("What it changes"))
    def differing(self, row: Submission) -> SafeString | str:
        """Where it says otherwise than the version before: that, what the record says, and what it is to say."""
        told = [each for each in differences(row.differences, desk=True) if each["record"] != each["sent"]]
        if not told:
            return "-"
        row_of = '<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td>{}</td></tr>'
        heads = ((now("Where it stands"),), (now("In the version before"),), (now("In the record"),), (now("Sent"),))
        return format_html(
            "<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
            format_html_join("", '<th scope="col">{}</th>', heads),
            format_html_join("", row_of, changing.rows(told)),
        )

    @admin.display(description=_("Incidents that it may be"))
    def may_be(self, row: Submission) -> SafeString | str:
        """Those found when it was sent and since, with the score of 1000 and the reasons; the likeliest first."""
        found = {each["id"]: each for each in duplicates.of_submission(row)}
        incidents = {str(each.public_id): each for each in Incident.objects.filter(public_id__in=found)}
        links = (
            (
                reverse(f"{self.admin_site.name}:incidents_incident_change", args=[incidents[key].pk]),
                str(incidents[key]),
                each["score"],
                in_words(each["reasons"], terms.label),
            )
            for key, each in found.items()
            if key in incidents
        )
        listed = format_html_join("", '<li><a href="{}"><bdi>{}</bdi></a> ({}/1000): {}</li>', links)
        return format_html("<ul>{}</ul>", listed) if listed else "-"

    def before_it_is_public(self, row: Submission) -> SafeString:
        """Where to see what becomes public, and which incidents it may be that nobody has decided about."""
        page, record = f"{self.admin_site.name}:incidents_", row.incident or row.investigation
        told = []
        if record is not None:
            called([record])
            address = reverse(f"{page}{record._meta.model_name}_preview", args=[record.pk])
            told.append((now("What will be public"), address, record, ""))
        found = {
            each["id"]: each["score"] for each in duplicates.of_submission(row) if each["decision"] == duplicates.OPEN
        }
        others = {str(each.public_id): each for each in Incident.objects.filter(public_id__in=found)}
        called(others.values())
        told += [
            (now("It may be the same, and nobody has decided"), reverse(f"{page}incident_change", args=[each.pk]), each,
             f" ({found[key]}/1000)")
            for key, each in sorted(others.items(), key=lambda pair: -found[pair[0]])
        ]  # fmt: skip
        return format_html_join("", '<div class="help">{}: <a href="{}"><bdi>{}</bdi></a>{}</div>', told)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None:
            listed(DuplicateCandidate, duplicates.pairs_of(row))
            context["steps"] = [
                (action.value, terms.label("submission_action", action.value))
                for action in STEPS
                if row.state in TRANSITIONS[action].sources and not why_not(row, action, request.user)
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def get_actions(self, request: HttpRequest) -> Any:
        """Steps under their names in the reader's language."""
        return {
            name: (action, key, terms.label("submission_action", name) or description)
            for name, (action, key, description) in super().get_actions(request).items()
        }


class MatchForm(forms.Form):
    """Whom a name stands for."""

    object_id = forms.ChoiceField(label=_("Stands for"), widget=forms.RadioSelect)

    def __init__(self, part: SubmissionPart, *args: Any) -> None:
        super().__init__(*args)
        field: Any = self.fields["object_id"]
        proposed = [(each["id"], f"{isolated(_called(part, each))} ({each['score']})") for each in part.proposals]
        field.choices = [*proposed, ("new", now("A new record"))]


@admin.register(SubmissionPart)
class SubmissionPartAdmin(PartColumns, Asking, Reviewing, ReadOnlyAdmin[SubmissionPart]):
    fields = ("submission", "where", "what", "name", "outcome", "object_id", "may_mean", "table", "row", "before")
    readonly_fields = ("where", "what", "name", "may_mean")
    list_display = ("name", "what", "outcome", "where", "submission")
    list_filter = ("outcome", ("kind", KindFilter))
    list_select_related = ("submission__organisation",)
    search_fields = ("as_written", "submission__public_id", "object_id")
    ordering = ("-pk",)
    actions = ("match",)

    @admin.action(description=_("Decide whom it stands for"), permissions=["review"])
    def match(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        chosen = list(queryset[:2])
        if len(chosen) != 1:
            messages.error(request, now("Choose one name."))
            return None
        form = MatchForm(chosen[0], answered(request))
        looked_at(chosen[0])
        page = self.asked(request, chosen, "match", _("Decide whom it stands for"), form)
        if page is not None:
            return page
        given, user = form.cleaned_data["object_id"], request.user
        meant = None if given == "new" else given
        return self.each(request, chosen, lambda part: moderating.resolve(part, by=user, object_id=meant), REFUSALS)  # type: ignore[arg-type]


@admin.register(SubmissionStep)
class SubmissionStepAdmin(StepColumns, ReadOnlyAdmin[SubmissionStep]):
    fields = list_display = ("submission", "action", "came_from", "to_state", "by", "reason", "at")
    readonly_fields = ("came_from",)
    list_filter = ("action",)
    list_select_related = ("submission__organisation", "by")
    search_fields = ("submission__public_id", "reason")
    ordering = ("-pk",)


@admin.register(Recognition)
class RecognitionAdmin(ReadOnlyAdmin[Recognition]):
    fields = ("organisation", "what", "name", "object_id", "by", "at")
    readonly_fields = ("what", "name")
    list_display = ("organisation", "what", "name", "object_id", "by", "at")
    list_filter = (("kind", KindFilter), "organisation")
    list_select_related = ("organisation", "by")
    search_fields = ("folded", "object_id")
    ordering = ("-pk",)

    @admin.display(description=_("Kind"), ordering="kind")
    def what(self, row: Recognition) -> str:
        return name_of_kind(row.kind)

    @admin.display(description=_("Search form"), ordering="folded")
    def name(self, row: Recognition) -> str:
        return isolated(row.folded)


@admin.register(IdempotentRequest)
class IdempotentRequestAdmin(ReadOnlyAdmin[IdempotentRequest]):
    """Which requests were answered, and how; what the answer says is for who asked, and shown nowhere."""

    fields = ("organisation", "key", "digest", "status", "created_at")
    list_display = ("organisation", "key", "status", "created_at")
    list_select_related = ("organisation",)
    search_fields = ("key",)
    ordering = ("-pk",)
