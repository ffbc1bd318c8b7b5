"""The index tables over the current documents of the publication log (publications.py).

Every one is a pure function of the log's current documents and of the gazetteer, so that `reindex` can rebuild and
compare them. What belongs to an incident is written and removed with it, in one place (rules/publication/index.py): the
database does not check each of these rows again, which took a seventh of the time of a publication.
"""

import uuid

from django.db import models
from django.db.models import Q

# Nothing contains such an incident or is contained in it, and no claim itemises its areas; the others are tied.
STANDING_ALONE = Q(has_relations=False, has_itemised_areas=False)
TIED = Q(has_relations=True) | Q(has_itemised_areas=True)
SOME_UNTOLD = 8  # of the bits of spread the last one
# Where index tables are declared: written by publishing, and by nobody by hand.
INDEX_MODULES = frozenset({"incidents.models.public", "incidents.models.tallies"})


class PublicObject(models.Model):
    """What every current published object has: its id, place in the log, and its document."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True)
    seq = models.BigIntegerField(db_index=True)
    version = models.PositiveIntegerField()
    published_at = models.DateTimeField()
    document = models.TextField()
    search = models.TextField(blank=True, default="")

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.public_id} v{self.version}"


class PublicIncident(PublicObject):
    """One current published incident: what filters, sorts and group keys need.

    killed_* are the rolled-up totals of the measure `killed`; killed_sort is best, else low,
    else -1, and is never served. Group keys hold a code, `several` or `unknown`. across_months says that it began in
    one month and ended in another; first_month and last_month (2025-03) bound all that it is connected with by
    containment.
    """

    kind = models.CharField(max_length=40)
    grade = models.CharField(max_length=40)
    clarity = models.CharField(max_length=40)
    start_earliest = models.DateField()
    interval_end = models.DateField()
    across_months = models.BooleanField(default=False)
    date_precision = models.CharField(max_length=40)
    country = models.CharField(max_length=3)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    geo_precision = models.CharField(max_length=40)
    killed_low = models.PositiveIntegerField(null=True)
    killed_best = models.PositiveIntegerField(null=True)
    killed_high = models.PositiveIntegerField(null=True)
    killed_sort = models.IntegerField(default=-1)
    attribution_status = models.CharField(max_length=40)
    has_investigation = models.BooleanField(default=False)
    has_relations = models.BooleanField(default=False)
    has_itemised_areas = models.BooleanField(default=False)
    spread = models.PositiveSmallIntegerField(default=0, help_text="Bits, see rules/publication/roles.py.")
    first_month = models.CharField(max_length=7)
    last_month = models.CharField(max_length=7)
    month = models.CharField(max_length=7)
    quarter = models.CharField(max_length=7)
    year = models.CharField(max_length=7)
    adm1 = models.CharField(max_length=16)
    adm2 = models.CharField(max_length=16)
    act = models.CharField(max_length=40)
    perpetrator = models.CharField(max_length=40)
    perpetrator_type = models.CharField(max_length=40)

    class Meta:
        indexes = [
            models.Index(fields=["start_earliest", "public_id"], name="pub_incident_by_date"),
            models.Index(fields=["killed_sort", "public_id"], name="pub_incident_by_killed"),
            models.Index(fields=["country", "start_earliest", "public_id"], name="pub_incident_by_country"),
            models.Index(fields=["latitude", "longitude"], name="pub_incident_by_point"),
            # What totals weigh one by one, and what rollups by month do not hold: few of all.
            models.Index(
                fields=["id"],
                condition=TIED,
                name="pub_incident_entangled",
            ),
            # Of which an interval may take a part, and whose figures do not say what they add beside others: fewer.
            models.Index(
                fields=["interval_end", "start_earliest", "country"],
                condition=Q(across_months=True),
                name="pub_incident_across",
            ),
            models.Index(
                fields=["last_month", "first_month", "spread", "country"],
                condition=Q(spread__gte=SOME_UNTOLD),
                name="pub_incident_untold",
            ),
        ]


class PublicIncidentArea(models.Model):
    """An area of an incident (own) under each of its ancestors, itself included.

    `itemised` marks an area that only its claims name in their parts.
    """

    # Found by the constraint, which begins with it.
    incident = models.ForeignKey(
        PublicIncident, on_delete=models.CASCADE, related_name="areas", db_index=False, db_constraint=False
    )
    pcode = models.CharField(max_length=16)
    own_pcode = models.CharField(max_length=16)
    level = models.PositiveSmallIntegerField(help_text="Level of pcode.")
    itemised = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["incident", "own_pcode", "pcode", "itemised"], name="pub_area_unique")
        ]
        indexes = [models.Index(fields=["pcode", "incident"], name="pub_area_by_pcode")]

    def __str__(self) -> str:
        return f"{self.own_pcode} in {self.pcode}"


class PublicIncidentAct(models.Model):
    """An act of a published incident; position 1 is primary."""

    incident = models.ForeignKey(PublicIncident, on_delete=models.CASCADE, related_name="acts", db_constraint=False)
    act = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()

    class Meta:
        indexes = [models.Index(fields=["act", "incident"], name="pub_act_by_act")]

    def __str__(self) -> str:
        return self.act


class PublicIncidentActor(models.Model):
    """An attribution of a published incident; perpetrating says whether it names a perpetrator.

    asserted_by is null where the source is confidential.
    """

    incident = models.ForeignKey(PublicIncident, on_delete=models.CASCADE, related_name="actors", db_constraint=False)
    actor_id = models.UUIDField()
    actor_type = models.CharField(max_length=40)
    asserted_by = models.UUIDField(null=True)
    role = models.CharField(max_length=40)
    position = models.CharField(max_length=40)
    extent = models.CharField(max_length=40)
    perpetrating = models.BooleanField()

    class Meta:
        indexes = [
            models.Index(fields=["actor_id", "incident"], name="pub_actor_by_actor"),
            # Most name a party to the conflict; what is asked for is who is accused.
            models.Index(fields=["actor_id", "incident"], condition=Q(perpetrating=True), name="pub_actor_accused"),
            models.Index(fields=["actor_type", "incident"], condition=Q(perpetrating=True), name="pub_actor_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.actor_id} {self.role}"


class PublicIncidentReference(models.Model):
    """An external reference of a published incident."""

    incident = models.ForeignKey(
        PublicIncident, on_delete=models.CASCADE, related_name="references", db_constraint=False
    )
    scheme = models.CharField(max_length=40)
    key = models.CharField(max_length=200)

    class Meta:
        indexes = [models.Index(fields=["scheme", "key"], name="pub_reference_by_key")]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.key}"


class PublicContainment(models.Model):
    """That one published incident contains another, directly or not, by its strongest path.

    `certain` is false where every path has a link that is only possible.
    """

    # Found by the constraint, which begins with it.
    ancestor = models.ForeignKey(
        PublicIncident, on_delete=models.CASCADE, related_name="contained", db_index=False, db_constraint=False
    )
    descendant = models.ForeignKey(
        PublicIncident, on_delete=models.CASCADE, related_name="containers", db_constraint=False
    )
    certain = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ancestor", "descendant"], name="pub_containment_unique")]

    def __str__(self) -> str:
        return f"{self.ancestor_id} contains {self.descendant_id}"


class PublicClaim(models.Model):
    """A claim of a published incident, with its trace, as its own document."""

    public_id = models.UUIDField(unique=True)
    incident = models.ForeignKey(PublicIncident, on_delete=models.CASCADE, related_name="claims", db_constraint=False)
    asserted_by = models.UUIDField(null=True, db_index=True)
    measure = models.CharField(max_length=40)
    status = models.CharField(max_length=40)
    as_of = models.DateField(null=True)
    retracted = models.BooleanField(default=False)
    seq = models.BigIntegerField(db_index=True)
    document = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["measure", "public_id"], name="pub_claim_by_measure")]

    def __str__(self) -> str:
        return f"{self.public_id}"


class PublicMention(models.Model):
    """That the current document of one published object names another by id, so that renames find it."""

    holder_kind = models.CharField(max_length=40)
    holder = models.UUIDField(db_index=True)
    mentioned = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mentioned", "holder"], name="pub_mention_unique")]

    def __str__(self) -> str:
        return f"{self.holder} names {self.mentioned}"


class Restatement(models.Model):
    """A new name still to be carried into the many documents that hold it: work for `restate`, not public."""

    object_id = models.UUIDField(unique=True)
    queued_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.object_id)


class PublicPerpetrator(PublicObject):
    """An actor with a published attribution in a perpetrating role."""

    type = models.CharField(max_length=40)
    identification = models.CharField(max_length=40)


class PublicInvestigation(PublicObject):
    """A published investigation. What the clock changes is computed when it is read."""

    type = models.CharField(max_length=40)
    body = models.UUIDField(null=True)


class PublicInvestigationIncident(models.Model):
    """An incident in the scope of a published investigation."""

    investigation = models.ForeignKey(PublicInvestigation, on_delete=models.CASCADE, related_name="incidents")
    incident_id = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"{self.kind} {self.incident_id}"


class PublicSource(PublicObject):
    """A published source that is not confidential."""

    kind = models.CharField(max_length=40)


class PublicDocument(PublicObject):
    """A published document."""

    type = models.CharField(max_length=40)
    publisher = models.UUIDField(null=True)
    published_on = models.DateField(null=True)
