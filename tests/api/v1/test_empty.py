"""A site that has published nothing yet answers every address all the same."""

import pytest

from tests.contract.surface import FIXED, LISTS, Door
from tests.contract.validation import CheckedClient

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("door", FIXED, ids=str)
def test_it_works(api: CheckedClient, door: Door) -> None:
    assert api.get(door.address).status_code == 200


@pytest.mark.parametrize("door", LISTS, ids=str)
def test_a_list_of_nothing_has_no_next_page(api: CheckedClient, door: Door) -> None:
    if door.varies:
        return
    page = api.get(door.address, {"count": "exact"}).json()
    assert (page["results"], page["next"], page["previous"], page["count"]) == ([], None, None, 0)


def test_an_empty_log_has_a_head_of_zero(api: CheckedClient) -> None:
    assert api.get("/api/v1/changes/").json() == {"results": [], "next": None, "last_seq": 0}
    assert api.get("/api/v1/incidents/")["X-Dataset-Seq"] == "0"
