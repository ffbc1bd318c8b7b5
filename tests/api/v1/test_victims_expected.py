"""The figures that both seed files expect, and the ones that must never be served, through the API."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import yaml
from pytest_django import DjangoDbBlocker

from incidents.exchange.seeds import FOUNDING, RIVALS
from incidents.rules.figures.questions import GROUPS
from tests.contract.validation import CheckedClient
from tests.sharing import made_once
from tests.stories import publish_founding_case

pytestmark = pytest.mark.django_db
ARTICLE: dict[str, Any] = yaml.safe_load(FOUNDING.read_text("utf-8"))["expected"]
LATER: dict[str, Any] = yaml.safe_load(RIVALS.read_text("utf-8"))["expected"]
PLACES = ("SYR", "SY04", "SY05", "SY06", "SY0604", "SY10")


@pytest.fixture(scope="module", params=[True, False], ids=["article alone", "with its rivals"])
def expected(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[dict[str, Any]]:
    """One of the two stories, published, and the block of figures that its seed expects."""
    with made_once(django_db_blocker, lambda: publish_founding_case(only=request.param)):
        yield ARTICLE if request.param else LATER


def ask(api: CheckedClient, **parameters: str) -> dict[str, Any]:
    answer = api.get("/api/v1/victims/", parameters)
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def triple(bounds: dict[str, Any]) -> list[int | None]:
    return [bounds["low"], bounds["best"], bounds["high"]]


def test_every_expected_figure_of_the_seed(api: CheckedClient, expected: dict[str, Any]) -> None:
    filters = {"all": {}, "civilian": {"victim_status": "civilian"}}
    for name, figures in expected["victims_killed"].items():
        given = filters.get(name) or ({"place": name.removeprefix("place_")} if name.startswith("place_") else {})
        assert triple(ask(api, **given)["total"]) == figures, name


def test_no_naive_sum_is_ever_served_as_best(api: CheckedClient, expected: dict[str, Any]) -> None:
    for place, name in product(("", *PLACES), ("", *GROUPS)):
        given = {"place": place, "group_by": name}
        answer = ask(api, **{key: value for key, value in given.items() if value})
        bests = {answer["total"]["best"], *(group["best"] for group in answer["results"])}
        assert not bests & set(ARTICLE["never_as_best"])


def test_groups_sum_to_the_total(api: CheckedClient, expected: dict[str, Any]) -> None:
    for name in GROUPS:
        answer = ask(api, group_by=name)
        assert answer["results"] == sorted(answer["results"], key=lambda group: str(group["group"][name]))
        for bound in ("low", "best", "high"):
            groups = sum(group[bound] or 0 for group in answer["results"])
            assert groups + answer["remainder"][bound] == answer["total"][bound]
