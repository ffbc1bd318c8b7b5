"""One factory for each model of the working record: the fewest facts that make a row valid.

Facts are those of the founding case; a test names only what it is about.
"""

# factory-boy says that it is typed and is not.
# mypy: disallow-untyped-calls=False, disallow-untyped-decorators=False

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User
from django.db.models import Model
from factory.declarations import LazyAttribute, LazyFunction, SelfAttribute, Sequence, SubFactory
from factory.django import DjangoModelFactory
from factory.helpers import post_generation

from incidents import models

M = TypeVar("M", bound=Model)


class Made(DjangoModelFactory[M]):
    """What every factory shares; nothing is saved a second time after it is made."""

    class Meta:
        abstract = True
        skip_postgeneration_save = True

    if TYPE_CHECKING:
        # To call a factory is to get a row, says its metaclass, which has no types.
        def __new__(cls, **kwargs: Any) -> M: ...  # type: ignore[misc]


class UserFactory(Made[User]):
    """A user without a password; ``permissions=["change_incident"]`` grants those of this app.

    A test that logs in through the form says ``password=make_password("...")``, which costs 0.1 s.
    """

    class Meta:
        model = get_user_model()

    username = Sequence(lambda n: f"moderator{n}")
    email = LazyAttribute(lambda user: f"{user.username}@example.org")
    is_staff = False
    is_superuser = False
    password = LazyFunction(lambda: make_password(None))

    @post_generation
    def permissions(self: Any, create: bool, extracted: Iterable[str] | None, **kwargs: Any) -> None:
        if create and extracted:
            granted = list(extracted)
            self.user_permissions.set(
                Permission.objects.filter(content_type__app_label="incidents", codename__in=granted)
            )


class AdminAreaFactory(Made[models.AdminArea]):
    """The province of Lattakia; ``country_of("SYR")`` makes the country above it."""

    class Meta:
        model = models.AdminArea
        django_get_or_create = ("pcode",)

    pcode = Sequence(lambda n: f"SY{n + 20:02d}")
    level = 1
    country = "SYR"
    parent = LazyAttribute(lambda area: country_of(area.country) if area.level else None)
    names = LazyAttribute(lambda area: {"en": f"Province {area.pcode}", "ar": f"محافظة {area.pcode}"})


def country_of(code: str, **names: str) -> models.AdminArea:
    """The country with that alpha-3 code, made if it is not there."""
    area, _ = models.AdminArea.objects.get_or_create(
        pcode=code, defaults={"level": 0, "country": code, "names": names or {"en": code}}
    )
    return area


class AreaNameFactory(Made[models.AreaName]):
    class Meta:
        model = models.AreaName

    area = SubFactory(AdminAreaFactory)
    name = LazyAttribute(lambda name: f"Mintaqat {name.area.pcode}")
    language = "en"


class SourceFactory(Made[models.Source]):
    class Meta:
        model = models.Source

    kind = "local_monitor"
    names = Sequence(lambda n: {"en": f"Monitor {n}", "ar": f"راصد {n}"})
    reliability = "C"


class DocumentFactory(Made[models.Document]):
    class Meta:
        model = models.Document

    publisher = SubFactory(SourceFactory)
    type = "press_article"
    title = Sequence(lambda n: {"en": f"Report {n}"})
    published_on = date(2025, 3, 9)


class CustodyEventFactory(Made[models.CustodyEvent]):
    class Meta:
        model = models.CustodyEvent

    document = SubFactory(DocumentFactory)
    kind = "captured"
    at = datetime(2025, 3, 9, 12, tzinfo=UTC)
    by = "Coding desk"


class ActorFactory(Made[models.Actor]):
    class Meta:
        model = models.Actor

    type = "nonstate_armed"
    identification = "named_group"
    names = Sequence(lambda n: {"en": f"Group {n}", "ar": f"جماعة {n}"})


class ActorAliasFactory(Made[models.ActorAlias]):
    class Meta:
        model = models.ActorAlias

    actor = SubFactory(ActorFactory)
    name = Sequence(lambda n: f"The group also called {n}")


class ActorReferenceFactory(Made[models.ActorReference]):
    class Meta:
        model = models.ActorReference

    actor = SubFactory(ActorFactory)
    scheme = "ucdp-actor"
    key = Sequence(str)


class ActorRelationFactory(Made[models.ActorRelation]):
    class Meta:
        model = models.ActorRelation

    from_actor = SubFactory(ActorFactory)
    to_actor = SubFactory(ActorFactory)
    type = "part_of"


class IncidentFactory(Made[models.Incident]):
    class Meta:
        model = models.Incident

    kind = "killing_event"
    title = Sequence(lambda n: {"en": f"Killing of villagers {n}", "ar": f"قتل قرويين {n}"})
    start_earliest = date(2025, 3, 6)
    end_latest = date(2025, 3, 8)
    country = "SYR"
    place_text = "Tuwaym"
    geo_precision = "settlement_unmatched"

    @post_generation
    def areas(self: Any, create: bool, extracted: Iterable[models.AdminArea] | None, **kwargs: Any) -> None:
        if create and extracted:
            self.areas.set(list(extracted))


class IncidentReferenceFactory(Made[models.IncidentReference]):
    class Meta:
        model = models.IncidentReference

    incident = SubFactory(IncidentFactory)
    scheme = "ucdp-ged"
    key = Sequence(str)


class IncidentActFactory(Made[models.IncidentAct]):
    class Meta:
        model = models.IncidentAct

    incident = SubFactory(IncidentFactory)
    act = "massacre"
    document = SubFactory(DocumentFactory)
    asserted_by = SelfAttribute("document.publisher")
    rank = LazyAttribute(lambda act: act.incident.acts.count() + 1)


class TargetedGroupFactory(Made[models.TargetedGroup]):
    class Meta:
        model = models.TargetedGroup

    incident = SubFactory(IncidentFactory)
    ground = "religion"
    group = {"en": "Alawites"}
    document = SubFactory(DocumentFactory)
    asserted_by = SelfAttribute("document.publisher")


class IncidentRelationFactory(Made[models.IncidentRelation]):
    class Meta:
        model = models.IncidentRelation

    from_incident = SubFactory(IncidentFactory)
    to_incident = SubFactory(IncidentFactory)
    type = "contains"
    certainty = "probable"
    asserted_by = SubFactory(SourceFactory, kind="desk", names={"en": "Coding desk"})


class MergeFactory(Made[models.Merge]):
    class Meta:
        model = models.Merge

    survivor = SubFactory(IncidentFactory)
    absorbed = SubFactory(IncidentFactory)
    reason = "The same killing, told twice."


class DuplicateCandidateFactory(Made[models.DuplicateCandidate]):
    """A pair as a search proposes it: one village, the same days, 31 and 31 killed."""

    class Meta:
        model = models.DuplicateCandidate

    first = SubFactory(IncidentFactory)
    second = SubFactory(IncidentFactory)
    score = 740
    reasons = [
        {"part": "place", "points": 225, "how": "name", "name": "tuwaym"},
        {"part": "dates", "points": 150, "how": "same", "days": 3},
        {
            "part": "figures",
            "points": 200,
            "how": "equal",
            "measure": "killed",
            "unit": "person",
            "one": "31",
            "other": "31",
        },
    ]
    found_at = compared_at = datetime(2025, 3, 9, 12, tzinfo=UTC)


class ClaimFactory(Made[models.Claim]):
    """717 civilians killed, as one source says in one document; asserted_by is the document's publisher."""

    class Meta:
        model = models.Claim

    incident = SubFactory(IncidentFactory)
    document = SubFactory(DocumentFactory)
    asserted_by = SelfAttribute("document.publisher")
    measure = "killed"
    status = "civilian"
    qualifier = "exact"
    value = 717
    as_of = date(2025, 3, 9)
    credibility = "3"


class ClaimCellFactory(Made[models.ClaimCell]):
    class Meta:
        model = models.ClaimCell

    claim = SubFactory(ClaimFactory)
    age_group = "child"
    value = 9


class AttributionFactory(Made[models.Attribution]):
    class Meta:
        model = models.Attribution

    incident = SubFactory(IncidentFactory)
    actor = SubFactory(ActorFactory)
    document = SubFactory(DocumentFactory)
    asserted_by = SelfAttribute("document.publisher")
    role = "directly_carried_out"
    extent = "part"


class EstimateOverrideFactory(Made[models.EstimateOverride]):
    class Meta:
        model = models.EstimateOverride

    incident = SubFactory(IncidentFactory)
    measure = "killed"
    low, best, high = 700, 717, 750
    role = "lead"
    reason = "The morgue's register was read by the desk."


class InvestigationFactory(Made[models.Investigation]):
    class Meta:
        model = models.Investigation

    type = "national_commission"
    names = Sequence(lambda n: {"en": f"National commission {n}", "ar": f"لجنة وطنية {n}"})
    body = SubFactory(SourceFactory, kind="government")


class InvestigationEventFactory(Made[models.InvestigationEvent]):
    class Meta:
        model = models.InvestigationEvent

    investigation = SubFactory(InvestigationFactory)
    kind = "announced"
    on = date(2025, 3, 9)


class DeadlineFactory(Made[models.Deadline]):
    class Meta:
        model = models.Deadline

    investigation = SubFactory(InvestigationFactory)
    seq = LazyAttribute(lambda deadline: deadline.investigation.deadlines.count() + 1)
    due_on = date(2025, 4, 8)
    basis = "announced + 30 days"


class ScopeFactory(Made[models.Scope]):
    class Meta:
        model = models.Scope

    investigation = SubFactory(InvestigationFactory)
    incident = SubFactory(IncidentFactory)
    kind = "within"


class RecommendationFactory(Made[models.Recommendation]):
    class Meta:
        model = models.Recommendation

    investigation = SubFactory(InvestigationFactory)
    text = {"en": "Bring those responsible before a court."}


class StatementFactory(Made[models.Statement]):
    class Meta:
        model = models.Statement

    by = SubFactory(SourceFactory)
    on = date(2025, 3, 9)
    kind = "demand"
    demands = ["investigation"]
    document = SubFactory(DocumentFactory)


class TermFactory(Made[models.Term]):
    class Meta:
        model = models.Term
        django_get_or_create = ("vocabulary", "code")

    vocabulary = "measure"
    code = Sequence(lambda n: f"killed_{n}")
    position = Sequence(lambda n: n % 30_000)


class TermLabelFactory(Made[models.TermLabel]):
    class Meta:
        model = models.TermLabel
        django_get_or_create = ("term", "language")

    term = SubFactory(TermFactory)
    language = "ar"
    label = Sequence(lambda n: f"تسمية {n}")


class TermMappingFactory(Made[models.TermMapping]):
    class Meta:
        model = models.TermMapping

    term = SubFactory(TermFactory)
    scheme = "ucdp"
    code = Sequence(str)
    relation = "exact"
