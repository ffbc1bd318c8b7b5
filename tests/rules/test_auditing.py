"""The audit chain: who did what, in the transaction of the thing itself, hashed and erasable without a break.

What the admin records is tests/admin/test_audit.py's matter, tampering tests/promises/test_p11_tamper.py's.
"""

import json
import threading
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from incidents.models import AuditEntry, AuditHead, AuditValues, Incident, Source
from incidents.rules.publication.publishing import publish, redact, withdraw
from incidents.rules.sameness.merging import merge
from incidents.rules.trail import auditing, log
from incidents.rules.trail.acting import acting, identify
from incidents.rules.trail.auditing import AuditError, Deed
from incidents.rules.trail.verification import verify_audit
from tests import factories


def values(seq: int) -> Any:
    return json.loads(AuditValues.objects.get(pk=seq).values or "null")


def last() -> AuditEntry:
    return AuditEntry.objects.latest("seq")


def actions() -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.values_list("action", "kind", "object_id"))


@pytest.mark.django_db
def test_it_works() -> None:
    source, user = factories.SourceFactory(), factories.UserFactory()
    with acting(user=user, request_id="r-1"):
        seq = auditing.record(action="change", obj=source, before={"kind": "court"}, after={"kind": "witness"})
    entry = AuditEntry.objects.get(pk=seq)
    assert (entry.actor, entry.key_prefix, entry.request_id) == (user, "", "r-1")
    assert (entry.kind, entry.object_id) == ("source", str(source.public_id))
    assert values(seq) == {"before": {"kind": "court"}, "after": {"kind": "witness"}}
    assert entry.values_digest == log.digest(entry.kept.salt or "", entry.kept.values or "")
    assert entry.hash == auditing.entry_hash(log.GENESIS, auditing.header(vars(entry)), entry.values_digest)
    assert (AuditHead.objects.get().seq, AuditHead.objects.get().hash) == (seq, entry.hash)
    assert verify_audit().sound


@pytest.mark.django_db
def test_what_nobody_asked_for_was_the_system() -> None:
    auditing.record(action="import", after={"rows": 3})
    assert (last().actor, last().key_prefix, last().request_id) == (None, "", "system")
    assert (last().kind, last().object_id) == ("", "")


@pytest.mark.django_db
def test_a_key_that_is_known_in_the_middle_of_a_request_counts_until_its_end() -> None:
    user = factories.UserFactory()
    with acting(request_id="r-2"):
        identify(user=user, key_prefix="abc123")
        auditing.record(action="submit")
    assert (last().actor, last().key_prefix, last().request_id) == (user, "abc123", "r-2")
    auditing.record(action="submit")
    assert (last().actor, last().key_prefix) == (None, "")


@pytest.mark.django_db
def test_the_anonymous_are_nobody(client: Client) -> None:
    from django.contrib.auth.models import AnonymousUser

    with acting(user=AnonymousUser(), request_id="r-3"):
        auditing.record(action="sign_in_refused", after={"username": "moderator"})
    assert (last().actor, last().request_id) == (None, "r-3")


@pytest.mark.django_db
def test_a_part_is_recorded_under_the_record_that_it_is_a_part_of() -> None:
    act = factories.IncidentActFactory()
    auditing.record(action="change", obj=act, after={"act": "massacre"})
    assert (last().kind, last().object_id) == ("incident", str(act.incident.public_id))
    area = factories.AdminAreaFactory()
    auditing.record(action="change", obj=area, after={"level": 2})
    assert (last().kind, last().object_id) == ("admin_area", str(area.pk))


@pytest.mark.django_db
def test_thousands_are_appended_in_few_statements() -> None:
    auditing.record(action="create")
    deeds = [Deed("create", ("incident", str(each)), after={"number": each}) for each in range(3000)]
    with CaptureQueriesContext(connection) as captured:
        assert auditing.record_all(deeds) == 3001
    assert len(captured) < 12
    assert AuditEntry.objects.count() == 3001
    assert verify_audit().sound


@pytest.mark.django_db
def test_erased_values_are_gone_the_erasure_is_an_entry_and_the_chain_still_holds() -> None:
    source = factories.SourceFactory()
    first = auditing.record(action="change", obj=source, after={"names": {"en": "The real name"}})
    second = auditing.record(action="view_confidential", obj=source)
    assert auditing.erase([first, second, first], "The source asked for it.") == 1
    assert AuditValues.objects.values("salt", "values").get(pk=first) == {"salt": None, "values": None}
    assert (last().action, last().kind, last().object_id) == ("erase", "audit_entry", str(first))
    assert last().reason == "The source asked for it."
    verdict = verify_audit()
    assert (verdict.sound, verdict.emptied) == (True, 1)
    assert auditing.erase([first], "Again.") == 0


@pytest.mark.django_db
def test_values_are_not_erased_without_a_reason() -> None:
    seq = auditing.record(action="change", after={"kind": "court"})
    with pytest.raises(AuditError, match="Write the reason"):
        auditing.erase([seq], "  ")
    assert values(seq)


@pytest.mark.django_db
def test_values_that_were_emptied_without_a_word_are_found() -> None:
    auditing.record(action="create", after={"kind": "court"})
    seq = auditing.record(action="change", after={"kind": "court"})
    auditing.record(action="create")
    AuditValues.objects.filter(pk=seq).update(salt=None, values=None)
    assert verify_audit().bad_seq == seq


@pytest.mark.django_db
def test_publishing_withdrawing_and_redacting_are_one_entry_each() -> None:
    incident = factories.IncidentFactory()
    factories.ClaimFactory(incident=incident)
    done = publish([incident], reason="Seen.")
    key = ("incident", str(incident.public_id))
    assert actions() == [("publish", *key)]
    assert last().reason == "Seen."
    assert values(last().seq)["after"] == {
        "objects": 1, "published": done.published, "unchanged": 0, "first_seq": 1, "last_seq": done.last_seq,
        "reason_code": "new_information",
    }  # fmt: skip
    publish([incident])
    assert len(actions()) == 1, "nothing was added, so nothing was done"
    redact(incident, reason="It named a victim.")
    withdraw(incident, reason_code="correction", reason="Counted twice.")
    redact(incident, reason="It named another.")
    assert [action for action, *_ in actions()] == ["publish", "redact", "withdraw", "redact"]


@pytest.mark.django_db
def test_many_objects_published_at_once_are_one_entry() -> None:
    made = factories.IncidentFactory.create_batch(7)
    publish(made)
    assert actions() == [("publish", "", "")]
    assert values(1)["after"]["objects"] == 7


@pytest.mark.django_db
def test_a_merge_says_what_the_survivor_took_over_and_which_claims_moved() -> None:
    kept, gone = factories.IncidentFactory(place_text="Tuwaym"), factories.IncidentFactory(place_text="Tuwaim")
    claim, user = factories.ClaimFactory(incident=gone), factories.UserFactory()
    merge(kept, gone, reason="The same killing.", take_from_absorbed=("place_text",), by=user)
    entry = last()
    assert (entry.action, entry.object_id, entry.actor) == ("merge", str(kept.public_id), user)
    told = values(entry.seq)
    assert told["before"] == {"place_text": "Tuwaym"}
    assert told["after"]["place_text"] == "Tuwaim"
    assert told["after"]["absorbed"] == str(gone.public_id)
    assert told["after"]["moved_claims"] == [str(claim.public_id)]


class Unlucky(Exception):
    """Ends a transaction that had recorded something already."""


@pytest.mark.usefixtures("commits")
def test_what_is_rolled_back_was_not_done() -> None:
    with transaction.atomic():
        assert auditing.record(action="create") == 1
        transaction.set_rollback(True)
    assert not AuditEntry.objects.exists()
    with transaction.atomic():
        assert auditing.record(action="create") == 1


@pytest.mark.usefixtures("commits")
def test_entries_are_written_inside_a_transaction_only() -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"):
        auditing.record(action="create")


@pytest.mark.usefixtures("commits")
def test_a_command_says_its_name_and_a_publication_by_it_is_the_systems() -> None:
    factories.IncidentFactory()
    with acting(request_id="system:seed"):
        publish(list(Incident.objects.all()))
    assert (last().actor, last().request_id) == (None, "system:seed")
    call_command("verify_log")


def record_some(number: int, failed: list[BaseException]) -> None:
    try:
        for position in range(10):
            try:
                with transaction.atomic():
                    Source.objects.filter(pk=-1).update(kind="court")
                    auditing.record(action="change", after={"writer": number, "position": position})
                    if (number + position) % 3 == 0:
                        raise Unlucky  # noqa: TRY301
            except Unlucky:
                continue
    except Exception as error:  # noqa: BLE001 - whatever a thread dies of fails the test
        failed.append(error)
    finally:
        connection.close()


@pytest.mark.postgresql
@pytest.mark.usefixtures("commits")
def test_sixteen_writers_number_the_chain_without_gaps() -> None:
    failed: list[BaseException] = []
    threads = [threading.Thread(target=record_some, args=(number, failed)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    kept = sum((number + position) % 3 != 0 for number in range(16) for position in range(10))
    assert list(AuditEntry.objects.values_list("seq", flat=True)) == list(range(1, kept + 1))
    assert verify_audit().sound
