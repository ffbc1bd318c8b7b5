"""The tables of the audit chain: values can only be emptied, actors stay, and codes are those of the vocabulary.

That entries and checkpoints are append-only is tested with every other append-only table in test_triggers.py.
"""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from incidents.models import AuditEntry, AuditHead, AuditValues, Checkpoint
from incidents.models.triggers import AUDIT_VALUES
from incidents.rules.trail import auditing
from tests.factories import SourceFactory, UserFactory

pytestmark = pytest.mark.django_db


def recorded(actor: User | None = None) -> AuditEntry:
    before, after = {"reliability": "C"}, {"reliability": "D"}
    seq = auditing.record(action="change", obj=SourceFactory(), before=before, after=after, actor=actor)
    return AuditEntry.objects.get(pk=seq)


@pytest.mark.parametrize(
    "change",
    [
        {"values": "{}"},
        {"salt": "0" * 32},
        {"values": "{}", "salt": None},
        {"values": None, "salt": "0" * 32},
        {"values": None},
        {"salt": None},
        {"values": "", "salt": ""},
    ],
    ids=str,
)
def test_values_cannot_be_rewritten_nor_half_emptied(change: dict[str, str | None]) -> None:
    entry = recorded()
    before = AuditValues.objects.values().get(pk=entry.seq)
    with pytest.raises(DatabaseError, match="only be emptied"), transaction.atomic():
        AuditValues.objects.filter(pk=entry.seq).update(**change)
    assert AuditValues.objects.values().get(pk=entry.seq) == before


def test_values_can_be_emptied_and_then_stay_empty() -> None:
    entry = recorded()
    AuditValues.objects.filter(pk=entry.seq).update(values=None, salt=None)
    with pytest.raises(DatabaseError, match="only be emptied"), transaction.atomic():
        AuditValues.objects.filter(pk=entry.seq).update(values="{}", salt="0" * 32)


def test_values_cannot_be_moved_deleted_or_replaced() -> None:
    entry = recorded()
    statements = [
        f"UPDATE {AUDIT_VALUES} SET seq = seq + 1, salt = NULL",  # noqa: S608
        f"DELETE FROM {AUDIT_VALUES}",  # noqa: S608
    ]
    if connection.vendor == "sqlite":
        statements.append(f"INSERT OR REPLACE INTO {AUDIT_VALUES} VALUES ({entry.seq}, 'x', '{{}}')")  # noqa: S608
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match="only be emptied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert AuditValues.objects.get().values


def test_whoever_stands_in_the_chain_cannot_be_deleted() -> None:
    user = UserFactory()
    recorded(actor=user)
    with pytest.raises(ProtectedError):
        user.delete()


def test_an_action_that_is_none_is_refused_by_the_database() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        auditing.record(action="conjure")


def test_there_is_one_head() -> None:
    recorded()
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditHead.objects.create(id=2)


@pytest.mark.parametrize("wrong", [{"log": "diary"}, {"seq": -1}])
def test_a_checkpoint_is_of_one_of_the_two_chains(wrong: dict[str, Any]) -> None:
    said = {"log": "audit", "seq": 1, "hash": "0" * 64, "signed_at": timezone.now(), "key_id": "k"}
    Checkpoint.objects.create(**said)
    with pytest.raises(IntegrityError), transaction.atomic():
        Checkpoint.objects.create(**said | {"seq": 2} | wrong)
