"""The signed heads of the log: what a mirror keeps, and that the audit chain's are not public."""

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from incidents.models import Checkpoint
from incidents.rules.publication.publishing import publish
from incidents.rules.trail.checkpoints import checkpoint
from incidents.rules.trail.log import canonical
from tests.contract.validation import CheckedClient
from tests.factories import IncidentFactory

pytestmark = pytest.mark.django_db
PATH = "/api/v1/log/checkpoints/"


@pytest.fixture
def signed(tmp_path: Path) -> None:
    """Three heads of the log, signed one after another, and as many of the audit chain."""
    for _ in range(3):
        publish([IncidentFactory()])
        checkpoint(tmp_path / "checkpoints.ndjson")
    assert Checkpoint.objects.count() == 6


def test_it_works(api: CheckedClient, signed: None) -> None:
    answer = api.get(PATH, {"count": "exact"})
    assert answer.status_code == 200
    assert answer.json()["count"] == 3
    assert [each["seq"] for each in answer.json()["results"]] == [3, 2, 1]


def test_before_the_first_checkpoint_the_list_is_empty(api: CheckedClient) -> None:
    assert api.get(PATH).json()["results"] == []


def test_whoever_has_the_key_verifies_what_was_signed(api: CheckedClient, signed: None) -> None:
    newest = api.get(PATH).json()["results"][0]
    said = {"log": "publication", "at": newest["signed_at"]} | {
        name: newest[name] for name in ("seq", "hash", "key_id")
    }
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(newest["public_key"]))
    public.verify(base64.b64decode(newest["signature"]), canonical(said).encode())
    (change,) = api.get("/api/v1/changes/", {"after": newest["seq"] - 1}).json()["results"]
    assert change["hash"] == newest["hash"]


def test_a_moment_without_a_fraction_is_served_as_it_was_signed(api: CheckedClient) -> None:
    Checkpoint.objects.create(
        log="publication", seq=1, hash="0" * 64, signed_at=datetime(2025, 3, 9, tzinfo=UTC), key_id="k"
    )
    assert api.get(PATH).json()["results"][0]["signed_at"] == "2025-03-09T00:00:00.000000Z"


def test_pages_go_on_where_the_one_before_ended(api: CheckedClient, signed: None) -> None:
    page = api.get(PATH, {"limit": 2}).json()
    rest = api.get(page["next"]).json()
    assert [each["seq"] for each in page["results"] + rest["results"]] == [3, 2, 1]
    assert rest["next"] is None
