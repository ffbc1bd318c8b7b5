"""How one row is called in a sentence, a link or a choice, in the moderator's language.

The models' own ``__str__`` speaks English and is for logs; the admin shows people this instead.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import singledispatch

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from incidents import choices, models
from incidents.admin.model_labels import name_of_kind
from incidents.admin.terms import label, label_of
from incidents.models.base import name_of

_in_english = {model: model.__str__ for model in apps.get_app_config("incidents").get_models()}


def text_of(texts: dict[str, str], fallback: str = "") -> str:
    """The text in the active language, of any country, else in English, else in any language, else the fallback."""
    language = (translation.get_language() or "en").split("-")[0]
    of_country = (text for tag, text in texts.items() if tag.split("-")[0] == language)
    return texts.get(language) or next(of_country, "") or name_of(texts, fallback)


def isolated(text: object) -> str:
    """A part of a sentence that keeps its own direction: a Latin name or a date between Arabic words."""
    return f"\u2068{text}\u2069" if text and translation.get_language_bidi() else str(text)


def in_order(parts: Iterable[object], between: str) -> str:
    """Parts that keep their own direction each, read in the order of the page, whatever letters they are of.

    What holds isolated parts alone has no direction of its own: whatever stands around it would take it to run from
    left to right.
    """
    words = [isolated(part) for part in parts]
    text = between.join(words)
    return f"\u2067{text}\u2069" if len(words) > 1 and translation.get_language_bidi() else text


def with_commas(parts: Iterable[object]) -> str:
    """Several things, with the comma of the language between them."""
    return in_order(parts, "، " if translation.get_language_bidi() else ", ")


def with_semicolons(parts: Iterable[object]) -> str:
    """Several things that may hold commas, with the semicolon of the language between them."""
    return in_order(parts, "؛ " if translation.get_language_bidi() else "; ")


def language_name(tag: str) -> str:
    """What a language is called in the moderator's own; a tag that Django does not know stands as it is."""
    try:
        return str(translation.get_language_info(tag)["name_translated"])
    except KeyError:
        return tag


def in_languages(texts: Mapping[str, object]) -> str:
    """A text in every language that it has, in one line."""
    return with_semicolons(f"{language_name(tag)}: {isolated(text)}" for tag, text in texts.items())


def _who(row: Model, name: str) -> object:
    """Whom a row names; a state that the history keeps may name somebody who is gone."""
    try:
        return getattr(row, name)
    except ObjectDoesNotExist:
        return "?"


@singledispatch
def describe(row: Model) -> str:
    """The row in a few words; one query for each named thing that is not loaded yet."""
    return _in_english[type(row)](row)


@describe.register
def _area(row: models.AdminArea) -> str:
    return f"{text_of(row.names, row.pcode)} ({isolated(row.pcode)})"


@describe.register
def _source(row: models.Source) -> str:
    return text_of(row.names, label_of(row, "kind"))


@describe.register
def _document(row: models.Document) -> str:
    return text_of(row.title, f"{label_of(row, 'type')} {_day(row.published_on)}".strip())


@describe.register
def _custody(row: models.CustodyEvent) -> str:
    return f"{label_of(row, 'kind')} {_day(row.at)}"


@describe.register
def _actor(row: models.Actor) -> str:
    return text_of(row.names, label_of(row, "type"))


@describe.register
def _actor_relation(row: models.ActorRelation) -> str:
    return f"{isolated(row.from_actor)} · {label_of(row, 'type')} · {isolated(row.to_actor)}"


@describe.register
def _incident(row: models.Incident) -> str:
    return text_of(row.title, f"{label_of(row, 'kind')} {_day(row.start_earliest)}")


@describe.register
def _act(row: models.IncidentAct) -> str:
    return label_of(row, "act")


@describe.register
def _group(row: models.TargetedGroup) -> str:
    return text_of(row.group, label_of(row, "ground"))


@describe.register
def _relation(row: models.IncidentRelation) -> str:
    return f"{isolated(row.from_incident)} · {label_of(row, 'type')} · {isolated(row.to_incident)}"


@describe.register
def _claim(row: models.Claim) -> str:
    return f"{isolated(_who(row, 'asserted_by'))}: {with_commas([label_of(row, 'measure'), figure_of(row)])}"


@describe.register
def _cell(row: models.ClaimCell) -> str:
    parts = [label_of(row, name) for name in ("status", "sex", "age_group", "cause", "occupation")]
    parts += [text_of(row.area.names, row.area.pcode)] if row.area else []
    value = f"{row.low if row.low is not None else ''}-{row.high if row.high is not None else ''}"
    return f"{with_commas(filter(None, parts)) or '-'}: {row.value if row.value is not None else value}"


@describe.register
def _attribution(row: models.Attribution) -> str:
    return f"{isolated(_who(row, 'asserted_by'))}: {isolated(_who(row, 'actor'))} · {label_of(row, 'role')}"


@describe.register
def _override(row: models.EstimateOverride) -> str:
    return f"{label_of(row, 'measure')}: {span(row.low, row.best, row.high)}"


@describe.register
def _investigation(row: models.Investigation) -> str:
    return text_of(row.names, label_of(row, "type"))


@describe.register
def _event(row: models.InvestigationEvent) -> str:
    return f"{label_of(row, 'kind')} {_day(row.on) or '?'}"


@describe.register
def _scope(row: models.Scope) -> str:
    return f"{label_of(row, 'kind')}: {isolated(row.incident or row.actor)}"


@describe.register
def _recommendation(row: models.Recommendation) -> str:
    return text_of(row.text)


@describe.register
def _statement(row: models.Statement) -> str:
    return f"{isolated(row.by)}: {label_of(row, 'kind')} {_day(row.on)}".strip()


@describe.register
def _log_row(row: models.Publication) -> str:
    return f"{row.seq} · {label_of(row, 'operation')} · {label_of(row, 'kind')} · {isolated(row.object_id)}"


@describe.register
def _submission(row: models.Submission) -> str:
    return f"{isolated(row.organisation)}: {label_of(row, 'type')} ({label_of(row, 'state')})"


@describe.register
def _decision(row: models.Decision) -> str:
    return f"{label_of(row, 'action')}: {label('public_kind', row.kind)} {isolated(str(row.object_id)[:8])}"


@describe.register
def _webhook(row: models.Webhook) -> str:
    return f"{isolated(row.name)} ({label_of(row, 'state')})"


@describe.register
def _term(row: models.Term) -> str:
    return f"{label(row.vocabulary, row.code)} ({isolated(f'{row.vocabulary}: {row.code}')})"


@describe.register
def _part(row: models.SubmissionPart) -> str:
    return f"{isolated(row.pointer)} · {label_of(row, 'outcome')}"


@describe.register
def _step(row: models.SubmissionStep) -> str:
    return f"{label_of(row, 'action')} {_day(row.at)}"


@describe.register
def _account(row: models.Account) -> str:
    return f"{isolated(row.user)} ({label_of(row, 'role')})"


@describe.register
def _recognition(row: models.Recognition) -> str:
    return f"{name_of_kind(row.kind)}: {isolated(row.folded)}"


@describe.register
def _entry(row: models.AuditEntry) -> str:
    return f"{row.seq} · {label_of(row, 'action')} · {isolated(f'{row.kind} {row.object_id}'.strip())}"


@describe.register
def _mapping(row: models.TermMapping) -> str:
    return f"{isolated(f'{row.scheme}: {row.code}')} · {label_of(row, 'relation')}"


@describe.register
def _tally(row: models.Tally) -> str:
    what = with_commas([label("measure", row.measure), label("person_status", row.of_status)])
    return f"{what}: {span(row.low, row.best, row.high)}"


@describe.register
def _rollup(row: models.PublicRollup) -> str:
    return with_commas([label("measure", row.measure), row.country, row.month])


@describe.register
def _public_act(row: models.PublicIncidentAct) -> str:
    return label("act", row.act)


@describe.register
def _body(row: models.PublicationBody) -> str:
    return f"{capfirst(row._meta.verbose_name)} {row.publication_id}"


@describe.register
def _missed(row: models.MissedDeadline) -> str:
    return f"{_day(row.due_on)} · {isolated(row.investigation)}"


def figure_of(claim: models.Claim) -> str:
    """A claim's figure in words: '717', 'At least: 111', '4 to 9, best 7', 'Hundreds (200 to 999)'."""
    if claim.qualifier == choices.Qualifier.VAGUE:
        return label_of(claim, "vague_term")
    if claim.qualifier == choices.Qualifier.RANGE:
        return span(claim.low or 0, claim.value, claim.high or 0)
    if claim.qualifier == choices.Qualifier.EXACT:
        return str(claim.value)
    return f"{label_of(claim, 'qualifier')}: {claim.value}"


def span(low: int, best: int | None, high: int) -> str:
    """A range in words, which say what each number is whichever way one reads: '700 to 750, best 717'."""
    if low == best == high:
        return str(low)
    told = {"low": low, "best": best, "high": high}
    return isolated((_("%(low)d to %(high)d") if best is None else _("%(low)d to %(high)d, best %(best)d")) % told)


def apply() -> None:
    """Let every row of the app introduce itself by ``describe`` wherever Django shows rows to people."""
    for model in _in_english:
        if not model.__name__.startswith("Historical"):
            model.__str__ = describe  # type: ignore[method-assign]


def _day(day: date | None) -> str:
    """The day as ISO 8601 writes it, which means the same to readers everywhere."""
    return isolated(f"{day:%Y-%m-%d}") if day else ""
