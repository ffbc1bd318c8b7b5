"""A publication that fails at any step leaves no trace: not in the log, the index or the working record."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from incidents.models import (
    AuditEntry,
    AuditHead,
    Incident,
    LogHead,
    Publication,
)
from incidents.rules.publication.publishing import publish
from incidents.rules.publication.refusing import PublishingError
from incidents.rules.publication.reindexing import fingerprints, reindex
from incidents.rules.trail.verification import verify_log
from tests import factories
from tests.rules.published import a_family, edit_without_publishing, fresh
from tests.sharing import made_once

pytestmark = pytest.mark.django_db


STEPS = [
    "incidents.rules.publication.publishing.name",
    "incidents.rules.publication.publishing._put_incidents",
    "incidents.rules.publication.publishing.settle",
    "incidents.rules.publication.settling.link",
    "incidents.rules.publication.settling.drop_orphans",
    "incidents.rules.publication.settling.log.last_versions",
    "incidents.rules.publication.settling.log.append",
    "incidents.rules.publication.settling.log.empty_bodies",
    "incidents.rules.publication.settling.index.remove",
    "incidents.rules.publication.settling.index.write",
    "incidents.rules.publication.settling.index.write_figures",
    "incidents.rules.publication.publishing.auditing.record",
]


class Interrupted(Exception):
    """What ends a publication in the middle."""


def an_edited_family() -> tuple[Incident, Incident]:
    container, child, _ = a_family()
    edit_without_publishing(child)
    Incident.objects.filter(pk=container.pk).update(sensitivity="high")
    return container, child


@pytest.fixture(scope="class")
def family(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[tuple[Incident, Incident]]:
    """Published and then edited, once for all steps."""
    with made_once(django_db_blocker, an_edited_family) as found:
        yield found


class TestSteps:
    """What a step leaves is undone with its test."""

    @pytest.mark.parametrize("step", STEPS)
    @pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
    def test_an_error_at_any_step_leaves_no_trace(
        self, family: tuple[Incident, Incident], step: str, after: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        container, child = family
        before = everything()
        *within, name = step.split(".")[3:]
        target: Any = import_module(".".join(step.split(".")[:3]))
        for part in within:
            target = getattr(target, part)
        real = getattr(target, name)

        def interrupted(*args: Any, **kwargs: Any) -> None:
            if after:
                real(*args, **kwargs)
            raise Interrupted

        with monkeypatch.context() as patch:
            patch.setattr(target, name, interrupted)
            with pytest.raises(Interrupted):
                publish([fresh(container), fresh(child)])
        assert everything() == before
        assert verify_log().sound
        publish([fresh(container), fresh(child)])
        assert verify_log().sound
        assert reindex(check=True) == {}


def everything() -> tuple[dict[str, str], list[Any], list[Any], list[Any]]:
    return (
        fingerprints(),
        list(Publication.objects.order_by("seq").values_list("hash", "body__document", "body__salt")),
        list(Incident.objects.order_by("pk").values_list("published_sensitivity", "version")),
        [*LogHead.objects.values(), *AuditHead.objects.values(), *AuditEntry.objects.values()],
    )


def test_a_refused_publication_in_a_batch_takes_the_others_back() -> None:
    good, severe = factories.IncidentFactory(), factories.IncidentFactory(sensitivity="severe")
    with pytest.raises(PublishingError, match="severe"):
        publish([good, severe])
    assert not Publication.objects.exists()
