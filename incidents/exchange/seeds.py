"""Loading a seeded case into the working record: idempotent, all or nothing, each change named.

Reading the YAML is seeds_reading.py's matter; what of it is published is seeds_publishing.py's.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.db import transaction

from incidents import choices
from incidents.exchange.seeds_by_hand import REASON, ByHand
from incidents.exchange.seeds_desk import Desk, SeedReport, seed_id
from incidents.exchange.seeds_incidents import (
    enter_acts_and_relations,
    enter_attributions,
    enter_claims,
    enter_incidents,
)
from incidents.exchange.seeds_investigations import enter_investigations, enter_scopes_and_statements
from incidents.exchange.seeds_publishing import publish_case
from incidents.exchange.seeds_reading import Entry, SeedRefused, Story, read_story
from incidents.models import (
    Actor,
    ActorAlias,
    ActorRelation,
    AdminArea,
    AuditEntry,
    Document,
    Incident,
    Investigation,
    Source,
)
from incidents.models.base import Record
from incidents.rules.trail import auditing, log

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
FOUNDING = SEEDS / "syria-coast-2025-03.yaml"
RIVALS = SEEDS / "rivals.yaml"
HELD: dict[str, type[Record]] = {
    "incident": Incident,
    "investigation": Investigation,
    "source": Source,
    "document": Document,
    "actor": Actor,
}


def load_story(paths: Sequence[Path], *, publishing: bool = False) -> SeedReport:
    """Load the files of one case, the founding one first, in one transaction; with `publishing`, publish what is due.

    A second load of the same files writes nothing; a changed file changes the records it names,
    and the report says which. What the desk changed or took out since stands, and the report says
    so. What a file no longer holds is left alone, and an investigation's events, which are never
    rewritten, only grow. Raises SeedRefused, with nothing loaded.
    """
    story = read_story(paths)
    if not AdminArea.objects.filter(level=0).exists():
        raise SeedRefused("There is no gazetteer in this database: run load_gazetteer first.")
    said = _said(story.case, paths)
    with transaction.atomic():
        if publishing:
            log.lock_head()
        _hold(story)
        desk = Desk(story, ByHand(repeated=_was_loaded_last(story.case, said)))
        _enter(desk)
        desk.report.incidents = [each for each in desk.by_key.get("incident", {}).values() if each]
        desk.report.investigations = [each for each in desk.by_key.get("investigation", {}).values() if each]
        if publishing:
            desk.report.published = publish_case(desk)
        load = [] if desk.by_hand.repeated else [auditing.Deed(choices.AuditAction.IMPORT, reason=said)]
        if told := [*load, *desk.changes.deeds(REASON)]:
            auditing.record_all(told)
    return desk.report


def _hold(story: Story) -> None:
    """Lock what stands of a case, in everybody's order, before anybody asks what people made of it.

    An edit that is saved meanwhile waits: it is neither overwritten nor published with the case.
    """
    for kind, model in HELD.items():
        ids = {seed_id(story.case, kind, key) for entry in story[f"{kind}s"] if (key := entry.text("key"))}
        rows: Any = model._default_manager.select_for_update(no_key=True).filter(public_id__among=ids)
        list(rows.order_by("pk").values_list("pk"))


def _enter(desk: Desk) -> None:
    _enter_actors(desk)
    _enter_sources(desk)
    _enter_documents(desk)
    enter_incidents(desk)
    enter_investigations(desk)
    enter_claims(desk)
    enter_acts_and_relations(desk)
    enter_attributions(desk)
    enter_scopes_and_statements(desk)
    desk.count_versions()


def _said(case: str, paths: Sequence[Path]) -> str:
    """How the audit chain names a load, for good: by the files' digests."""
    files = ", ".join(f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in paths)
    return f"{_loading(case)}{files}"


def _loading(case: str) -> str:
    return f"Seeded case {case} from files of these SHA-256: "


def _was_loaded_last(case: str, said: str) -> bool:
    loads = AuditEntry.objects.filter(action=choices.AuditAction.IMPORT, reason__startswith=_loading(case))
    return loads.order_by("-seq").values_list("reason", flat=True).first() == said


def load_founding_case(*, only: bool = False, publishing: bool = False) -> SeedReport:
    """Load the founding case of seeds/, in one transaction; with `publishing`, publish what is due.

    With `only`, what the press report says, without its rivals and the commission's later life;
    SeedRefused where these are loaded already, since loading never takes anything away.
    """
    if only:
        _refuse_after(RIVALS)
    return load_story([FOUNDING] if only else [FOUNDING, RIVALS], publishing=publishing)


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
        with desk.entering("actor", entry.required("key"), Actor):
            _enter_actor(desk, entry.required("key"), entry)
    for entry in entries:
        with desk.entering("actor_relation of", entry.text("key")):
            whole = desk.find("actor", entry, "part_of")
            if whole is not None:
                part = desk.needed("actor", entry, "key")
                identity = {"from_actor": part, "to_actor": whole, "type": choices.ActorRelationType.PART_OF}
                desk.row(ActorRelation, f"actor_relation of {entry.text('key')}", entry, identity, {})


def _enter_actor(desk: Desk, key: str, entry: Entry) -> None:
    values = {
        "type": entry.code("type", choices.ActorType),
        "identification": entry.code("identification", choices.Identification),
        "names": entry.texts("name"),
        "valid_from": entry.date("valid_from"),
        "valid_to": entry.date("valid_to"),
    }
    actor = desk.record(Actor, "actor", key, entry, values)
    for alias in entry.words("aliases"):
        desk.row(ActorAlias, f"alias of {key}", entry, {"actor": actor, "name": alias, "language": ""}, {})


def _enter_sources(desk: Desk) -> None:
    for entry in desk.story["sources"]:
        with desk.entering("source", entry.required("key"), Source):
            _enter_source(desk, entry)


def _enter_source(desk: Desk, entry: Entry) -> None:
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
        with desk.entering("document", entry.required("key"), Document):
            _enter_document(desk, entry)


def _enter_document(desk: Desk, entry: Entry) -> None:
    values = {
        "publisher": desk.needed("source", entry, "publisher"),
        "type": entry.code("doc_type", choices.DocumentType),
        "title": entry.texts("title"),
        "published_on": entry.date("published_on"),
        "consent": entry.code("consent", choices.Consent, choices.Consent.NOT_NEEDED),
    }
    plain = ("language", "url", "archive_url", "seen_at", "sha256", "sha256_of", "rights")
    desk.record(Document, "document", entry.required("key"), entry, values | {key: entry.text(key) for key in plain})
