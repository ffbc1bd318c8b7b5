"""Searching at the desk: in every language, and however a word is spelt."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from incidents.admin.searching import found, spelling
from incidents.models import Incident
from incidents.models.folding import fold, tokens
from incidents.rules.submissions.recognising import like
from tests import factories
from tests.admin.forms import filled

# But signs for two letters, of which a word may have the one.
LETTERS = "ابتةهىيكکیئؤءأإآەـًُّْ\u0670\u200f eéèEſøn1١۱'’"
TEXTS = st.text(alphabet=LETTERS, max_size=12)


@given(TEXTS, TEXTS)
def test_the_pattern_finds_what_the_search_normal_form_holds(asked: str, text: str) -> None:
    for word in tokens(asked):
        assert bool(re.search(spelling(word), text)) == (word in fold(text)), (word, text)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("مقتل أهالي قرية الطُّوَيْم", "الطويم"),
        ("مقتل أهالي قرية الطويم", "الطـويم أهالى قريه"),
        ("حيان", "حيّان"),
        ("كۆبانێ", "کۆبانێ"),
        ("Tirs de l’Ouham à Bèfio", "befio l'ouham"),
        ("٣١ قتيلا", "31"),
        ("Killing of 31 in Straße Œdipe", '"strasse oedipe"'),
    ],
)
def test_a_title_is_found_in_any_language_and_spelling(written: str, asked: str) -> None:
    one = factories.IncidentFactory(title={"ckb": written})
    factories.IncidentFactory(title={"en": "Elsewhere", "ar": "في مكان آخر"})
    assert list(found(Incident.objects.all(), ("title", "place_text"), asked)) == [one]


@pytest.mark.django_db
def test_each_word_may_stand_in_another_column_and_all_must() -> None:
    one = factories.IncidentFactory(title={"ar": "قتلى في الطويم"}, place_text="ريف حماة")
    columns = ("title", "place_text", "references__key", "public_id")
    rows = Incident.objects.all()
    for asked, expected in {
        "حماه الطويم": [one],
        f"{str(one.public_id)[:13]} قتلي": [one],
        "حمص الطويم": [],
        "؟": [],
        "ar": [],
        "%": [],
        ".*": [],
        "ا" * 5_000: [],
        "ط " * 5_000: [one],
    }.items():
        assert list(found(rows, columns, asked)) == expected, asked[:20]


@pytest.fixture
def desk(db: None, client: Client) -> Client:
    client.force_login(factories.UserFactory(is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize(
    ("page", "factory", "values", "asked"),
    [
        ("source", factories.SourceFactory, {"names": {"ar": "مراقبو الساحل السوري"}}, "مراقبو الساحل السورى"),
        ("actor", factories.ActorFactory, {"names": {"ar": "أحرار الشرقية"}}, "احرار الشرقيه"),
    ],
)
def test_lists_and_pickers_find_another_spelling(
    desk: Client, page: str, factory: Any, values: dict[str, Any], asked: str
) -> None:
    row = factory(**values)
    listed = desk.get(reverse(f"admin:incidents_{page}_changelist"), {"q": asked})
    assert list(listed.context["cl"].queryset) == [row]
    field = {"source": ("claim", "asserted_by"), "actor": ("attribution", "actor")}[page]
    asking = {"app_label": "incidents", "model_name": field[0], "field_name": field[1], "term": asked}
    picked = desk.get(reverse("admin:autocomplete"), asking).json()["results"]
    assert [each["id"] for each in picked] == [str(row.pk)]


@pytest.mark.parametrize(
    ("page", "factory", "form"),
    [
        ("source", factories.SourceFactory, {"kind": "local_monitor"}),
        ("actor", factories.ActorFactory, {"type": "nonstate_armed", "identification": "named_group"}),
    ],
)
def test_whoever_enters_a_like_name_is_told_of_the_one_there_is(
    desk: Client, page: str, factory: Any, form: dict[str, str]
) -> None:
    known = factory(names={"ar": "مراقبو الساحل السوري"}, **form)
    factory(names={"en": "Elsewhere"}, **form)
    add = reverse(f"admin:incidents_{page}_add")

    def told(name: str) -> list[str]:
        answer = desk.post(add, filled(desk, add) | form | {"names__ar": name}, follow=True)
        return [str(each) for each in answer.context["messages"] if each.level_tag == "warning"]

    (warning,) = told("مراقبو ساحل السورى")
    assert reverse(f"admin:incidents_{page}_change", args=[known.pk]) in warning
    assert told("محكمة النقض") == []


def test_no_confidential_source_is_told_of(desk: Client) -> None:
    factories.SourceFactory(kind="local_monitor", names={"ar": "مراقبو الساحل السوري"}, confidential=True)
    assert like(factories.SourceFactory(kind="local_monitor", names={"ar": "مراقبو الساحل السورى"})) == []


@pytest.mark.parametrize("asked", ["\0", "coast\0monitors", "\\", '"', "[", "%", "ﷺ", "x" * 3_000, "قتل " * 400])
def test_nothing_that_is_typed_into_a_picker_is_a_mistake_of_ours(desk: Client, asked: str) -> None:
    row = factories.SourceFactory(names={"en": "Monitors of the coast"})
    asking = {"app_label": "incidents", "model_name": "claim", "field_name": "asserted_by", "term": asked}
    picked = desk.get(reverse("admin:autocomplete"), asking)
    assert picked.status_code == 200
    assert ([each["id"] for each in picked.json()["results"]] == [str(row.pk)]) == ("coast" in asked or asked == "\0")
