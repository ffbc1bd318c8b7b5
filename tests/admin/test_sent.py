"""What was sent reads in the moderator's language: labels for codes, names for keys, and letter by letter beside.

That a look at what was sent in confidence is recorded is proved in test_looks.py.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from rest_framework import serializers

from incidents.admin import reading, terms
from incidents.admin.reading import Entry
from incidents.admin.sent import readable
from incidents.documents.fields import OpenCode
from incidents.documents.submissions import SubmissionContent
from incidents.rules.publication import publishing
from incidents.rules.submissions import submitting
from tests.admin.test_languages import arabic_labels
from tests.contributions import sender, tuwaym
from tests.factories import SourceFactory
from tests.moderation_factories import SubmissionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Whatever language the page before was in."""
    with translation.override("en"):
        yield


def shown(client: Client, submission: Any, language: str = "en") -> str:
    where = reverse("admin:incidents_submission_change", args=[submission.pk])
    return html.unescape(client.get(where, headers={"Accept-Language": language}).content.decode())


def flat(entries: list[Entry]) -> Iterator[str]:
    for entry in entries:
        yield from (entry.name, entry.text, *entry.columns, *(cell for row in entry.rows for cell in row))
        yield from flat(entry.entries)


def members(one: Any, above: str = "submission") -> Iterator[tuple[str, str, Any]]:
    """(member above, member, field) of whatever an organisation may send."""
    for name, field in one.fields.items():
        yield above, name, field
        inner = getattr(field, "child", field)
        if isinstance(inner, serializers.Serializer):
            yield from members(inner, name)


def test_what_was_sent_is_read_in_labels_and_names(desk: Client) -> None:
    page = shown(desk, submitting.submit(sender(), tuwaym()))
    before, exact = page.split("<details>")[:2]
    for words in ("Killing event", "Civil Peace Group - Seen (seen)", "Killed (killed)", "/claims/0", "Child"):
        assert words in before
    for code in ("nonstate_armed", "killing_event", "directly_carried_out", "asserted_by"):
        assert re.search(rf">\s*{code}\s*<", before) is None
        assert code in exact


def test_in_arabic_no_member_and_no_code_stays_english(desk: Client) -> None:
    arabic_labels()
    content = tuwaym()
    with translation.override("ar"):
        told = set(flat(readable(content)))
    words = {text for _, name, field in members(SubmissionContent()) for text in (name, *(_codes(field) or ()))}
    assert told & (words - {"seen", "killed", "article", "fighters"}) == set()
    assert "قتل أهالي قرية توايم" in shown(desk, submitting.submit(sender(), content), "ar")


def _codes(field: Any) -> list[str] | None:
    if isinstance(field, OpenCode):
        return list(field.vocabulary.values)
    return list(field.choices) if isinstance(field, serializers.ChoiceField) else None


def test_whatever_may_be_sent_has_a_label_and_a_vocabulary() -> None:
    for above, name, field in members(SubmissionContent()):
        assert reading.name_of_key(name) != name, (above, name)
        codes = _codes(field)
        if codes:
            vocabulary = reading.WITHIN.get((above, name)) or reading.VOCABULARIES.get(name, "")
            assert set(filter(None, codes)) <= set(terms.VOCABULARIES[vocabulary].values), (above, name)


def test_nothing_is_left_out_and_the_exact_text_is_beside_it(desk: Client) -> None:
    content = tuwaym(note="Read <b>this</b>.")
    page = shown(desk, submitting.submit(sender(), content))
    _, exact = re.split(r'<details><summary>[^<]*</summary><pre dir="ltr">', page)
    assert json.loads(exact.split("</pre>")[0]) == content
    told = " ".join(flat(readable(content)))
    for words in (
        "Read <b>this</b>.",
        "31, nine of them",
        "https://example.org/coast",
        "2025-03-09",
        "partner",
        "Tuwaym",
    ):
        assert words in told


def test_a_published_source_is_called_by_its_public_name_and_another_by_its_id_only() -> None:
    known, hidden = SourceFactory(names={"en": "Known monitors"}), SourceFactory(names={"en": "Hidden monitors"})
    publishing.publish([known])
    claims = [{"asserted_by": str(each.public_id), "measure": "killed", "value": 1} for each in (known, hidden)]
    told = " ".join(flat(readable({"type": "claims", "claims": claims})))
    assert "Known monitors" in told
    assert "Hidden monitors" not in told
    assert str(hidden.public_id) in told


@pytest.mark.parametrize("content", [{}, {"type": "incident"}])
def test_what_was_emptied_opens_too(desk: Client, content: dict[str, Any]) -> None:
    assert "letter by letter" in shown(desk, SubmissionFactory(content=content))
