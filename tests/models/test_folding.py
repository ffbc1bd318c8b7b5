"""The search normal form: which spellings agree, which stay apart, and that folding twice changes nothing."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from incidents.models.folding import fold, tokens


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Al-Qardāḥah", "al qardahah"),
        ("al qardahah", "al qardahah"),
        ("  AL\tQARDAHAH \n", "al qardahah"),
        ("القرداحة", "القرداحه"),
        ("القَرْداحَة", "القرداحه"),
        ("القــرداحة", "القرداحه"),
        ("ﺍﻟﻘﺮﺩﺍﺣﺔ", "القرداحه"),
        ("أإآٱا", "ااااا"),
        ("مصطفى", "مصطفي"),
        ("ایران", "ايران"),
        ("کرمان", "كرمان"),
        ("سؤال", "سؤال"),
        ("الرئيس", "الرئيس"),
        ("٢٠٢٥", "2025"),
        ("۲۰۲۵", "2025"),
        ("२०२५", "2025"),
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("Ærø", "aero"),
        ("İstanbul", "istanbul"),
        ("Ғорod Ёлка", "ғорod елка"),
        ("Nāḩiyat Markaz al Bāb", "nahiyat markaz al bab"),
        ("Ombella-M'Poko", "ombella mpoko"),
        ("St. John’s (Antigua)", "st johns antigua"),
        ("a\u200bb\u200fc\u2066d\ufeffe\u00adf", "abcdef"),
        ("x\x00y", "x y"),
        ("\ud800z", "z"),
        ("१ ½ ①", "1 1 2 1"),
        ("한국 ガ", "한국 ガ"),
        ("မြန်မာ", "မြန်မာ"),
        ("", ""),
        (" - ' ", ""),
    ],
)
def test_a_text_has_one_search_form(written: str, folded: str) -> None:
    assert fold(written) == folded


@pytest.mark.parametrize("sign", ["'", "’", "‘", "ʿ", "ʾ", "`", "´", "ʼ", "ʻ", "′", ""])
def test_ayn_hamza_and_apostrophes_are_silent(sign: str) -> None:
    assert fold(f"Dar{sign}a") == "dara"


@pytest.mark.parametrize("dash", ["-", "\u2010", "\u2011", "\u2013", "\u2014", "_", "/", ",", "،", " ", "\u00a0"])
def test_dashes_and_commas_part_words(dash: str) -> None:
    assert fold(f"Deir{dash}ez{dash}Zor") == "deir ez zor"


@pytest.mark.parametrize(
    ("one", "other"), [("که\u200cس", "کەس"), ("خانه\u200cها", "خانەها"), ("خانۀ", "خانه"), ("لوجے", "لوجي")]
)
def test_kurdish_and_persian_spell_a_vowel_in_several_ways(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("سؤال", "سوال"), ("قرداحة", "قردحة"), ("Homs", "Hom")])
def test_different_words_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_every_character_of_the_first_two_planes_folds_to_a_fixed_point() -> None:
    assert [point for point in range(0x20000) if fold(once := fold(f"a{chr(point)}b")) != once] == []


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_the_form_is_tidy(text: str) -> None:
    folded = fold(text)
    assert folded == " ".join(folded.split())
    assert unicodedata.is_normalized("NFKC", folded)
    assert not {unicodedata.category(character) for character in folded} & {"Cc", "Cf", "Cs", "Lu"}
    assert not set(folded) & set("%_\\'\"*?")
    folded.encode("utf-8")


@given(st.text(alphabet=st.characters(codec="utf-8", categories=["Ll", "Lu", "Lo", "Nd"])))
def test_case_composition_and_padding_do_not_matter(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)
    assert fold(f"  {text}\u200f ") == fold(text)


ARABIC = st.text(alphabet="ابتثجحخدذرزسشصضطظعغفقكلمنهوي ءئؤ", max_size=30)


@given(ARABIC, st.data())
def test_vowel_signs_and_tatweel_never_matter(text: str, data: st.DataObject) -> None:
    marks = st.text(alphabet="\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0670\u0640", max_size=2)
    assert fold("".join(letter + data.draw(marks) for letter in text)) == fold(text)


@given(st.text())
def test_tokens_are_the_words_of_the_form(text: str) -> None:
    assert " ".join(tokens(text)) == fold(text)


@given(st.lists(st.text() | st.text(st.characters(categories=["Mn", "Sk", "Lo"])), max_size=4))
@example(["e", "\u0301e", "´", "ﷺ\u0650", "\U0001f600 \u0345"])
def test_texts_fold_apart_as_they_fold_together(texts: list[str]) -> None:
    assert {word for text in texts for word in tokens(text)} == set(tokens(" ".join(texts)))
