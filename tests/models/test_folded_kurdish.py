"""What was stored under an earlier search form is found under the one of today (migration 0036)."""

from importlib import import_module

import pytest
from django.apps import apps

from incidents.models import AreaName, PublicSource, Recognition
from incidents.models.folding import fold
from incidents.rules.publication.publishing import publish
from incidents.rules.publication.reindexing import reindex
from tests import factories
from tests.contributions import sender
from tests.factories import AreaNameFactory

pytestmark = pytest.mark.django_db
NAMES = ("کۆبانێ ناوەند", "قریۀ لوجے", "م\u180bراقب")
OLD = str.maketrans("هي", "\u06d5\u06d2")


def test_it_works() -> None:
    for number, name in enumerate(NAMES):
        area = AreaNameFactory(name=name)
        # A form of earlier days: Kurdish letters for themselves, and a selector where it stood.
        was = fold(name).translate(OLD) + "\u180b" * number
        AreaName.objects.filter(pk=area.pk).update(folded=was, core=was)
    twice = AreaNameFactory(name="ناوەند")
    AreaName.objects.bulk_create([
        AreaName(area=twice.area, name="ناوەند", language=twice.language, folded="ناو\u06d5ند", core="ناو\u06d5ند")
    ])  # fmt: skip
    source = factories.SourceFactory(names={"ckb": NAMES[0]})
    publish([source])
    PublicSource.objects.update(search="ناو\u06d5ند كۆبانێ")
    Recognition.objects.create(
        organisation=sender().organisation, kind="source", folded="ناو\u06d5ند", object_id=source.public_id
    )
    import_module("incidents.migrations.0036_folded_kurdish").fold(apps, None)
    assert [row.folded for row in AreaName.objects.all() if row.folded != fold(row.name)] == []
    assert AreaName.objects.filter(area=twice.area, name="ناوەند").count() == 1
    assert Recognition.objects.get().folded == fold("ناوەند")
    assert reindex(check=True) == {}
