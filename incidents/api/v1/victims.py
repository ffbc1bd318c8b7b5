"""Victims: totals of people harmed over any selection of incidents, as ranges, without double counting.

What counts in whole, in part or not at all is decided in rules/totals/victims.py; here a request becomes its question.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from rest_framework.request import Request

from incidents import choices
from incidents.api import pagination
from incidents.api.base import HASH_LENGTH, Resource, log_state, matches
from incidents.api.filters import AnyModel, Filter, IncidentFilter
from incidents.api.operations import Operation
from incidents.api.parameters import Area, Code, Many, Parameter, Schema, Vocabulary, nearest
from incidents.api.problems import InvalidParameters, ParameterError
from incidents.api.queries import ALIKE, text_of
from incidents.api.remembered import keep, recalled
from incidents.api.renderers import CSV, JSON, compact, with_charset
from incidents.api.stored import refuse_what_is_to_come
from incidents.documents.tabular import Cell, csv_text
from incidents.documents.victims import VictimsAnswer
from incidents.models import PublicIncident
from incidents.models.reading import one_state
from incidents.rules.figures.containment import CONTAINMENT, GroupKey
from incidents.rules.figures.facts import RULESET
from incidents.rules.figures.questions import GROUPS, MAX_GROUPS, Question
from incidents.rules.figures.sums import Sum
from incidents.rules.totals.rolled_up import Plain
from incidents.rules.totals.selection import POINTS, Scope
from incidents.rules.totals.victims import Answer, victims

MOST_GROUPS = 10_000
BOUNDS = ("low", "best", "high", "low_open", "high_open")
# What an incident may meet in part (the scope) and whom to count (the question); all else selects whole incidents.
NOT_BY_INCIDENT = frozenset(
    {
        "place", "date_from", "date_to", "perpetrator", "perpetrator_type",
        "victim_status", "victim_sex", "victim_age_group",
    }
)  # fmt: skip


class One(Parameter):
    """A parameter that takes several values elsewhere and one here, since several cannot be told apart in a total."""

    def __init__(self, each: Parameter) -> None:
        super().__init__(each.description, example=each.example, default=each.default)
        self.each = each

    def parse(self, text: str) -> Any:
        if "," in text:
            raise ValidationError("takes one value here; ask once for each, or use group_by", code="takes_one")
        return self.each.clean(text)

    def schema(self) -> Schema:
        return self.each.schema()


class GroupBy(Many):
    """Up to four distinct names of groups."""

    def __init__(self) -> None:
        said = (
            f"By what to divide the total: up to {MAX_GROUPS} names. Where a figure is divided by several of persons "
            "each by itself, the first divides it, and of the others it is unspecified."
        )
        super().__init__(Code(said, allowed=GROUPS, component="GroupName", example="month"), most=MAX_GROUPS)

    def parse(self, text: str) -> list[str]:
        names = list(dict.fromkeys(part.strip() for part in text.split(",")))
        for name in names:
            if name not in GROUPS:
                close = nearest(name, GROUPS, ALIKE)
                hint = f"did you mean {close}?" if close else f"known are {', '.join(GROUPS)}"
                raise ValidationError(f"names no group; {hint}", code="not_a_choice", params={"value": name})
        if len(names) > MAX_GROUPS:
            raise ValidationError(
                f"takes {MAX_GROUPS} names at most, and {names[MAX_GROUPS]} is one more", code="too_many"
            )
        return names

    def hint(self, name: str) -> str:
        return f"Example: {name}=month,status."


class VictimFilter(IncidentFilter):
    """The filters of incidents; place, dates and perpetrators may hold in part, and victims narrow what is counted."""

    place = Filter(One(Area("Harmed in this area or anything below it, by P-code.", example="SY06")))
    victim_status = Filter(
        One(
            Vocabulary(
                "Only people of this status; `military` and `police` are not counted among `state_forces`.",
                choices.PersonStatus,
                example="civilian",
            )
        ),
    )
    victim_sex = Filter(One(Vocabulary("Only people of this sex.", choices.Sex, example="female")))
    victim_age_group = Filter(
        One(
            Vocabulary(
                "Only people of this age group and of those within it: infants are children.",
                choices.AgeGroup,
                example="child",
            )
        )
    )

    @classmethod
    def narrow(cls, queryset: QuerySet[AnyModel], values: Mapping[str, Any]) -> QuerySet[AnyModel]:
        """The incidents of every filter that an incident meets or does not; discounted ones only where asked for."""
        selected = super().narrow(queryset, {name: values[name] for name in values.keys() - NOT_BY_INCIDENT})
        return selected if values.get("grade") is not None else selected.exclude(grade=choices.Grade.DISCOUNTED)

    @classmethod
    def by_point(cls, there: Q) -> Q:
        """All without a public point of a settlement or closer as well: the scope tells them apart."""
        return there | Q(latitude=None) | ~Q(geo_precision__in=POINTS)


class Victims(Resource):
    """How many were killed, injured, displaced ...: a range that counts nobody twice, divided as asked for.

    An incident that lies in the filter only in part adds to high alone (`straddling`), and so does one that another
    may contain (`possibly_contained`); one known too coarsely to say adds nothing (`less_precise`); one contained in
    another that counts adds nothing more (`contained_left_out`). Where some of its people are those asked for, others
    who may be that too are told apart (`unspecified`). One without a figure of its own is the sum of what it contains:
    it counts where nothing of that is selected; of two such that share something, the smaller adds to high alone. Two
    with figures of their own that both contain a third both count; the desk merges them where they are one.
    Discounted incidents are left out unless `grade` asks for them. Groups never overlap and sum to the total in best;
    where persons or itemised areas divide, `remainder` says by how much low and high differ. In CSV each group is a
    row, and the total stands in columns of its own, so that adding up a column counts nobody twice.
    """

    resource = "victims"
    operations = {
        "totals": Operation(
            id="victims_count",
            path="",
            summary="Count victims",
            description=" ".join((__doc__ or "").split()),
            answer=VictimsAnswer,
            parameters={
                "measure": One(
                    Vocabulary(
                        "What they suffered; `killed` unless told. Measures are never added to each other.",
                        choices.Measure, default=choices.Measure.KILLED.value, example="killed",
                    )
                ),
                "unit": One(
                    Vocabulary(
                        "What is counted; persons unless told or unless the measure has a unit of its own.",
                        choices.Unit, example="person",
                    )
                ),
                "basis": One(
                    Vocabulary(
                        "Documented figures, unless told, or estimated ones (surveys, models); never both.",
                        choices.Basis, default=choices.Basis.DOCUMENTED.value, example="documented",
                    )
                ),
                "group_by": GroupBy(),
            },
            filterset=VictimFilter,
            formats=(JSON, CSV),
            conditional=True,
        ),
    }  # fmt: skip

    def totals(self, request: Request) -> HttpResponse:
        """The answer, computed from one state of the data; 304 where that state was asked the same before."""
        wanted = str(request.accepted_renderer.format)
        seq, state = log_state()
        if matches(request, self.etag(state, wanted)):
            return self.conditional(request, self.etag(state, wanted), self.answer("", seq=seq))
        given = {name: text_of(self.request.query_params, name) for name in self.applied()}
        asked = {**self.values, **given, "format": wanted, "rules": (RULESET, CONTAINMENT)}
        content = recalled("victims", asked, state)
        if content is None:
            with one_state("public"):
                seq, state = log_state()
                content = self.counted(wanted, given, seq)
            keep("victims", asked, state, content)
        refuse_what_is_to_come("after_seq", self.values["after_seq"], seq)
        etag = self.etag(state, wanted)
        media_type = with_charset(str(CSV.media_type)) if wanted == "csv" else "application/json"
        return self.conditional(request, etag, self.answer(content, seq=seq, media_type=media_type))

    def counted(self, wanted: str, given: Mapping[str, str], seq: int) -> str:
        """The answer's text, counted now."""
        # Not put together where it is not asked.
        selected: Any = SimpleLazyObject(self.selected)
        answered = victims(selected, self.scope(), self.question(), self.plain())
        refuse_too_many(answered.totals.groups, answered.question.group_by)
        return csv_text(*as_table(answered, seq)) if wanted == "csv" else compact(as_document(answered, given, seq))

    def etag(self, state: str, wanted: str) -> str:
        """A strong ETag: the state of the log (its hash), what was asked in which format, the rules, and the day.

        Names in the gazetteer, and what lies in which area, change without the log: of these it is right within a day.
        """
        asked = {**self.values, "format": wanted, "rules": (RULESET, CONTAINMENT), "day": timezone.now().date()}
        return f'"{state[:HASH_LENGTH]}-{pagination.digest(asked)}"'

    def applied(self) -> list[str]:
        """The filters given, in the order of their declaration."""
        return [name for name in VictimFilter.parameters() if name in self.request.query_params]

    def selected(self) -> QuerySet[PublicIncident]:
        """The incidents that the filters let through, those of the scope left aside."""
        return VictimFilter.narrow(PublicIncident.objects.using("public"), self.values)

    def plain(self) -> Plain | None:
        """The same selection by columns of the rollups; None where a filter asks for more than they hold."""
        values = self.values
        given = {name for name in VictimFilter.parameters() if values[name] is not None}
        if given - {"country", "grade", "date_from", "date_to"}:
            return None
        among = {name: values[name] for name in ("country", "grade") if values[name]}
        left_out = () if values["grade"] is not None else (choices.Grade.DISCOUNTED.value,)
        return Plain(among, left_out, alias="public")

    def scope(self) -> Scope:
        """The filters that an incident may meet in part."""
        values = self.values
        return Scope(
            place=values["place"],
            date_from=values["date_from"],
            date_to=values["date_to"],
            perpetrators=values["perpetrator"] or (),
            perpetrator_types=values["perpetrator_type"] or (),
            by_point=values["bbox"] is not None or values["near"] is not None,
        )

    def question(self) -> Question:
        """What to count, of whom, divided how."""
        values = self.values
        return Question(
            measure=values["measure"],
            unit=values["unit"] or "",
            basis=values["basis"],
            status=values["victim_status"] or "",
            sex=values["victim_sex"] or "",
            age_group=values["victim_age_group"] or "",
            group_by=tuple(values["group_by"] or ()),
        )


def refuse_too_many(groups: Collection[GroupKey], group_by: tuple[str, ...]) -> None:
    """Raises InvalidParameters where there are more groups than one answer holds, and names what to leave out."""
    if len(groups) <= MOST_GROUPS:
        return
    values = {name: len({key[place] for key in groups}) for place, name in enumerate(group_by)}
    finest = max(group_by, key=lambda name: values[name])
    rest = ",".join(name for name in group_by if name != finest) or "country"
    detail = (
        f"group_by makes {len(groups):,} groups and an answer holds {MOST_GROUPS:,}: leave out {finest}, which has "
        f"{values[finest]:,} values, or narrow the filters. Example: group_by={rest}."
    )
    raise InvalidParameters(ParameterError("group_by", "too_many_groups", detail))


def bounds(figure: Sum) -> dict[str, Any]:
    """The range of a sum and how far its ends are open."""
    return {name: getattr(figure, name) for name in BOUNDS}


def remainder(answered: Answer) -> dict[str, int]:
    """The total less its groups; zeros where nothing is grouped."""
    left, grouped = answered.totals.remainder, bool(answered.question.group_by)
    return {name: getattr(left, name) if grouped else 0 for name in ("low", "best", "high")}


def as_document(answered: Answer, applied: Mapping[str, str], seq: int) -> dict[str, Any]:
    """The answer as documents/victims.py describes it."""
    asked, totals = answered.question, answered.totals
    return {
        "measure": asked.measure,
        "unit": asked.counted_unit,
        "basis": asked.basis,
        "group_by": list(asked.group_by),
        "applied": dict(applied),
        "results": [
            {"group": dict(zip(asked.group_by, key, strict=True)), **bounds(figure), "incidents": figure.incidents}
            for key, figure in sorted(totals.groups.items())
            if asked.group_by
        ],
        "total": bounds(totals.total),
        "incidents": totals.incidents,
        "summaries": totals.summaries,
        "without_best": totals.without_best,
        "contained_left_out": totals.contained_left_out,
        "straddling": {"incidents": totals.straddling.incidents, "high": totals.straddling.high},
        "possibly_contained": {
            "incidents": totals.possibly_contained.incidents,
            "high": totals.possibly_contained.high,
        },
        "less_precise": asdict(totals.less_precise),
        "unspecified": asdict(totals.unspecified),
        "remainder": remainder(answered),
        "ruleset": RULESET,
        "containment": answered.containment,
        "seq": seq,
    }


def as_table(answered: Answer, seq: int) -> tuple[dict[str, str], Iterator[dict[str, Cell]]]:
    """Columns and rows of the CSV: a row a group, or the total as the only row where nothing is grouped.

    Where there is no group its cells are empty in the one row there is, which still has what was not counted.
    What holds for the whole answer is repeated in every row; a row of totals would be added up with the others.
    """
    asked, totals = answered.question, answered.totals
    whole: dict[str, Cell] = {
        **{f"total_{name}": value for name, value in bounds(totals.total).items()},
        "total_incidents": totals.incidents,
        "total_summaries": totals.summaries,
        "total_without_best": totals.without_best,
        "contained_left_out": totals.contained_left_out,
        "straddling_incidents": totals.straddling.incidents,
        "straddling_high": totals.straddling.high,
        "possibly_contained_incidents": totals.possibly_contained.incidents,
        "possibly_contained_high": totals.possibly_contained.high,
        **{f"less_precise_{name}": value for name, value in asdict(totals.less_precise).items()},
        **{f"unspecified_{name}": value for name, value in asdict(totals.unspecified).items()},
        **{f"remainder_{name}": value for name, value in remainder(answered).items()},
        "measure": asked.measure,
        "unit": asked.counted_unit,
        "basis": asked.basis,
        "ruleset": RULESET,
        "containment": answered.containment,
        "seq": seq,
    }
    columns = dict.fromkeys((*asked.group_by, *BOUNDS, "incidents", *whole), "")
    figures = sorted(totals.groups.items()) if asked.group_by else [((), totals.total)]
    rows = (
        {**dict(zip(asked.group_by, key, strict=True)), **bounds(figure), "incidents": figure.incidents, **whole}
        for key, figure in figures
    )
    return columns, rows if figures else iter([dict.fromkeys(columns) | whole])
