"""Loading a seeded case into the working record: idempotent, all or nothing, each change named.

Reading the YAML is seeds_reading.py's matter; publishing what was loaded is the rules'.
"""

from collections.abc import Sequence
from pathlib import Path

from django.db import transaction

from incidents import choices
from incidents.exchange.seeds_desk import Desk, SeedReport, seed_id
from incidents.exchange.seeds_incidents import (
    enter_acts_and_relations,
    enter_attributions,
    enter_claims,
    enter_incidents,
)
from incidents.exchange.seeds_investigations import enter_investigations, enter_scopes_and_statements
from incidents.exchange.seeds_reading import SeedRefused, read_story
from incidents.models import Actor, ActorAlias, ActorRelation, AdminArea, Document, Source

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
FOUNDING = SEEDS / "syria-coast-2025-03.yaml"
RIVALS = SEEDS / "rivals.yaml"


def load_story(paths: Sequence[Path]) -> SeedReport:
    """Load the files of one case, the founding one first, in one transaction.

    A second load of the same files writes nothing; a changed file changes the records it names,
    and the report says which. What a file no longer holds is left alone, and an investigation's
    events, which are never rewritten, only grow. Raises SeedRefused, with nothing loaded.
    """
    story = read_story(paths)
    if not AdminArea.objects.filter(level=0).exists():
        raise SeedRefused("There is no gazetteer in this database: run load_gazetteer first.")
    desk = Desk(story)
    with transaction.atomic():
        _enter_actors(desk)
        _enter_sources(desk)
        _enter_documents(desk)
        enter_incidents(desk)
        enter_investigations(desk)
        enter_claims(desk)
        enter_acts_and_relations(desk)
        enter_attributions(desk)
        enter_scopes_and_statements(desk)
    desk.report.incidents = list(desk.by_key.get("incident", {}).values())
    desk.report.investigations = list(desk.by_key.get("investigation", {}).values())
    return desk.report


def load_founding_case(*, only: bool = False) -> SeedReport:
    """Load the founding case of seeds/, in one transaction.

    With `only`, what the press report says, without its rivals and the commission's later life;
    SeedRefused where these are loaded already, since loading never takes anything away.
    """
    if only:
        _refuse_after(RIVALS)
    return load_story([FOUNDING] if only else [FOUNDING, RIVALS])


def _refuse_after(later: Path) -> None:
    story = read_story([later])
    ids = [seed_id(story.case, "source", entry.required("key")) for entry in story["sources"]]
    if Source.objects.filter(public_id__in=ids).exists():
        raise SeedRefused(
            f"{later.name} is loaded already, and nothing is ever unloaded: the founding report alone needs an"
            " empty database."
        )


def _enter_actors(desk: Desk) -> None:
    entries = desk.story["actors"]
    for entry in entries:
        key = entry.required("key")
        actor = desk.record(
            Actor,
            "actor",
            key,
            entry,
            {
                "type": entry.code("type", choices.ActorType),
                "identification": entry.code("identification", choices.Identification),
                "names": entry.texts("name"),
                "valid_from": entry.date("valid_from"),
                "valid_to": entry.date("valid_to"),
            },
        )
        for alias in entry.words("aliases"):
            desk.row(ActorAlias, f"alias of {key}", entry, {"actor": actor, "name": alias, "language": ""}, {})
    for entry in entries:
        whole = desk.find("actor", entry, "part_of")
        if whole is not None:
            part = desk.needed("actor", entry, "key")
            identity = {"from_actor": part, "to_actor": whole, "type": choices.ActorRelationType.PART_OF}
            desk.row(ActorRelation, f"actor_relation of {entry.text('key')}", entry, identity, {})


def _enter_sources(desk: Desk) -> None:
    for entry in desk.story["sources"]:
        kind = entry.code("kind", choices.SourceKind)
        confidential = entry.flag("confidential")
        values = {
            "kind": kind,
            "names": entry.texts("name"),
            "reliability": entry.code("reliability", choices.Reliability, choices.Reliability.F),
            "affiliated_with": desk.find("actor", entry, "affiliated_with"),
            "confidential": kind in choices.CONFIDENTIAL_SOURCE_KINDS if confidential is None else confidential,
        }
        desk.record(Source, "source", entry.required("key"), entry, values)


def _enter_documents(desk: Desk) -> None:
    for entry in desk.story["documents"]:
        values = {
            "publisher": desk.needed("source", entry, "publisher"),
            "type": entry.code("doc_type", choices.DocumentType),
            "title": entry.texts("title"),
            "published_on": entry.date("published_on"),
            "consent": entry.code("consent", choices.Consent, choices.Consent.NOT_NEEDED),
        }
        plain = ("language", "url", "archive_url", "seen_at", "sha256", "sha256_of", "rights")
        desk.record(
            Document, "document", entry.required("key"), entry, values | {key: entry.text(key) for key in plain}
        )
