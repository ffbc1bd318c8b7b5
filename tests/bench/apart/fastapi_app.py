"""FastAPI with SQLAlchemy 2, put together as the HDX HAPI is: a session a request, asyncpg, limit and offset.

Collections come by selectinload, a statement each, and what a row names, such as its source, by joinedload: a twentieth
faster than by statements of its own. DATABASE_URL names the database.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Query
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload, load_only, selectinload

from tests.bench.apart import answers
from tests.bench.apart.tables import (
    AdminArea,
    Attribution,
    Claim,
    Incident,
    IncidentAct,
    IncidentRelation,
    Scope,
    Source,
    TargetedGroup,
)

engine = create_async_engine(make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+asyncpg"))
sessions = async_sessionmaker(engine, expire_on_commit=False)


def said(collection: Any, table: Any, *others: Any) -> Any:
    """A collection whose rows have a source and a document, and what else they name."""
    return selectinload(collection).options(
        joinedload(table.asserted_by), joinedload(table.document), *map(joinedload, others)
    )


def related(collection: Any, other: Any) -> Any:
    """Relations with the incident at the other end, of which id and title are enough."""
    return selectinload(collection).options(
        joinedload(other).options(load_only(Incident.public_id, Incident.title)),
        joinedload(IncidentRelation.asserted_by),
    )


WHOLE = (
    selectinload(Incident.areas),
    said(Incident.acts, IncidentAct),
    said(Incident.targeted_groups, TargetedGroup),
    selectinload(Incident.references),
    said(Incident.claims, Claim, Claim.investigation).options(
        selectinload(Claim.cells),
        selectinload(Claim.covers_areas).options(load_only(AdminArea.id)),
        selectinload(Claim.corroborated_by).options(load_only(Source.id)),
    ),
    said(Incident.attributions, Attribution, Attribution.actor, Attribution.investigation),
    related(Incident.relations_out, IncidentRelation.to_incident),
    related(Incident.relations_in, IncidentRelation.from_incident),
    selectinload(Incident.scopes).options(joinedload(Scope.investigation)),
    selectinload(Incident.figures),
)


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


@asynccontextmanager
async def lifespan(application: FastAPI) -> AsyncIterator[None]:
    yield
    await engine.dispose()


app = FastAPI(lifespan=lifespan)


@app.get("/incidents", response_model=answers.Page[answers.Incident])
async def incidents(
    opened: Annotated[AsyncSession, Depends(session)],
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> dict[str, Sequence[Incident]]:
    """A page of incidents, the newest first."""
    newest = select(Incident).order_by(Incident.start_earliest.desc(), Incident.public_id.desc())
    found = await opened.execute(newest.limit(limit).offset(offset).options(*WHOLE))
    return {"data": found.scalars().all()}
