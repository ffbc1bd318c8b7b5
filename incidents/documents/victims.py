"""How totals of victims read: the answer of /victims/, whose figures are computed and stored nowhere.

What each bound means, and what counts, is written in rules/totals/victims.py and rules/figures/containment.py.
"""

from typing import Any

from rest_framework import serializers

from incidents import choices
from incidents.documents.fields import COUNT_MAX, code, count


class VictimsSum(serializers.Serializer[Any]):
    """What incidents come to; best is null where none of them adds one, as of those that a filter takes in part, or
    where there is no incident at all."""

    low = count()
    best = count(allow_null=True)
    high = count()
    low_open = serializers.BooleanField(help_text="Of some figure nobody stated a low end.")
    high_open = serializers.BooleanField(help_text="The source of some high end says 'at least'.")


class VictimsGroup(VictimsSum):
    """One group: what falls under it, and how many incidents that comes from."""

    group = serializers.DictField(
        child=serializers.CharField(),
        help_text=(
            "The value of each name in `group_by`: a code, a P-code, a date (2025-03, 2025-Q1, 2025), the id of a "
            "perpetrator, or one of several, unknown, unattributed and unspecified."
        ),
    )
    incidents = count()


class VictimsStraddling(serializers.Serializer[Any]):
    """Incidents that lie in the filter in part: they add to high only."""

    incidents = count()
    high = count(help_text="What they add to high.")


class VictimsPossiblyContained(serializers.Serializer[Any]):
    """Incidents that another counted one may contain (certainty `possible`): they add to high only."""

    incidents = count()
    high = count(help_text="What they add to high.")


class VictimsLessPrecise(serializers.Serializer[Any]):
    """Incidents known only more coarsely than the filter asks (place, or who the victims were): they add nothing.

    Of a box or a distance these are all incidents without a public point of a settlement or of about 25 km (`near`),
    wherever they may lie; `country` keeps to those of one. What is known to 25 km counts where its point lies.
    An incident of whose victims a part is of the sex, age or status asked for counts with that part; the others of whom
    nobody said are in `unspecified`. A figure that is divided by several of these, each by itself, is read by one of
    them: two filters at once may find more people possible than one alone.
    """

    incidents = count()
    best = count(
        allow_null=True,
        help_text=(
            "Their best figures: of a place each as a whole, even where claims itemise other areas; of some people of "
            "those said to be they or, where none is, of those who may be. Null where none would have added one: "
            "another counted one may contain each of them, or they lie in the days asked for in part."
        ),
    )
    high = count(help_text="Their high ends: a best of 0 may stand for a death that only one source speaks of.")


class VictimsUnspecified(serializers.Serializer[Any]):
    """People in counted incidents of whom nobody said whether they are of the sex, age or status asked for.

    No bound has them. Of infants asked for, children of no further age are such people; of police, state forces of no
    further branch; of any, those of whom the source says `unknown`. Where a status has a figure of its own, they are
    what it leaves of the figure of all, without those said to be of another status; where sex or age is asked for with
    it, only its own figure is read. Zeros where no `victim_...` is asked for.
    """

    incidents = count(help_text="How many of the counted incidents have such people.")
    best = count(
        allow_null=True,
        help_text="Their best figures; null where none has one, or their incidents add to high alone.",
    )
    high = count(help_text="Their high ends.")


def difference() -> serializers.IntegerField:
    """A difference of two counts, below zero as well."""
    return serializers.IntegerField(min_value=-COUNT_MAX, max_value=COUNT_MAX)


class VictimsRemainder(serializers.Serializer[Any]):
    """The total less the sum of its groups, bound by bound; zeros where nothing is grouped.

    Groups sum to the total in best. Low and high of persons' groups may differ from it either way, since each part's
    bounds were stated for that part.
    """

    low = difference()
    best = difference()
    high = difference()


class VictimsAnswer(serializers.Serializer[Any]):
    """A total of people harmed, as a range, without double counting; groups never overlap."""

    measure = code(choices.Measure)
    unit = code(choices.Unit)
    basis = code(choices.Basis)
    group_by = serializers.ListField(child=serializers.CharField())
    applied = serializers.DictField(
        child=serializers.CharField(), help_text="The filters of this answer as they were given."
    )
    results = VictimsGroup(many=True, help_text="The groups, in the order of their values; none without `group_by`.")
    total = VictimsSum()
    incidents = count(help_text="How many incidents are counted, in part or as a whole.")
    summaries = count(help_text="How many of them are coded as summaries of several events.")
    without_best = count(help_text="How many of them have no best figure.")
    contained_left_out = count(help_text="How many add nothing because another one contains them.")
    straddling = VictimsStraddling()
    possibly_contained = VictimsPossiblyContained()
    less_precise = VictimsLessPrecise()
    unspecified = VictimsUnspecified()
    remainder = VictimsRemainder()
    ruleset = serializers.CharField(
        help_text="The rules that derived each incident's figures from claims; a moderator's own estimate "
        "(`override@1`) stands in place of the derived one."
    )
    containment = serializers.CharField(help_text="The rules that added them up.")
    seq = serializers.IntegerField(min_value=0, max_value=COUNT_MAX, help_text="The log's last sequence number.")
