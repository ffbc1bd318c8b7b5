"""What a document says, as the values that the counting rules read."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from incidents import choices
from incidents.rules.figures.breakdown import decompose
from incidents.rules.figures.facts import OVERRIDE, Cell, ClaimFacts, Estimate, Use
from incidents.rules.figures.rollup import Figure, Key
from incidents.rules.publication.board import Content


def claim_facts(content: Content) -> list[ClaimFacts]:
    """A content's claims as the rules read them; what is private about their sources is left blank."""
    return [facts_of(claim) for claim in content["claims"]]


def estimates_of(content: Content) -> list[Estimate]:
    """A content's estimates as the rules read them."""
    return [
        Estimate(
            **{name: figure[name] for name in Estimate.__dataclass_fields__ if name != "set_by"}
            | {"set_by": tuple(figure["set_by"])}
        )
        for figure in content["estimates"]
    ]


def uses_of(content: Content) -> list[Use]:
    """The trace of a content's claims as the rules read it."""
    return [Use(claim=claim["id"], **use) for claim in content["claims"] for use in claim["used"]]


def figures_of(estimates: Iterable[Estimate], facts: Sequence[ClaimFacts], uses: Sequence[Use]) -> dict[Key, Figure]:
    """An incident's own figures by measure, unit, basis and status, divided into their parts.

    Of several rows the first stands, unless a moderator set another in its place.
    """
    figures: dict[Key, Figure] = {}
    for estimate in estimates:
        key = (estimate.measure, estimate.unit, estimate.basis, estimate.status)
        if key in figures and estimate.ruleset != OVERRIDE:
            continue
        figures[key] = Figure(
            low=estimate.low,
            best=estimate.best,
            high=estimate.high,
            low_open=estimate.low_open,
            high_open=estimate.high_open,
            own=True,
            decomposition=decompose(estimate, facts, uses),
        )
    return figures


def facts_of(claim: Mapping[str, Any], **private: Any) -> ClaimFacts:
    """A claim as the rules read it; `private` stands in place of what its content says, or does not say."""
    document = claim["document"] or {}
    said: dict[str, Any] = {
        "id": claim["id"],
        "asserted_by": claim["asserted_by"]["id"] or "",
        "measure": claim["measure"],
        "unit": claim["unit"],
        "basis": claim["basis"],
        "status": claim["status"],
        "qualifier": claim["qualifier"],
        "value": claim["value"],
        "low": claim["low"],
        "high": claim["high"],
        "vague_term": claim["vague_term"] or "",
        "as_of": _date(claim["as_of"]),
        "document_date": _date(document.get("published_on")),
        "scope": claim["scope"],
        "interim": claim["interim"],
        "running_total": claim["running_total"],
        "credibility": int(claim["credibility"]) if claim["credibility"] else None,
        "standard_of_proof": claim["standard_of_proof"],
        "relays": claim["relays"] or "",
        "inferred_from": claim["inferred_from"] or "",
        "supersedes": claim["supersedes"] or "",
        "retracted": claim["retracted_at"] is not None,
        "retracted_by": claim["retracted_by"] or "",
        "affiliated": False,
        "reliability": choices.Reliability.F.value,
        "cells": tuple(map(_cell, claim["cells"])),
    }
    return ClaimFacts(**(said | private))


def _cell(cell: Mapping[str, Any]) -> Cell:
    return Cell(
        cut=cell["cut"],
        status=cell["status"] or "",
        sex=cell["sex"] or "",
        age_group=cell["age_group"] or "",
        cause=cell["cause"] or "",
        occupation=cell["occupation"] or "",
        area=cell["area"] or "",
        value=cell["value"],
        low=cell["low"],
        high=cell["high"],
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
