"""The three GED files of seeds/: every row accounted for, sums as reported and as derived."""

import pytest
from django.db.models import Sum

from incidents.exchange.ged import import_ged
from incidents.models import Claim, Incident, IncidentReference
from incidents.rules.counting import derive
from incidents.rules.facts import ClaimFacts
from tests.exchange.ged_files import CAR, MYANMAR, SYRIA, counts, some_areas

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def areas() -> None:
    some_areas()


def reported() -> tuple[int, int, int]:
    sums = Claim.objects.aggregate(low=Sum("low"), best=Sum("value"), high=Sum("high"))
    return sums["low"], sums["best"], sums["high"]


def derived() -> list[int]:
    """Sums of the derived estimates of killed, all statuses, over every claim, each the one of its incident."""
    sums = [0, 0, 0]
    for claim in Claim.objects.iterator():
        facts = ClaimFacts(
            id=str(claim.pk),
            asserted_by=str(claim.asserted_by_id),
            measure=claim.measure,
            unit=claim.unit,
            basis=claim.basis,
            status=claim.status,
            qualifier=claim.qualifier,
            value=claim.value,
            low=claim.low,
            high=claim.high,
            vague_term="",
            as_of=None,
            document_date=None,
            scope=claim.scope,
            interim=False,
            running_total=False,
            credibility=None,
            standard_of_proof=claim.standard_of_proof,
            relays="",
            inferred_from="",
            supersedes="",
            retracted=False,
            retracted_by="",
            affiliated=False,
            reliability="B",
            cells=(),
        )
        (killed,) = [each for each in derive([facts]).estimates if each.status == "all"]
        sums = [
            total + (figure or 0) for total, figure in zip(sums, (killed.low, killed.best, killed.high), strict=True)
        ]
    return sums


def test_the_file_of_the_central_african_republic_adds_up() -> None:
    report = import_ged(CAR)
    assert counts(report) == (1_848, 1_848, 0, 0, 0)
    assert reported() == (13_721, 14_948, 17_760)
    assert str(report.sums_read) == str(report.sums_stored) == "13,721 / 14,948 / 17,760"
    assert len(report.warnings) == 20
    assert report.complete
    assert counts(import_ged(CAR)) == (1_848, 0, 0, 1_848, 0)
    assert IncidentReference.objects.filter(scheme="ucdp-ged").count() == 1_848


@pytest.mark.full_ged
@pytest.mark.timeout(1800)
def test_the_three_files_add_up_as_reported_and_as_derived() -> None:
    expected = {
        CAR: (1_848, "13,721 / 14,948 / 17,760", 20),
        MYANMAR: (7_374, "26,420 / 28,721 / 59,327", 10),
        SYRIA: (16_566, "104,929 / 112,337 / 119,020", 101),
    }
    for file, (rows, sums, out_of_order) in expected.items():
        report = import_ged(file)
        assert counts(report) == (rows, rows, 0, 0, 0)
        assert str(report.sums_read) == str(report.sums_stored) == sums
        assert len(report.warnings) == out_of_order
    assert Incident.objects.count() == 25_788
    assert reported() == (145_070, 156_006, 196_107)
    for file, (rows, sums, _) in expected.items():
        again = import_ged(file)
        assert counts(again) == (rows, 0, 0, rows, 0)
        assert str(again.sums_stored) == sums
    assert Claim.objects.count() == 25_788
    assert derived() == [144_770, 156_006, 196_497]
