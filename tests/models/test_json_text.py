"""What the database writes as JSON is letter for letter what Python writes, since the log is digested as text."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db.models import F

from incidents.models import Publication, bulk
from incidents.models.json_text import Hyphenated, Joined, Literal, Moment, Quoted
from incidents.rules.trail.log import timestamp

pytestmark = pytest.mark.django_db

CONTROL = "".join(map(chr, range(1, 32)))
ID = UUID("0a1b2c3d-0000-4000-8000-00000000000f")


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Publication:
    """A row of the log with the reason, moment and survivor that the test names."""
    said = {"reason": "", "published_at": datetime(2026, 1, 2, tzinfo=UTC), "survivor": None} | request.param
    columns = {
        "seq": 1, "kind": "incident", "object_id": ID, "version": 1, "operation": "merge", "schema_version": "1",
        "reason_code": "typo", "document_digest": "", "previous_hash": "0" * 64, "hash": "1" * 64,
    }  # fmt: skip
    bulk.insert(Publication, [columns | said])
    return Publication.objects.get()


@pytest.mark.parametrize(
    "row",
    [{"reason": text} for text in ("", CONTROL, 'a "quoted" \\ and / % %s {}', "\x7f\x85\u2028\u2029", "ﷺ 𝕏 قتل é")],
    indirect=True,
)
def test_a_text_is_quoted_as_by_json_dumps(row: Publication) -> None:
    written = Publication.objects.values_list(Quoted(F("reason")), flat=True).get()
    assert written == json.dumps(row.reason, ensure_ascii=False)


@pytest.mark.parametrize("row", [{"survivor": None}, {"survivor": ID}], indirect=True)
def test_an_id_is_quoted_with_its_hyphens_and_null_where_there_is_none(row: Publication) -> None:
    written = Publication.objects.values_list(Quoted(Hyphenated(F("survivor"))), flat=True).get()
    assert json.loads(written) == (row.survivor and str(row.survivor))


@pytest.mark.parametrize(
    "row",
    [{"published_at": datetime(2026, 2, 28, 23, 59, 59, micro, tzinfo=UTC)} for micro in (0, 1, 120_000, 999_999)],
    indirect=True,
)
def test_a_moment_is_written_as_the_log_hashes_it(row: Publication) -> None:
    assert Publication.objects.values_list(Moment(F("published_at")), flat=True).get() == timestamp(row.published_at)


@pytest.mark.parametrize("row", [{"reason": "100 % %s"}], indirect=True)
def test_texts_and_columns_stand_one_after_another(row: Publication) -> None:
    written = Joined(Literal('{"it\'s 100 %s":'), F("seq"), Literal(","), Quoted(F("reason")))
    text = Publication.objects.values_list(written, flat=True).get()
    assert text == f'{{"it\'s 100 %s":1,"{row.reason}"'


@pytest.mark.parametrize("row", [{"survivor": None}], indirect=True)
def test_what_is_joined_with_null_is_null(row: Publication) -> None:
    assert Publication.objects.values_list(Joined(Literal("a"), F("survivor")), flat=True).get() is None
