"""The three GED files of seeds/: every row accounted for, sums as reported, as derived and as the API serves them."""

import json
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client

from incidents.exchange.ged import import_ged
from incidents.models import Claim, Incident, IncidentReference, Publication, PublicIncident
from incidents.rules.trail.verification import verify_log
from tests.exchange.ged_files import CAR, MYANMAR, SYRIA, counts, some_areas

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def areas() -> None:
    some_areas()


def reported() -> tuple[int, int, int]:
    sums = Claim.objects.aggregate(low=Sum("low"), best=Sum("value"), high=Sum("high"))
    return sums["low"], sums["best"], sums["high"]


def estimated() -> tuple[int, int, int]:
    """Sums of the derived estimates of killed in the published documents, all statuses."""
    low = best = high = 0
    for text in PublicIncident.objects.values_list("document", flat=True).iterator():
        (killed,) = [each for each in json.loads(text)["estimates"] if each["status"] == "all"]
        assert killed["measure"] == "killed"
        low, best, high = low + killed["low"], best + (killed["best"] or 0), high + killed["high"]
    return low, best, high


def victims(**query: str) -> dict[str, Any]:
    answer = Client().get("/api/v1/victims/", {"measure": "killed", **query})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def total(answer: dict[str, Any]) -> tuple[int, int, int]:
    return answer["total"]["low"], answer["total"]["best"], answer["total"]["high"]


def test_the_file_of_the_central_african_republic_adds_up() -> None:
    report = import_ged(CAR, publishing=True)
    assert counts(report) == (1_848, 1_848, 0, 0, 0)
    assert reported() == (13_721, 14_948, 17_760)
    assert str(report.sums_read) == str(report.sums_stored) == "13,721 / 14,948 / 17,760"
    assert report.warnings.count == 20
    assert report.complete
    assert IncidentReference.objects.filter(scheme="ucdp-ged").count() == 1_848
    answer = victims(country="CAF", group_by="year")
    assert total(answer) == estimated() == (13_694, 14_948, 17_784)
    assert sum(group["best"] or 0 for group in answer["results"]) == 14_948
    last = Publication.objects.count()
    assert counts(import_ged(CAR, publishing=True)) == (1_848, 0, 0, 1_848, 0)
    assert Publication.objects.count() == last


@pytest.mark.full_ged
@pytest.mark.xdist_group("full import")
@pytest.mark.timeout(1800)
def test_the_three_files_add_up_as_reported_as_derived_and_as_served() -> None:
    expected = {
        CAR: (1_848, "13,721 / 14,948 / 17,760", 20),
        MYANMAR: (7_374, "26,420 / 28,721 / 59,327", 10),
        SYRIA: (16_566, "104,929 / 112,337 / 119,020", 101),
    }
    for file, (rows, sums, out_of_order) in expected.items():
        report = import_ged(file, publishing=True)
        assert counts(report) == (rows, rows, 0, 0, 0)
        assert str(report.sums_read) == str(report.sums_stored) == sums
        assert report.warnings.count == out_of_order
    assert Incident.objects.count() == PublicIncident.objects.count() == 25_788
    assert reported() == (145_070, 156_006, 196_107)
    assert estimated() == total(victims()) == (144_770, 156_006, 196_497)
    assert victims(group_by="country,status")["total"] == victims()["total"]
    last = Publication.objects.count()
    for file, (rows, sums, _) in expected.items():
        again = import_ged(file, publishing=True)
        assert counts(again) == (rows, 0, 0, rows, 0)
        assert str(again.sums_stored) == sums
    assert Claim.objects.count() == 25_788
    assert Publication.objects.count() == last
    assert verify_log().sound
