"""What FastAPI answers with: pydantic models that read the mapped rows, member by member as plain DRF has them."""

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Texts = dict[str, str]
Row = TypeVar("Row")


def key(column: str) -> Any:
    """The key of another row, under the name of the relation."""
    return Field(validation_alias=column)


Keys = Annotated[list[int], BeforeValidator(lambda rows: [row.id for row in rows])]


class Answer(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Page(Answer, Generic[Row]):
    """A page under `data`, without a count."""

    data: list[Row]


class Source(Answer):
    public_id: UUID
    kind: str
    names: Texts
    confidential: bool


class Document(Answer):
    public_id: UUID
    type: str
    title: Texts
    published_on: date | None
    url: str


class Actor(Answer):
    public_id: UUID
    type: str
    identification: str
    names: Texts


class Area(Answer):
    pcode: str
    level: int
    names: Texts


class Investigation(Answer):
    public_id: UUID
    type: str
    names: Texts


class Cell(Answer):
    cut: int
    status: str
    sex: str
    age_group: str
    cause: str
    occupation: str
    area: int | None = key("area_id")
    value: int | None
    low: int | None
    high: int | None


class Act(Answer):
    act: str
    standard_of_proof: str
    asserted_by: Source
    document: Document


class Group(Answer):
    ground: str
    group: Texts
    asserted_by: Source
    document: Document


class Reference(Answer):
    scheme: str
    key: str


class Other(Answer):
    public_id: UUID
    title: Texts


class Relation(Answer):
    type: str
    certainty: str
    reason: str
    asserted_by: Source


class RelationOut(Relation):
    to_incident: Other


class RelationIn(Relation):
    from_incident: Other


class Scope(Answer):
    kind: str
    investigation: Investigation


class Attribution(Answer):
    public_id: UUID
    role: str
    position: str
    extent: str
    confidence: str
    standard_of_proof: str
    as_of: date | None
    claim: int | None = key("claim_id")
    supersedes: int | None = key("supersedes_id")
    actor: Actor
    asserted_by: Source
    document: Document
    investigation: Investigation | None


class Claim(Answer):
    public_id: UUID
    locator: str
    quote: str
    measure: str
    unit: str
    unit_as_written: str
    status: str
    status_basis: str
    qualifier: str
    value: int | None
    low: int | None
    high: int | None
    vague_term: str
    as_of: date | None
    covers_from: date | None
    covers_to: date | None
    scope: str
    interim: bool
    running_total: bool
    method: str
    basis: str
    credibility: str
    standard_of_proof: str
    relays: int | None = key("relays_id")
    inferred_from: int | None = key("inferred_from_id")
    supersedes: int | None = key("supersedes_id")
    based_on: list[Any]
    based_on_dates: list[Any]
    retracted_at: datetime | None
    retracted_by: str
    retraction_reason: str
    origin: str
    covers_areas: Keys
    corroborated_by: Keys
    asserted_by: Source
    document: Document
    investigation: Investigation | None
    cells: list[Cell]


class Figure(Answer):
    measure: str
    unit: str
    basis: str
    of_status: str
    dimension: str
    status: str
    sex: str
    age_group: str
    cause: str
    occupation: str
    area: str
    low: int
    best: int | None
    high: int
    low_open: bool
    high_open: bool


class Incident(Answer):
    public_id: UUID
    version: int
    kind: str
    title: Texts
    summary: Texts
    start_earliest: date
    start_latest: date | None
    end_earliest: date | None
    end_latest: date | None
    date_precision: str
    ongoing: bool | None
    country: str
    place_text: str
    place_names: Texts
    latitude: float | None
    longitude: float | None
    geo_precision: str
    uncertainty_m: int | None
    geo_method: str
    site_type: str
    clarity: str
    civilian_targeting: bool | None
    grade: str
    grade_reason: str
    areas: list[Area]
    acts: list[Act]
    targeted_groups: list[Group]
    references: list[Reference]
    claims: list[Claim]
    attributions: list[Attribution]
    relations_out: list[RelationOut]
    relations_in: list[RelationIn]
    scopes: list[Scope]
    figures: list[Figure]
