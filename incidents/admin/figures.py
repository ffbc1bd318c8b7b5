"""The derived figures of an incident as a moderator sees them beside the claims: the table, and the trace in words.

Computed live from the claims of the working record by the rules; nothing is stored or decided here.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from incidents.admin import terms
from incidents.admin.labels import USES
from incidents.admin.naming import isolated
from incidents.admin.publishing import rendered
from incidents.models import Claim, Incident


@dataclass(frozen=True)
class Figure:
    """One estimate: what was counted, of whom, and the range as people write it."""

    measure: str
    status: str
    low: str
    best: str
    high: str
    sources: int
    remarks: tuple[str, ...]
    ruleset: str


@dataclass(frozen=True)
class Use:
    """What became of a claim in one estimate; the explanation is the rule's own English sentence."""

    status: str
    used: bool
    words: str
    explanation: str


@dataclass
class Trace:
    """A claim and what became of it; a claim that is not public enters no figure."""

    claim: Claim
    uses: list[Use] = field(default_factory=list)


@dataclass(frozen=True)
class Panel:
    """What stands beside the claims: figures, the trace of every claim, or the reason why there is none."""

    figures: list[Figure]
    traces: list[Trace]
    refusal: str


def panel(incident: Incident) -> Panel:
    """Derive the figures of an incident from its claims as they are saved now."""
    document, refusal = rendered(incident)
    if document is None:
        return Panel([], [], refusal)
    uses = {claim["id"]: [_use(use) for use in claim["used"]] for claim in document["claims"]}
    claims = incident.claims.select_related("asserted_by").order_by("id")
    traces = [Trace(claim, uses.get(str(claim.public_id), [])) for claim in claims]
    return Panel([_figure(row) for row in document["estimates"]], traces, refusal)


def _figure(row: dict[str, Any]) -> Figure:
    measure = terms.label("measure", row["measure"])
    if row["unit"] != "person":
        measure = f"{measure} ({terms.label('unit', row['unit'])})"
    if row["basis"] != "documented":
        measure = f"{measure} · {terms.label('basis', row['basis'])}"
    about = "~" if row["approximate"] else ""
    remarks = [
        _("approximate") if row["approximate"] else "",
        _("interpreted: a bound is the desk's reading of a word or of another measure") if row["interpreted"] else "",
        _("nobody stated a low end") if row["low_open"] else "",
        _("the high end is open: its source says at least") if row["high_open"] else "",
        _("nobody stated more than an upper bound") if row["best"] is None and not row["override"] else "",
        *(isolated(text) for text in (row["override"] or {}).values() if text),
    ]
    return Figure(
        measure=measure,
        status=terms.label("person_status", row["status"]),
        low=str(row["low"]),
        best="?" if row["best"] is None else f"{about}{row['best']}",
        high=f"{row['high']}+" if row["high_open"] else str(row["high"]),
        sources=row["independent_sources"],
        remarks=tuple(filter(None, remarks)),
        ruleset=row["ruleset"],
    )


def _use(row: dict[str, Any]) -> Use:
    """The rule explains itself in English; other languages get the gist of it in their own words as well."""
    words = _("Used: it sets the best figure") if row["sets_best"] else str(USES.get(row["reason"], row["reason"]))
    if (get_language() or "en").startswith("en"):
        words = ""
    return Use(terms.label("person_status", row["status"]), row["used"], words, row["explanation"])
