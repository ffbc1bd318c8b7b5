"""What the pages share on which something is proposed that takes two people: the form, the proposal, those that wait.

What may be proposed and confirmed, and by whom, is decided in rules/desk/deciding.py; the list of all is decisions.py.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy, ngettext

from incidents.admin import telling, terms
from incidents.choices import DecisionAction, DecisionState
from incidents.models import Decision, Incident
from incidents.rules.desk import deciding
from incidents.rules.publication import publishing
from incidents.rules.publication.publishing import Publishable

WITH = "with"  # names the other incident in the address of a merge
SEEN = "seen"  # carries which state of a pair was listed to the page that shows both
SHOWN = "shown"  # carries what the page showed to the proposal that is made on it
ABOUT_TWO = (DecisionAction.MERGE, DecisionAction.UNDO_MERGE)


class PublicReasonForm(forms.Form):
    """Why something is proposed that tells its reason in the public log."""

    longest = publishing.MAX_REASON
    hint: Any = gettext_lazy("In one sentence that anybody may read: it stands in the public log for good.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"] = forms.CharField(
            label=gettext_lazy("Reason"),
            widget=forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
            max_length=self.longest,
            help_text=self.hint,
            error_messages={"required": gettext_lazy("Write the reason: it stands in the public log for good.")},
        )


def proposed(
    request: HttpRequest,
    action: DecisionAction,
    records: Sequence[Publishable],
    given: Mapping[str, Any],
    details: Mapping[str, Any] | None = None,
    shown: Callable[[Publishable], str] | None = None,
) -> bool:
    """Propose an action on each of these records, with what a form gave, and say so; whether all were proposed.

    What the page showed is carried by the form, or `shown` tells it of each record.
    """
    user: Any = request.user
    done = 0
    for record in records:
        try:
            deciding.propose(
                action,
                record,
                by=user,
                reason=given["reason"],
                reason_code=given.get("reason_code"),
                details=details,
                shown=shown(record) if shown else request.POST.get(SHOWN, ""),
            )
        except deciding.REFUSALS as refusal:
            messages.error(request, telling.about(record, refusal))
        else:
            done += 1
    if done:
        text = ngettext(
            "Proposed: %(number)d. A second person confirms it.",
            "Proposed: %(number)d. A second person confirms them.",
            done,
        )
        messages.success(request, text % {"number": done})
    return done == len(records)


def waiting(request: HttpRequest, found: QuerySet[Decision], *, both: bool = False) -> list[dict[str, Any]]:
    """Those of these decisions that await a second person, and why the viewer may not be that, if so.

    One about two incidents leads to the page that shows both, unless the page does.
    """
    user: Any = request.user
    rows = found.filter(state=DecisionState.PROPOSED).select_related("proposed_by")
    return [
        {
            "decision": each,
            "title": terms.label("decision_action", each.action),
            "why_not": telling.told(deciding.why_not(each, user)),
            "look_url": look_url(each) if each.action in ABOUT_TWO and not both else "",
        }
        for each in rows
    ]


def about(record: Publishable) -> QuerySet[Decision]:
    """The decisions about a record, of an incident also those by which another would absorb it."""
    kind, key = publishing.KINDS[type(record)], record.public_id
    return Decision.objects.filter(Q(kind=kind) & (Q(object_id=key) | Q(details__absorbed=str(key))))


def merge_address(survivor: Incident, absorbed: Incident, seen: int | None = None) -> str:
    """The page that shows these two side by side, the first of them as the survivor; `seen` is as they were listed."""
    query = {WITH: absorbed.pk} | ({} if seen is None else {SEEN: seen})
    return reverse("admin:incidents_incident_merge", args=[survivor.pk], query=query)


def look_url(decision: Decision) -> str:
    """The address that leads to the page on which one sees what a decision is about."""
    return reverse("admin:incidents_decision_look", args=[decision.pk])
