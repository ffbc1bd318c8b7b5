"""What published incidents add to totals: the parts of their figures, and sums of these kept ready.

Pure functions of the current documents like all index tables (public.py), and written with them.
"""

from django.db import models
from django.db.models import F, Q

from incidents import choices
from incidents.models.base import one_of
from incidents.models.public import PublicIncident

LONGEST_ABOVE = 480


class Tally(models.Model):
    """A part of a published incident's figure, rolled up over what it certainly contains.

    `of_status` says which estimate is divided ('all' or a person status). The base row
    (dimension '') is the whole figure; its `itemised` is a sum of bits (see DIMENSION_BITS in
    rules/publication/tallies.py) that say which dimensions have rows of their own, whose best sums to the
    base row's. Rows of dimension 'area' are estimates by area of the incident's own claims. Those of dimension
    'stated' say of whom claims speak beyond these parts: they are for filters and enter no total.
    `own` is false for a container that has only its children's figures; `role` is what the figure adds to a total in
    which everything counts that it is connected with by containment, `above` what contains it, where a filter may take
    one without the other (rules/publication/roles.py).
    """

    incident = models.ForeignKey(PublicIncident, on_delete=models.CASCADE, related_name="tallies", db_constraint=False)
    measure = models.CharField(max_length=40)
    unit = models.CharField(max_length=40)
    basis = models.CharField(max_length=40)
    of_status = models.CharField(max_length=40)
    dimension = models.CharField(max_length=40, blank=True, default="")
    status = models.CharField(max_length=40)
    sex = models.CharField(max_length=40)
    age_group = models.CharField(max_length=40)
    cause = models.CharField(max_length=40)
    occupation = models.CharField(max_length=40)
    area = models.CharField(max_length=16, blank=True, default="")
    low = models.PositiveIntegerField()
    best = models.PositiveIntegerField(null=True)
    high = models.PositiveIntegerField()
    low_open = models.BooleanField(default=False)
    high_open = models.BooleanField(default=False)
    itemised = models.PositiveSmallIntegerField(default=0)
    own = models.BooleanField(default=True)
    role = models.PositiveSmallIntegerField(default=0)
    above = models.CharField(max_length=LONGEST_ABOVE, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(low__lte=F("high")) & (Q(best__isnull=True) | Q(low__lte=F("best"), best__lte=F("high"))),
                name="tally_ordered",
            ),
            models.CheckConstraint(
                condition=one_of("of_status", choices.PersonStatus.values),
                name="tally_of_status_known",
            ),
        ]
        indexes = [models.Index(fields=["measure", "of_status", "dimension", "incident"], name="tally_by_measure")]

    def __str__(self) -> str:
        return f"{self.measure} {self.of_status} {self.low}/{self.best}/{self.high}"


class PublicRollup(models.Model):
    """Tallies summed by what most questions ask, for each role that they may have in a total and what is above them.

    first_month and last_month are those in which the incidents began and ended.

    `dimension` '' is whole figures, described as their tallies are, `itemised` being the bits of what they have parts
    by; else the parts by it, of which only it is told. `bests` counts a known low where no best was stated, `known`
    how many tallies have either.
    """

    country = models.CharField(max_length=3)
    month = models.CharField(max_length=7)
    quarter = models.CharField(max_length=7)
    year = models.CharField(max_length=7)
    act = models.CharField(max_length=40)
    perpetrator_type = models.CharField(max_length=40)
    grade = models.CharField(max_length=40)
    first_month = models.CharField(max_length=7)
    last_month = models.CharField(max_length=7)
    role = models.PositiveSmallIntegerField()
    above = models.CharField(max_length=LONGEST_ABOVE, blank=True, default="")
    measure = models.CharField(max_length=40)
    unit = models.CharField(max_length=40)
    basis = models.CharField(max_length=40)
    of_status = models.CharField(max_length=40)
    dimension = models.CharField(max_length=40, blank=True, default="")
    itemised = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=40, blank=True, default="")
    sex = models.CharField(max_length=40, blank=True, default="")
    age_group = models.CharField(max_length=40, blank=True, default="")
    cause = models.CharField(max_length=40, blank=True, default="")
    occupation = models.CharField(max_length=40, blank=True, default="")
    lows = models.BigIntegerField()
    bests = models.BigIntegerField()
    known = models.BigIntegerField()
    highs = models.BigIntegerField()
    open_lows = models.BigIntegerField()
    open_highs = models.BigIntegerField()
    incidents = models.BigIntegerField()
    summaries = models.BigIntegerField()
    without_best = models.BigIntegerField()
    tallies = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                # What is asked for comes first: an interval of one country is read without those of others.
                fields=[
                    "measure", "of_status", "dimension", "country", "last_month", "first_month", "month", "unit",
                    "basis", "quarter", "year", "act", "perpetrator_type", "grade", "role", "above", "itemised",
                    "status", "sex", "age_group", "cause", "occupation",
                ],
                name="pub_rollup_unique",
            )
        ]  # fmt: skip
        indexes = [
            # Most totals ask for whole figures: a tenth of what the constraint takes to find them.
            models.Index(
                fields=["measure", "country", "last_month", "first_month"],
                condition=Q(of_status="all", dimension=""),
                name="pub_rollup_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.country} {self.month} {self.dimension}"
