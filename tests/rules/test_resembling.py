"""Names that resemble a text: those that the plain comparison of every pair finds, and each text is compared once."""

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz, process

from incidents.models import Recognition
from incidents.models.folding import fold
from incidents.rules.submissions import recognising
from incidents.rules.submissions.recognising import Register
from incidents.rules.submissions.resembling import LIKELY, MOST, WITHIN, Known, Names
from tests.contributions import person, sender
from tests.factories import SourceFactory

TEXTS = st.lists(st.sampled_from(["civil", "civic", "peace", "group", "seen", "of"]), max_size=4).map(" ".join)


def known(*names: str, public: bool = True) -> list[Known]:
    return [Known(name, UUID(int=number), name, public) for number, name in enumerate(names)]


def plainly(text: str, names: list[Known]) -> list[tuple[float, UUID]]:
    """The same by comparing it with every name, as the words say."""
    found: dict[UUID, float] = {}
    for each in names if text else []:
        score = fuzz.token_sort_ratio(text, each.folded)
        score = max(score, fuzz.ratio(text.replace(" ", ""), each.folded.replace(" ", "")))
        several = min(len(text.split()), len(each.folded.split())) > 1
        if several and fuzz.token_set_ratio(text, each.folded) == 100:
            score = max(score, WITHIN)
        if score >= LIKELY:
            found[each.public_id] = score
    return sorted(((score, key) for key, score in found.items()), key=lambda each: (-each[0], str(each[1])))[:MOST]


@given(TEXTS.filter(bool), st.lists(TEXTS, max_size=12))
def test_it_finds_what_comparing_with_every_name_finds(text: str, texts: list[str]) -> None:
    names = known(*texts)
    assert [(score, each.public_id) for score, each in Names(names).ranked([text])] == plainly(text, names)


def test_words_in_another_order_and_names_within_names_are_proposed() -> None:
    names = Names(known("group civil peace", "civil peace group seen", "civil", "seen civil", "elsewhere"))
    assert [(score, each.label) for score, each in names.ranked(["civil peace group"])] == [
        (100, "group civil peace"),
        (90, "civil peace group seen"),
    ]


@pytest.mark.parametrize(
    "text", ["جيش الوطني السوري", "الجيش الوطنى سوري", "جيش وطني سوري", "الجيشالوطني السوري", "السوري الوطني الجيش"]
)
def test_a_name_is_proposed_without_an_article_or_a_space_of_it(text: str) -> None:
    names = Names(known(*map(fold, ("الجيش الوطني السوري", "لواء السلطان سليمان شاه", "أحرار الشام"))))
    assert [each.public_id.int for _, each in names.ranked([fold(text)])] == [0]


HTS, AMSHAT = "Hay'at Tahrir al-Sham (HTS)", "فرقة السلطان سليمان شاه (العمشات)"


@pytest.mark.parametrize(
    ("borne", "asked", "scores"),
    [
        (HTS, "HTS", [90]),
        ("hts", HTS, [90]),
        (AMSHAT, "العمشات", [90]),
        (AMSHAT, "عمشات", [90]),
        ("العَمشات", AMSHAT, [90]),
        (HTS, "H.T.S.", [90]),
        (HTS, "Hay'at Tahrir al-Sham (HTS)", [100]),
        ("Ministry of the Interior (Syria)", "Civil Defence (Syria)", []),
        (HTS, "HTS Media", []),
        ("Army ()", "", []),
    ],
)
def test_what_others_have_in_brackets_is_a_name(borne: str, asked: str, scores: list[int]) -> None:
    names = Names([Known.by(each, UUID(int=number), each, public=True) for number, each in enumerate([borne, "Other"])])
    assert [(round(score), each.label) for score, each in names.of([asked])] == [(score, borne) for score in scores]


def test_what_is_left_out_makes_room_for_the_next() -> None:
    names = Names(known(*["civil peace group"] * (MOST + 2)))
    without = {UUID(int=number) for number in range(MOST)}
    assert [each.public_id.int for _, each in names.ranked(["civil peace group"], without)] == [MOST, MOST + 1]


@pytest.mark.django_db
def test_a_text_is_compared_once_in_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    SourceFactory(names={"en": "Monitors of the Coast"})
    asked: list[str] = []
    extract = process.extract

    def counted(text: str, *args: Any, **more: Any) -> Any:
        asked.append(text)
        return extract(text, *args, **more)

    monkeypatch.setattr(process, "extract", counted)
    register = Register(sender().organisation)
    entry = {"kind": "local_monitor", "names": {"en": "Monitors of the coast", "fr": "MONITORS OF THE COAST"}}
    found = [register.proposals("source", entry) for _ in range(3)]
    assert [each["score"] for each in found[0]] == [100]
    assert found[1:] == found[:1] * 2
    both = ["coast monitors of the", "monitorsofthecoast"]
    assert asked == both * 2, "once among what is public, once among the rest"


@pytest.mark.django_db
def test_a_decision_on_a_long_name_holds_and_is_taken_back() -> None:
    by, names = sender(), {"en": "Monitors of the Coast " * 20}
    source = SourceFactory()
    entry = {"kind": "local_monitor", "names": names}
    recognising.remember(by.organisation, "source", names, source.public_id, person("moderator"))
    assert Register(by.organisation).decided("source", entry) == source.public_id
    recognising.forget(by.organisation, "source", names)
    assert not Recognition.objects.exists()
