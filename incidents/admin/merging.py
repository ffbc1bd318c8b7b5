"""Pages on which it is proposed that two incidents are one, and that a merge was none: both side by side, what moves.

rules/sameness/comparing.py tells what differs and moves, rules/desk/deciding.py who decides; a GET changes nothing.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from incidents.admin import reading, terms
from incidents.admin.base import ReadOnlyAdmin
from incidents.admin.naming import in_languages, isolated, with_semicolons
from incidents.admin.proposing import SEEN, WITH, PublicReasonForm, about, merge_address, proposed, waiting
from incidents.admin.publishing import RedactableAdmin
from incidents.admin.references import ReferenceSelect, possible
from incidents.admin.telling import told
from incidents.choices import DecisionAction, Sensitivity
from incidents.documents.reasons import in_words
from incidents.models import (
    Attribution,
    Claim,
    DuplicateCandidate,
    Incident,
    IncidentAct,
    IncidentReference,
    IncidentRelation,
    Merge,
    Scope,
    Statement,
    TargetedGroup,
)
from incidents.rules.accounts.access import Right, may
from incidents.rules.desk.looking import listed, looked_at
from incidents.rules.desk.seen import opened
from incidents.rules.publication import publishing
from incidents.rules.publication.disclosure import LEVELS
from incidents.rules.sameness import comparing, duplicates, unmerging

SURVIVOR, ABSORBED = "survivor", "absorbed"
CANDIDATES = 20
# Under which names a merge notes what went over: models.Merge.restore.
WENT_OVER: dict[type[Model], tuple[str, ...]] = {
    Claim: ("claims",),
    Attribution: ("attributions",),
    TargetedGroup: ("targeted_groups",),
    IncidentAct: ("acts",),
    IncidentReference: ("references",),
    IncidentRelation: ("from_incident", "to_incident"),
    Scope: ("scopes",),
    Statement: ("statements",),
}
# Of a document: what is another's in any case, and of an estimate what people compare.
ITS_OWN = frozenset({"id", "claims", "attributions", "breakdown", "totals"})
FIGURE = frozenset({"measure", "status", "unit", "low", "best", "high", "independent_sources"})


class OtherForm(forms.Form):
    """With which incident one is to be merged."""

    def __init__(self, record: Incident, *args: Any) -> None:
        super().__init__(*args)
        others = Incident.objects.filter(merged_into=None).exclude(pk=record.pk)
        widget = ReferenceSelect(Incident._meta.get_field("merged_into"), admin.site)
        self.fields[WITH] = forms.ModelChoiceField(others, label=gettext_lazy("Other incident"), widget=widget)


class MergeForm(PublicReasonForm):
    """Whose value holds in each field in which the two differ, and why they are one.

    With `chosen`, the fields of a proposal that waits, it only shows what was proposed.
    """

    hint = gettext_lazy(
        "In one sentence that anybody may read: it stands in the public log for good. "
        "For example: two reports of one killing."
    )

    def __init__(
        self, survivor: Incident, absorbed: Incident, *args: Any, chosen: Collection[str] | None = None
    ) -> None:
        super().__init__(*args)
        self.names = comparing.differing(survivor, absorbed)
        for name in self.names:
            taken = comparing.fills(absorbed, survivor, name) if chosen is None else name in chosen
            self.fields[name] = forms.ChoiceField(
                label=Incident._meta.get_field(name).verbose_name,  # type: ignore[union-attr]
                choices=[(SURVIVOR, _said(survivor, name)), (ABSORBED, _said(absorbed, name))],
                initial=ABSORBED if taken else SURVIVOR,
                widget=forms.RadioSelect,
                disabled=chosen is not None,
            )

    def differences(self) -> Iterator[forms.BoundField]:
        """The fields in which the two differ."""
        return (self[name] for name in self.names)

    def why(self) -> Iterator[forms.BoundField]:
        """The fields that are asked of any proposal."""
        return (self[name] for name in self.fields if name not in self.names)

    def taken(self) -> list[str]:
        """The fields whose value comes from the incident that is absorbed."""
        return [name for name in self.names if self.cleaned_data[name] == ABSORBED]


class MergeableAdmin(RedactableAdmin[Incident]):
    """An incident of which it can be proposed that it is the same as another."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.merge_view)
        return [path("<int:pk>/merge/", view, name="incidents_incident_merge"), *super().get_urls()]

    def merge_url(self, request: HttpRequest, record: Incident) -> str:
        """Where a merge of this incident is proposed; empty for whoever may not, and once it was merged."""
        able = record.merged_into_id is None and self.has_change_permission(request, record)
        return self._url("merge", record) if able else ""

    def merge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Choose the other incident, then compare the two, then propose: the incident of the address survives."""
        record = self._changeable(request, pk)
        if record.merged_into_id is not None:
            messages.error(request, _("It was merged already: propose it of the incident that it points to."))
            return self._back(record)
        given = request.POST if request.method == "POST" else request.GET
        key = given.get(WITH)
        choice = OtherForm(record, None if key is None else {WITH: key if possible(Incident._meta.pk, key) else ""})
        other = self.get_object(request, str(choice.cleaned_data[WITH].pk)) if choice.is_valid() else None
        if other is None:
            return self._choose(request, record, choice)
        merges = (about(record) & about(other)).filter(action=DecisionAction.MERGE)
        proposals = waiting(request, merges, both=True)
        if proposals:
            return self._compare_proposed(request, record, other, proposals)
        if request.method != "POST" and _changed_since(record, other, given.get(SEEN)):
            messages.warning(request, _("One of the two changed since the list was opened; this is how they are now."))
        form = MergeForm(record, other, request.POST if request.method == "POST" else None)
        if form.is_valid():
            details = {"absorbed": str(other.public_id), "take_from_absorbed": form.taken()}
            if proposed(request, DecisionAction.MERGE, [record], form.cleaned_data, details):
                return HttpResponseRedirect(merge_address(record, other))
        return self._compare(request, record, other, form)

    def _compare_proposed(
        self, request: HttpRequest, record: Incident, other: Incident, proposals: list[dict[str, Any]]
    ) -> HttpResponse:
        """What was proposed of these two, where it was proposed: with the survivor that was chosen."""
        decision = proposals[0]["decision"]
        if decision.object_id != record.public_id:
            return HttpResponseRedirect(merge_address(other, record))
        form = MergeForm(record, other, chosen=decision.details["take_from_absorbed"])
        return self._compare(request, record, other, form, proposals)

    def _choose(self, request: HttpRequest, record: Incident, form: OtherForm) -> TemplateResponse:
        pairs = DuplicateCandidate.objects.filter(Q(first=record) | Q(second=record), pk__in=duplicates.waiting())
        found = list(pairs.select_related("first", "second").order_by("-score")[:CANDIDATES])
        listed(DuplicateCandidate, found)
        context = {
            "form": form,
            "media": self.media + form.media,
            "candidates": [
                {
                    "other": other,
                    "why": in_words(pair.reasons, terms.label),
                    "url": merge_address(record, other, pair.seen_version),
                }
                for pair in found
                for other in (pair.second if pair.first_id == record.pk else pair.first,)
            ],
        }
        return self._merge_page(request, "merge_with", record, context)

    def _compare(
        self,
        request: HttpRequest,
        record: Incident,
        other: Incident,
        form: MergeForm,
        proposals: Sequence[dict[str, Any]] = (),
    ) -> TemplateResponse:
        for each in (record, other):
            looked_at(each)
        shown = opened(DecisionAction.MERGE, record, other)  # before they are read: what changes between is noticed
        documents = [publishing.published_document(publishing.INCIDENT, each.public_id) for each in (record, other)]
        both = all(documents)
        context = {
            "other": other,
            "form": form,
            "states": [self.state(each) for each in (record, other)],
            "fixed": list(_fixed(record, other)),
            "moving": [
                {"name": each.kind._meta.verbose_name_plural, "moves": each.moves, "already": each.already}
                for each in comparing.moving(record, other)
                if each.moves or each.already
            ],
            "outcome": _outcome(record, other, documents),
            "differences": reading.differences(*map(_in_short, documents)) if both else [],
            "both_public": both,
            "documents": [
                (str(each), reading.entries(document))
                for each, document in zip((record, other), documents, strict=True)
                if document is not None
            ],
            "proposals": proposals,
            "shown": shown,
            "exchange_url": merge_address(other, record),
        }
        return self._merge_page(request, "merge_both", record, context)

    def _merge_page(
        self, request: HttpRequest, template: str, record: Incident, context: Mapping[str, Any]
    ) -> TemplateResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "original": record}
        title = {"title": _("Propose a merge"), "subtitle": str(record), "parameter": WITH}
        return TemplateResponse(request, f"admin/incidents/{template}.html", {**shared, **title, **context})


class UndoForm(PublicReasonForm):
    """Why a merge was wrong; a few words stand before it in the log."""

    longest = publishing.MAX_REASON - len(unmerging.SAID)
    hint = gettext_lazy(
        "In one sentence that anybody may read: it stands in the public log for good. "
        "For example: two villages of one name."
    )


@admin.register(Merge)
class MergeAdmin(ReadOnlyAdmin[Merge]):
    """Merges are made by the rule that moves the claims, never typed in; that one was none is proposed here."""

    change_form_template = "admin/incidents/merge.html"
    list_display = ("absorbed", "survivor", "merged_at", "merged_by", "undone_at")
    list_filter = ("merged_at", ("undone_at", admin.EmptyFieldListFilter))
    list_select_related = ("absorbed", "survivor", "merged_by")
    search_fields = ("reason", "absorbed__title", "survivor__title")
    date_hierarchy = "merged_at"
    fields = (
        "survivor", "absorbed", "taken", "moved", "reason", "merged_at", "merged_by", "undone_at", "undone_by",
        "undo_reason",
    )  # fmt: skip
    readonly_fields = ("taken", "moved")

    @admin.display(description=gettext_lazy("Fields chosen"))
    def taken(self, row: Merge) -> str:
        """Which fields the survivor took from the other one."""
        names = (Incident._meta.get_field(name).verbose_name for name in row.field_choices.get("from_absorbed", ()))  # type: ignore[union-attr]
        return with_semicolons(capfirst(str(name)) for name in names) or reading.NOTHING

    @admin.display(description=gettext_lazy("Moved to the survivor"))
    def moved(self, row: Merge) -> str:
        """How many rows of each kind went over; each stands on the page of the survivor."""
        return with_semicolons(f"{capfirst(name)}: {number}" for name, number in _moved(row)) or reading.NOTHING

    def get_urls(self) -> list[URLPattern]:
        undo = path("<int:pk>/undo/", self.admin_site.admin_view(self.undo_view), name="incidents_merge_undo")
        return [undo, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        row = context.get("original")
        if row is not None and row.undone_at is None and may(request.user, Right.REVIEW):
            context["undo_url"] = reverse(f"{self.admin_site.name}:incidents_merge_undo", args=[row.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what goes back and what stays, and ask for the reason; then it is proposed."""
        row = self.get_object(request, str(pk))
        if row is None:
            raise Http404
        if not (self.has_view_permission(request, row) and may(request.user, Right.REVIEW)):
            raise PermissionDenied
        form = UndoForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            details = {"merge": row.pk}
            if proposed(request, DecisionAction.UNDO_MERGE, [row.survivor], form.cleaned_data, details):
                return HttpResponseRedirect(request.path)
        kept = row.survivor
        context = {
            "shown": opened(DecisionAction.UNDO_MERGE, kept, row.absorbed),
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": row,
            "title": _("Propose to undo the merge"),
            "form": form,
            "refusal": told(unmerging.why_not(row, kept)),
            "moved": _moved(row),
            "kept_later": [Incident._meta.get_field(name).verbose_name for name in unmerging.changed_since(row, kept)],  # type: ignore[union-attr]
            "proposals": waiting(
                request, about(kept).filter(action=DecisionAction.UNDO_MERGE, details__merge=row.pk), both=True
            ),
        }
        return TemplateResponse(request, "admin/incidents/merge_undo.html", context)


def _fixed(record: Incident, other: Incident) -> Iterator[dict[str, Any]]:
    """What differs and is not chosen: its name, what each says, and which holds."""
    levels = [terms.label("sensitivity", each.sensitivity) for each in (record, other)]
    if record.sensitivity != other.sensitivity:
        yield {"name": _("Sensitivity"), "words": levels, "note": _("The stricter one holds for both.")}
    areas = [sorted(map(str, each.areas.all())) for each in (record, other)]
    if areas[0] != areas[1]:
        words = [with_semicolons(each) or reading.NOTHING for each in areas]
        yield {"name": _("Areas"), "words": words, "note": _("They come with the country.")}


def _changed_since(record: Incident, other: Incident, seen: str | None) -> bool:
    """Whether a pair is in another state than the one in which it was listed, or is listed no more."""
    if seen is None:
        return False
    pairs = DuplicateCandidate.objects.select_related("first", "second")
    pair = pairs.filter(first__in=(record, other), second__in=(record, other)).first()
    return pair is None or str(pair.seen_version) != seen


def _moved(row: Merge) -> list[tuple[str, int]]:
    """How many rows of each kind went to the survivor with a merge."""
    moved = {**row.restore.get("moved", {}), "acts": row.restore.get("ranks", ())}
    numbers = [(kind, sum(len(moved.get(key, ())) for key in keys)) for kind, keys in WENT_OVER.items()]
    return [(str(kind._meta.verbose_name_plural), number) for kind, number in numbers if number]


def _outcome(record: Incident, other: Incident, documents: list[Any]) -> str:
    """What the merge does in public, in a sentence."""
    if not any(documents):
        return _("Neither is public, and the merge publishes nothing.")
    if max(record.sensitivity, other.sensitivity, key=LEVELS.index) == Sensitivity.SEVERE:
        return _("One of them is so sensitive that it has no public document: what is public of the two is withdrawn.")
    if documents[1] is None:
        return _("The survivor is published anew with what comes to it; the other was never public, or was withdrawn.")
    return _("The survivor is published with what both say; whoever asks for the other one is led to it.")


def _in_short(document: Any) -> dict[str, Any]:
    """What of two documents is worth comparing: what each says of itself, and the figures, not whose claims it has."""
    figures = [{name: value for name, value in each.items() if name in FIGURE} for each in document["estimates"]]
    return {name: value for name, value in document.items() if name not in ITS_OWN} | {"estimates": figures}


def _said(record: Incident, name: str) -> str:
    """The value of a field in words."""
    value = getattr(record, name)
    field: Any = Incident._meta.get_field(name)
    vocabulary = terms.vocabulary_of(field)
    if vocabulary:
        return terms.label(vocabulary, value) or reading.NOTHING
    if isinstance(value, Mapping):
        return in_languages(value) or reading.NOTHING
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return reading.NOTHING if value in (None, "") else isolated(value)
