"""The working tables as SQLAlchemy 2 maps them, with the columns that plain DRF serves and no others.

Every relation raises where it was not asked for with the page, so that nothing is loaded row by row unseen.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, MetaData, Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, foreign, mapped_column, relationship

Texts = dict[str, str]


class Base(DeclarativeBase):
    metadata = MetaData()
    type_annotation_map = {Texts: JSONB, list[Any]: JSONB}


def one(column: Any) -> Any:
    return relationship(foreign_keys=[column], lazy="raise")


def between(table: str, left: str, right: str) -> Table:
    """The table between two that have many of each other; left and right are `table.id`."""
    names = {key: f"{key.split('.', maxsplit=1)[0].removeprefix('incidents_')}_id" for key in (left, right)}
    return Table(table, Base.metadata, *(Column(name, ForeignKey(key)) for key, name in names.items()))


incident_areas = between("incidents_incident_areas", "incidents_incident.id", "incidents_adminarea.id")
claim_areas = between("incidents_claim_covers_areas", "incidents_claim.id", "incidents_adminarea.id")
claim_sources = between("incidents_claim_corroborated_by", "incidents_claim.id", "incidents_source.id")


class Source(Base):
    __tablename__ = "incidents_source"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID]
    kind: Mapped[str]
    names: Mapped[Texts]
    confidential: Mapped[bool]


class Document(Base):
    __tablename__ = "incidents_document"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID]
    type: Mapped[str]
    title: Mapped[Texts]
    published_on: Mapped[date | None]
    url: Mapped[str]


class Actor(Base):
    __tablename__ = "incidents_actor"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID]
    type: Mapped[str]
    identification: Mapped[str]
    names: Mapped[Texts]


class AdminArea(Base):
    __tablename__ = "incidents_adminarea"
    id: Mapped[int] = mapped_column(primary_key=True)
    pcode: Mapped[str]
    level: Mapped[int]
    names: Mapped[Texts]


class Investigation(Base):
    __tablename__ = "incidents_investigation"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID]
    type: Mapped[str]
    names: Mapped[Texts]


class IncidentAct(Base):
    __tablename__ = "incidents_incidentact"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents_incident.id"))
    asserted_by_id: Mapped[int] = mapped_column(ForeignKey("incidents_source.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("incidents_document.id"))
    act: Mapped[str]
    rank: Mapped[int]
    standard_of_proof: Mapped[str]
    asserted_by: Mapped[Source] = one(asserted_by_id)
    document: Mapped[Document] = one(document_id)


class TargetedGroup(Base):
    __tablename__ = "incidents_targetedgroup"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents_incident.id"))
    asserted_by_id: Mapped[int] = mapped_column(ForeignKey("incidents_source.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("incidents_document.id"))
    ground: Mapped[str]
    group: Mapped[Texts]
    asserted_by: Mapped[Source] = one(asserted_by_id)
    document: Mapped[Document] = one(document_id)


class IncidentReference(Base):
    __tablename__ = "incidents_incidentreference"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents_incident.id"))
    scheme: Mapped[str]
    key: Mapped[str]


class IncidentRelation(Base):
    __tablename__ = "incidents_incidentrelation"
    id: Mapped[int] = mapped_column(primary_key=True)
    from_incident_id: Mapped[int] = mapped_column(ForeignKey("incidents_incident.id"))
    to_incident_id: Mapped[int] = mapped_column(ForeignKey("incidents_incident.id"))
    asserted_by_id: Mapped[int] = mapped_column(ForeignKey("incidents_source.id"))
    type: Mapped[str]
    certainty: Mapped[str]
    reason: Mapped[str]
    from_incident: Mapped["Incident"] = one(from_incident_id)
    to_incident: Mapped["Incident"] = one(to_incident_id)
    asserted_by: Mapped[Source] = one(asserted_by_id)


class Scope(Base):
    __tablename__ = "incidents_scope"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents_incident.id"))
    investigation_id: Mapped[int] = mapped_column(ForeignKey("incidents_investigation.id"))
    kind: Mapped[str]
    investigation: Mapped[Investigation] = one(investigation_id)


class ClaimCell(Base):
    __tablename__ = "incidents_claimcell"
    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("incidents_claim.id"))
    cut: Mapped[int]
    status: Mapped[str]
    sex: Mapped[str]
    age_group: Mapped[str]
    cause: Mapped[str]
    occupation: Mapped[str]
    area_id: Mapped[int | None]
    value: Mapped[int | None]
    low: Mapped[int | None]
    high: Mapped[int | None]


class Claim(Base):
    __tablename__ = "incidents_claim"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents_incident.id"))
    asserted_by_id: Mapped[int] = mapped_column(ForeignKey("incidents_source.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("incidents_document.id"))
    investigation_id: Mapped[int | None] = mapped_column(ForeignKey("incidents_investigation.id"))
    locator: Mapped[str]
    quote: Mapped[str]
    measure: Mapped[str]
    unit: Mapped[str]
    unit_as_written: Mapped[str]
    status: Mapped[str]
    status_basis: Mapped[str]
    qualifier: Mapped[str]
    value: Mapped[int | None]
    low: Mapped[int | None]
    high: Mapped[int | None]
    vague_term: Mapped[str]
    as_of: Mapped[date | None]
    covers_from: Mapped[date | None]
    covers_to: Mapped[date | None]
    scope: Mapped[str]
    interim: Mapped[bool]
    running_total: Mapped[bool]
    method: Mapped[str]
    basis: Mapped[str]
    credibility: Mapped[str]
    standard_of_proof: Mapped[str]
    relays_id: Mapped[int | None]
    inferred_from_id: Mapped[int | None]
    supersedes_id: Mapped[int | None]
    based_on: Mapped[list[Any]]
    based_on_dates: Mapped[list[Any]]
    retracted_at: Mapped[datetime | None]
    retracted_by: Mapped[str]
    retraction_reason: Mapped[str]
    origin: Mapped[str]
    asserted_by: Mapped[Source] = one(asserted_by_id)
    document: Mapped[Document] = one(document_id)
    investigation: Mapped[Investigation | None] = one(investigation_id)
    covers_areas: Mapped[list[AdminArea]] = relationship(
        secondary=claim_areas, order_by=AdminArea.pcode, lazy="raise"
    )  # fmt: skip
    corroborated_by: Mapped[list[Source]] = relationship(secondary=claim_sources, order_by=Source.id, lazy="raise")
    cells: Mapped[list[ClaimCell]] = relationship(order_by=(ClaimCell.cut, ClaimCell.id), lazy="raise")


class Attribution(Base):
    __tablename__ = "incidents_attribution"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID]
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents_incident.id"))
    actor_id: Mapped[int] = mapped_column(ForeignKey("incidents_actor.id"))
    asserted_by_id: Mapped[int] = mapped_column(ForeignKey("incidents_source.id"))
    document_id: Mapped[int] = mapped_column(ForeignKey("incidents_document.id"))
    investigation_id: Mapped[int | None] = mapped_column(ForeignKey("incidents_investigation.id"))
    claim_id: Mapped[int | None]
    supersedes_id: Mapped[int | None]
    role: Mapped[str]
    position: Mapped[str]
    extent: Mapped[str]
    confidence: Mapped[str]
    standard_of_proof: Mapped[str]
    as_of: Mapped[date | None]
    actor: Mapped[Actor] = one(actor_id)
    asserted_by: Mapped[Source] = one(asserted_by_id)
    document: Mapped[Document] = one(document_id)
    investigation: Mapped[Investigation | None] = one(investigation_id)


class PublicIncident(Base):
    """By whose id the figures of an incident are kept."""

    __tablename__ = "incidents_publicincident"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID]


class Tally(Base):
    __tablename__ = "incidents_tally"
    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = mapped_column(ForeignKey("incidents_publicincident.id"))
    measure: Mapped[str]
    unit: Mapped[str]
    basis: Mapped[str]
    of_status: Mapped[str]
    dimension: Mapped[str]
    status: Mapped[str]
    sex: Mapped[str]
    age_group: Mapped[str]
    cause: Mapped[str]
    occupation: Mapped[str]
    area: Mapped[str]
    low: Mapped[int]
    best: Mapped[int | None]
    high: Mapped[int]
    low_open: Mapped[bool]
    high_open: Mapped[bool]


class Incident(Base):
    __tablename__ = "incidents_incident"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[UUID]
    version: Mapped[int]
    kind: Mapped[str]
    title: Mapped[Texts]
    summary: Mapped[Texts]
    start_earliest: Mapped[date]
    start_latest: Mapped[date | None]
    end_earliest: Mapped[date | None]
    end_latest: Mapped[date | None]
    date_precision: Mapped[str]
    ongoing: Mapped[bool | None]
    country: Mapped[str]
    place_text: Mapped[str]
    place_names: Mapped[Texts]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    geo_precision: Mapped[str]
    uncertainty_m: Mapped[int | None]
    geo_method: Mapped[str]
    site_type: Mapped[str]
    clarity: Mapped[str]
    civilian_targeting: Mapped[bool | None]
    grade: Mapped[str]
    grade_reason: Mapped[str]
    areas: Mapped[list[AdminArea]] = relationship(secondary=incident_areas, order_by=AdminArea.pcode, lazy="raise")
    acts: Mapped[list[IncidentAct]] = relationship(order_by=(IncidentAct.rank, IncidentAct.id), lazy="raise")
    targeted_groups: Mapped[list[TargetedGroup]] = relationship(order_by=TargetedGroup.id, lazy="raise")
    references: Mapped[list[IncidentReference]] = relationship(
        order_by=(IncidentReference.scheme, IncidentReference.key), lazy="raise"
    )
    claims: Mapped[list[Claim]] = relationship(order_by=Claim.id, lazy="raise")
    attributions: Mapped[list[Attribution]] = relationship(order_by=Attribution.id, lazy="raise")
    relations_out: Mapped[list[IncidentRelation]] = relationship(
        foreign_keys=[IncidentRelation.from_incident_id], order_by=IncidentRelation.id, viewonly=True, lazy="raise"
    )
    relations_in: Mapped[list[IncidentRelation]] = relationship(
        foreign_keys=[IncidentRelation.to_incident_id],
        order_by=(IncidentRelation.from_incident_id, IncidentRelation.id),
        viewonly=True,
        lazy="raise",
    )
    scopes: Mapped[list[Scope]] = relationship(order_by=(Scope.investigation_id, Scope.id), lazy="raise")
    figures: Mapped[list[Tally]] = relationship(
        secondary="incidents_publicincident",
        primaryjoin=lambda: Incident.public_id == foreign(PublicIncident.public_id),
        secondaryjoin=lambda: PublicIncident.id == foreign(Tally.incident_id),
        order_by=Tally.id,
        viewonly=True,
        lazy="raise",
    )
