"""Many rows are deleted at once, with what hangs on them and their history; what others rely on stays."""

import pytest
from django.db import connection
from django.db.models import ProtectedError
from django.test.utils import CaptureQueriesContext

from incidents.models import Actor, Attribution, Claim, ClaimCell, Incident, Source, deleting
from tests import factories

pytestmark = pytest.mark.django_db


def test_rows_go_with_what_hangs_on_them_and_leave_their_last_version() -> None:
    cell = factories.ClaimCellFactory()
    claim, incident = cell.claim, cell.claim.incident
    factories.AttributionFactory(incident=incident, claim=claim)
    staying = factories.ClaimFactory()
    assert deleting.delete(Incident, {incident.pk}) == {incident.pk}
    assert (Claim.objects.get(), ClaimCell.objects.count(), Attribution.objects.count()) == (staying, 0, 0)
    for model, row in ((Incident, incident), (Claim, claim)):
        version = model.history.get(history_type="-")
        kept = {name: value for name, value in vars(row).items() if not name.startswith("_")}
        assert {name: getattr(version, name) for name in kept} == kept


def test_what_only_names_a_row_forgets_it() -> None:
    claim = factories.ClaimFactory()
    attribution = factories.AttributionFactory(claim=claim)
    deleting.delete(Claim, {claim.pk})
    attribution.refresh_from_db()
    assert attribution.claim is None


def test_what_others_rely_on_stays_and_the_rest_goes() -> None:
    cited, alone = factories.ClaimFactory().asserted_by, factories.SourceFactory()
    with pytest.raises(ProtectedError):
        cited.delete()
    assert deleting.delete(Source, {cited.pk, alone.pk}) == {alone.pk}
    assert set(Source.objects.filter(pk__in=[cited.pk, alone.pk])) == {cited}
    assert not Source.history.filter(id=cited.pk, history_type="-").exists()


def test_a_row_stays_where_a_part_of_it_is_relied_on() -> None:
    claim = factories.ClaimFactory()
    factories.ClaimFactory(incident=factories.IncidentFactory(), supersedes=claim)
    assert deleting.delete(Incident, {claim.incident_id}) == set()
    assert Claim.objects.filter(pk=claim.pk).exists()


def test_rows_that_rely_on_each_other_go_together_unless_one_of_them_stays() -> None:
    first = factories.ClaimFactory()
    second = factories.ClaimFactory(incident=first.incident, supersedes=first)
    third = factories.ClaimFactory(incident=first.incident, supersedes=second)
    assert deleting.delete(Claim, {first.pk, second.pk}) == set()
    assert deleting.delete(Claim, {first.pk, second.pk, third.pk}) == {first.pk, second.pk, third.pk}


def test_as_many_statements_for_many_as_for_one() -> None:
    def statements(number: int) -> int:
        actors = [factories.ActorFactory() for _ in range(number)]
        with CaptureQueriesContext(connection) as captured:
            assert len(deleting.delete(Actor, {each.pk for each in actors})) == number
        return len(captured)

    assert statements(20) == statements(1)
