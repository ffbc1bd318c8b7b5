"""What an organisation is told that its new version changes of claims: by the public ones, whatever the desk did."""

from collections.abc import Callable
from typing import Any

import pytest

from incidents.models import Claim, Incident, Submission
from incidents.rules.accounts.keys import NewKey
from incidents.rules.publication.publishing import publish as publish_records
from tests.api.v1.test_submission_versions import BOTH, PUT, URL, desk, differences, publish
from tests.contract.validation import CheckedClient
from tests.contributions import country, tuwaym
from tests.factories import ClaimFactory
from tests.foresight import deleted, retracted
from tests.keys import key_of, send

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture
def ngo() -> NewKey:
    country()
    return key_of(scopes=BOTH)


def superseded(claim: Claim) -> None:
    ClaimFactory(
        incident=claim.incident, document=claim.document, asserted_by=claim.asserted_by, supersedes=claim, value=30
    )


EDITS = [retracted, superseded, deleted]


def left_out() -> dict[str, Any]:
    """Another figure of another measure: the one before is left out."""
    return changed(measure="injured", value=5)


def changed(**said: Any) -> dict[str, Any]:
    content = tuwaym(attributions=None, actors=None)
    content["claims"] = [content["claims"][0] | {"key": "other", "cells": []} | said]
    return content


VERSIONS = {"left out": left_out(), "replaced": changed(value=40), "as it was": tuwaym()}


def told(api: CheckedClient, key: NewKey, content: Any) -> list[bytes]:
    """The dry run of this version, as the organisation is answered it."""
    tried = send(api, key, "PUT", f"{PUT}?dry_run=true", content)
    assert tried.status_code == 200, tried.content
    return [tried.content]


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("said", VERSIONS)
def test_a_dry_run_tells_nothing_of_what_the_desk_did_and_did_not_publish(
    api: CheckedClient, ngo: NewKey, edit: Callable[[Claim], None], said: str
) -> None:
    publish(api, send(api, ngo, "PUT", PUT, tuwaym()))
    before = told(api, ngo, VERSIONS[said])
    edit(Claim.objects.get())
    assert told(api, ngo, VERSIONS[said]) == before


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize(("said", "where"), [("left out", "/claims/-/0"), ("replaced", "/claims/0")])
def test_what_was_stored_tells_the_desk_the_record_and_the_organisation_what_is_public(
    api: CheckedClient, ngo: NewKey, edit: Callable[[Claim], None], said: str, where: str
) -> None:
    publish(api, send(api, ngo, "PUT", PUT, tuwaym()))
    edit(Claim.objects.get())
    sent = send(api, ngo, "PUT", PUT, VERSIONS[said])
    address = f"{URL}{sent.json()['id']}/"
    assert set(differences(sent)) == {where}
    # One that is retracted in the record is replaced there, too.
    true = {where} if (said, edit) == ("replaced", retracted) else set()
    moderator = desk()
    assert set(differences(send(api, moderator, "GET", address))) == true
    for action in ("claim", "approve"):
        done = send(api, moderator, "POST", f"{address}actions/", {"action": action, "reason": "ok"}, if_match="*")
        assert done.status_code == 200, done.content
        assert set(differences(done)) == true
        assert differences(send(api, ngo, "GET", address)) == differences(sent)


@pytest.mark.parametrize("edit", [retracted, superseded])
def test_what_the_desk_published_is_told(api: CheckedClient, ngo: NewKey, edit: Callable[[Claim], None]) -> None:
    publish(api, send(api, ngo, "PUT", PUT, tuwaym()))
    edit(Claim.objects.get())
    publish_records([Incident.objects.get()])
    sent = send(api, ngo, "PUT", PUT, left_out())
    assert differences(sent) == {}


@pytest.mark.parametrize("said", ["left out", "replaced"])
def test_where_both_say_the_same_it_is_kept_once(api: CheckedClient, ngo: NewKey, said: str) -> None:
    publish(api, send(api, ngo, "PUT", PUT, tuwaym()))
    send(api, ngo, "PUT", PUT, VERSIONS[said])
    (kept,) = Submission.objects.order_by("-pk")[0].differences
    assert (kept.get("to"), kept["record"]["value"], kept["previous"]["value"]) == (None, 31, 31)
