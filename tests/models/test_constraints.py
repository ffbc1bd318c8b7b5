"""Every constraint of the working record: a valid row saves, and what breaks the constraint is refused by its name."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Model, UniqueConstraint

from incidents.models import AreaClosure
from tests import factories as make

pytestmark = pytest.mark.django_db
EARLY, LATE = date(2025, 3, 6), date(2025, 3, 9)
NOON = datetime(2025, 3, 9, 12, tzinfo=UTC)
# Not the working record; the others have their tests in test_webhooks.py, test_audit.py and test_moderation.py.
INDEX = (
    "Public", "Historical", "Tally", "LogHead", "Restatement", "Audit", "Checkpoint", "Webhook", "Organisation",
    "Account", "ApiKey", "Submission", "Recognition", "Decision", "IdempotentRequest", "MissedDeadline",
)  # fmt: skip
Changes = dict[str, Any]

# A code that no vocabulary has, in the column that the constraint watches.
UNKNOWN: dict[str, tuple[Callable[..., Model], str]] = {
    "actor_type_known": (make.ActorFactory, "type"),
    "actor_identification_known": (make.ActorFactory, "identification"),
    "actor_relation_type_known": (make.ActorRelationFactory, "type"),
    "area_name_kind_known": (make.AreaNameFactory, "kind"),
    "source_kind_known": (make.SourceFactory, "kind"),
    "source_reliability_known": (make.SourceFactory, "reliability"),
    "document_type_known": (make.DocumentFactory, "type"),
    "document_consent_known": (make.DocumentFactory, "consent"),
    "incident_act_known": (make.IncidentActFactory, "act"),
    "incident_act_proof_known": (make.IncidentActFactory, "standard_of_proof"),
    "targeted_ground_known": (make.TargetedGroupFactory, "ground"),
    "incident_relation_type_known": (make.IncidentRelationFactory, "type"),
    "incident_relation_certainty_known": (make.IncidentRelationFactory, "certainty"),
    "scope_kind_known": (make.ScopeFactory, "kind"),
    "statement_kind_known": (make.StatementFactory, "kind"),
    "term_label_language_known": (make.TermLabelFactory, "language"),
    "term_mapping_relation_known": (make.TermMappingFactory, "relation"),
}
for factory, prefix, columns in (
    (
        make.IncidentFactory,
        "incident",
        "kind date_precision geo_precision geo_method site_type clarity grade sensitivity",
    ),
    (make.InvestigationFactory, "investigation", "type independence outcome"),
    (make.ClaimFactory, "claim", "measure unit status status_basis scope basis credibility standard_of_proof origin"),
    (make.EstimateOverrideFactory, "override", "measure unit basis status"),
    (make.ClaimCellFactory, "claim_cell", "status sex age_group cause occupation"),
    (make.AttributionFactory, "attribution", "role position extent confidence standard_of_proof"),
):
    UNKNOWN |= {f"{prefix}_{column}_known": (factory, column) for column in columns.split()}


def itself(column: str) -> Changes:
    return {column: F("id")}


# Changes to a valid row that the constraint must refuse.
REFUSED: list[tuple[str, Callable[..., Model], Changes]] = [
    ("actor_validity_ordered", make.ActorFactory, {"valid_from": LATE, "valid_to": EARLY}),
    ("actor_alias_validity_ordered", make.ActorAliasFactory, {"valid_from": LATE, "valid_to": EARLY}),
    ("actor_relation_between_two", make.ActorRelationFactory, {"to_actor": F("from_actor")}),
    ("actor_relation_validity_ordered", make.ActorRelationFactory, {"valid_from": LATE, "valid_to": EARLY}),
    ("admin_area_level_0_to_4", make.AdminAreaFactory, {"level": 5}),
    ("admin_area_only_countries_lack_a_parent", make.AdminAreaFactory, {"parent": None}),
    ("admin_area_only_countries_lack_a_parent", make.AdminAreaFactory, {"level": 0}),
    ("admin_area_centroid_in_range", make.AdminAreaFactory, {"latitude": 90.1, "longitude": 0.0}),
    ("admin_area_centroid_in_range", make.AdminAreaFactory, {"latitude": 1.0}),
    ("admin_area_validity_ordered", make.AdminAreaFactory, {"valid_from": LATE, "valid_to": EARLY}),
    ("area_name_can_be_found", make.AreaNameFactory, {"folded": ""}),
    ("document_sha256_is_hex", make.DocumentFactory, {"sha256": "A" * 64}),
    ("document_sha256_is_hex", make.DocumentFactory, {"sha256": "a" * 63}),
    ("incident_start_ordered", make.IncidentFactory, {"start_latest": date(2025, 3, 5)}),
    ("incident_end_ordered", make.IncidentFactory, {"end_earliest": LATE}),
    ("incident_ends_after_it_starts_earliest", make.IncidentFactory, {"end_earliest": date(2025, 3, 5)}),
    ("incident_ends_after_it_starts_latest", make.IncidentFactory, {"start_latest": LATE}),
    ("incident_ends_after_it_starts", make.IncidentFactory, {"end_latest": date(2025, 3, 5)}),
    ("incident_point_whole_and_on_earth", make.IncidentFactory, {"latitude": 35.0}),
    ("incident_point_whole_and_on_earth", make.IncidentFactory, {"longitude": 35.0}),
    ("incident_point_whole_and_on_earth", make.IncidentFactory, {"latitude": -90.01, "longitude": 0.0}),
    ("incident_point_whole_and_on_earth", make.IncidentFactory, {"latitude": 0.0, "longitude": 180.01}),
    ("incident_country_alpha_3", make.IncidentFactory, {"country": "sy"}),
    ("incident_country_alpha_3", make.IncidentFactory, {"country": "SYr"}),
    ("incident_not_merged_into_itself", make.IncidentFactory, itself("merged_into")),
    (
        "incident_relation_between_two",
        make.IncidentRelationFactory,
        {"to_incident": F("from_incident"), "type": "precedes"},
    ),
    ("merge_between_two", make.MergeFactory, {"absorbed": F("survivor")}),
    ("merge_undone_for_a_reason", make.MergeFactory, {"undone_at": NOON}),
    ("merge_undone_for_a_reason", make.MergeFactory, {"undo_reason": "They are two."}),
    ("duplicate_older_row_first", make.DuplicateCandidateFactory, {"first": F("second")}),
    ("duplicate_score_at_most_1000", make.DuplicateCandidateFactory, {"score": 1001}),
    ("duplicate_decision_known", make.DuplicateCandidateFactory, {"decision": "perhaps", "decided_at": NOON}),
    ("duplicate_decision_has_a_date", make.DuplicateCandidateFactory, {"decision": "merged"}),
    ("duplicate_decision_has_a_date", make.DuplicateCandidateFactory, {"decided_at": NOON}),
    ("investigation_period_ordered", make.InvestigationFactory, {"period_from": LATE, "period_to": EARLY}),
    ("scope_of_one_thing", make.ScopeFactory, {"incident": None}),
    ("claim_qualifier_fits_figures", make.ClaimFactory, {"value": None}),
    ("claim_qualifier_fits_figures", make.ClaimFactory, {"low": 1, "high": 900}),
    ("claim_qualifier_fits_figures", make.ClaimFactory, {"vague_term": "dozens"}),
    ("claim_qualifier_fits_figures", make.ClaimFactory, {"qualifier": "range"}),
    ("claim_qualifier_fits_figures", make.ClaimFactory, {"qualifier": "range", "low": 5}),
    ("claim_qualifier_fits_figures", make.ClaimFactory, {"qualifier": "vague", "value": None}),
    ("claim_qualifier_fits_figures", make.ClaimFactory, {"qualifier": "vague", "value": None, "vague_term": "some"}),
    (
        "claim_range_ordered_unless_imported",
        make.ClaimFactory,
        {"qualifier": "range", "value": None, "low": 9, "high": 8},
    ),
    ("claim_range_ordered_unless_imported", make.ClaimFactory, {"qualifier": "range", "low": 718, "high": 900}),
    ("claim_range_ordered_unless_imported", make.ClaimFactory, {"qualifier": "range", "low": 1, "high": 716}),
    ("claim_covers_ordered", make.ClaimFactory, {"covers_from": LATE, "covers_to": EARLY}),
    ("claim_retraction_says_by_whom", make.ClaimFactory, {"retracted_at": datetime(2025, 3, 9, tzinfo=UTC)}),
    ("claim_retraction_says_by_whom", make.ClaimFactory, {"retracted_by": "source"}),
    ("claim_relays_another", make.ClaimFactory, itself("relays")),
    ("claim_inferred_from_another", make.ClaimFactory, itself("inferred_from")),
    ("claim_supersedes_another", make.ClaimFactory, itself("supersedes")),
    ("claim_cell_has_a_figure", make.ClaimCellFactory, {"value": None}),
    ("claim_cell_ordered", make.ClaimCellFactory, {"low": 10}),
    ("claim_cell_ordered", make.ClaimCellFactory, {"high": 8}),
    ("claim_cell_ordered", make.ClaimCellFactory, {"value": None, "low": 2, "high": 1}),
    ("attribution_supersedes_another", make.AttributionFactory, itself("supersedes")),
    ("override_ordered", make.EstimateOverrideFactory, {"low": 718}),
    ("override_ordered", make.EstimateOverrideFactory, {"high": 716}),
    ("override_ordered", make.EstimateOverrideFactory, {"best": None, "low": 751}),
    ("term_label_not_empty", make.TermLabelFactory, {"label": ""}),
    *[(name, factory, {column: "xx"}) for name, (factory, column) in UNKNOWN.items()],
]


def closure() -> Model:
    return AreaClosure.objects.get(descendant=make.AdminAreaFactory(), depth=1)


def cell_in_area() -> Model:
    return make.ClaimCellFactory(area=make.AdminAreaFactory())


def scope_of_an_actor() -> Model:
    return make.ScopeFactory(incident=None, actor=make.ActorFactory())


# Rows of which there can be only one.
ONCE: dict[str, Callable[..., Model]] = {
    "actor_alias_unique": make.ActorAliasFactory,
    "actor_reference_unique": make.ActorReferenceFactory,
    "actor_relation_unique": make.ActorRelationFactory,
    "area_name_once_per_language": make.AreaNameFactory,
    "area_closure_once": closure,
    "incident_reference_unique": make.IncidentReferenceFactory,
    "incident_reference_once": lambda: make.IncidentReferenceFactory(identifies=False),
    "incident_act_rank_unique": make.IncidentActFactory,
    "incident_act_once": make.IncidentActFactory,
    "incident_relation_unique": make.IncidentRelationFactory,
    "merge_absorbs_once": make.MergeFactory,
    "duplicate_pair_once": make.DuplicateCandidateFactory,
    "deadline_seq_unique": make.DeadlineFactory,
    "scope_incident_once": make.ScopeFactory,
    "scope_actor_once": scope_of_an_actor,
    "claim_cell_unique_in_area": cell_in_area,
    "claim_cell_unique_without_area": make.ClaimCellFactory,
    "override_unique": make.EstimateOverrideFactory,
    "term_code_once": make.TermFactory,
    "term_label_per_language": make.TermLabelFactory,
    "term_mapping_once": make.TermMappingFactory,
}
# The second row differs in these, so that only the constraint meant can refuse it.
BUT: dict[str, Callable[[], Changes]] = {
    "incident_reference_unique": lambda: {"incident": make.IncidentFactory()},
    "incident_act_rank_unique": lambda: {"act": "torture"},
    "incident_act_once": lambda: {"rank": 2},
    "merge_absorbs_once": lambda: {"survivor": make.IncidentFactory()},
}


def constraints() -> dict[str, Any]:
    tables = [table for table in apps.get_app_config("incidents").get_models() if not table.__name__.startswith(INDEX)]
    return {constraint.name: constraint for table in tables for constraint in table._meta.constraints}


def test_the_tables_name_every_constraint_of_the_working_record() -> None:
    # Those below: an unknown qualifier never fits the figures either, and an event cannot be changed at all.
    apart = {
        "claim_qualifier_known",
        "area_closure_depth",
        "investigation_event_kind_known",
        "investigation_event_retracts_another",
        "investigation_event_superseded_once",
        "investigation_event_supersedes_another",
        "custody_event_kind_known",
    }
    assert {name for name, *_ in REFUSED} | set(ONCE) | apart == set(constraints())


def is_named(error: IntegrityError, name: str) -> bool:
    """Whether the database names the constraint; of a unique one SQLite names only the columns."""
    constraint = constraints()[name]
    if connection.vendor == "sqlite" and isinstance(constraint, UniqueConstraint):
        said = str(error)
        return all(f".{field}" in said for field in constraint.fields)
    return name in str(error)


@pytest.mark.parametrize(("name", "factory", "changes"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_breaks_a_constraint_is_refused_by_its_name(
    name: str, factory: Callable[..., Model], changes: Changes
) -> None:
    row = factory()
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        type(row)._default_manager.filter(pk=row.pk).update(**changes)
    assert is_named(error.value, name)


@pytest.mark.parametrize("name", ONCE)
def test_a_second_row_of_the_same_is_refused(name: str) -> None:
    row = ONCE[name]()
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    second = type(row)(**values)
    for column, value in BUT.get(name, dict)().items():
        setattr(second, column, value)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        type(row)._default_manager.bulk_create([second])
    assert is_named(error.value, name)


def test_an_unknown_qualifier_and_a_closure_at_no_depth_are_refused() -> None:
    claim = make.ClaimFactory()
    with pytest.raises(IntegrityError, match="claim_qualifier"), transaction.atomic():
        type(claim).objects.filter(pk=claim.pk).update(qualifier="no_such")
    with pytest.raises(IntegrityError, match="investigation_event_kind_known"), transaction.atomic():
        make.InvestigationEventFactory(kind="no_such")
    with pytest.raises(IntegrityError, match="custody_event_kind_known"), transaction.atomic():
        make.CustodyEventFactory(kind="no_such")
    link = closure()
    for depth in (0, 5):
        with pytest.raises(IntegrityError, match="area_closure_depth"), transaction.atomic():
            AreaClosure.objects.filter(pk=link.pk).update(depth=depth)


def test_what_is_rightly_allowed_is_saved() -> None:
    claim = make.ClaimFactory(qualifier="range", value=None, low=1, high=9)
    make.ClaimFactory(qualifier="range", value=142, low=177, high=177, origin="imported")
    make.ClaimFactory(qualifier="vague", value=None, vague_term="dozens")
    make.ClaimFactory(retracted_at=datetime(2025, 3, 9, tzinfo=UTC), retracted_by="desk")
    make.ClaimCellFactory(claim=claim, cut=1)
    make.ClaimCellFactory(claim=claim, cut=2)
    make.IncidentFactory(latitude=-90.0, longitude=180.0)
    for _ in range(2):
        make.IncidentReferenceFactory(scheme="ucdp-conflict", key="465", identifies=False)
    undone = make.MergeFactory(undone_at=NOON, undo_reason="They are two.")
    make.MergeFactory(absorbed=undone.absorbed)
    make.EstimateOverrideFactory(best=None)
