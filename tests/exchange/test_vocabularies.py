"""The vocabularies as shipped: every code has four labels that mean what it means, and honest mappings."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models import TextChoices

from incidents import choices
from incidents.exchange.fixture_files import FIXTURES
from incidents.exchange.vocabularies import LABELS, MAPPINGS, VOCABULARIES, load_vocabularies
from incidents.models import AuditEntry, AuditValues, Term, TermLabel, TermMapping
from incidents.models.folding import fold

LANGUAGES = choices.Language.values
CODES = {(name, code) for name, vocabulary in VOCABULARIES.items() for code in vocabulary.values}

# Codes that cast doubt, by vocabulary, and a word that does so in each language.
DOUBTFUL = {"confidence": {"unlikely", "very_unlikely"}, "credibility": {"4", "5"}}
DOUBT = {
    "en": ("unlikely", "doubtful", "improbable"),
    "fr": ("peu probable", "douteux", "improbable"),
    "es": ("poco probable", "dudoso", "improbable"),
    "ar": ("مستبعد", "مشكوك"),
}
# Codes that deny, and a word that does so in each language.
DENYING = {
    ("position", "denies_act"),
    ("position", "denies_responsibility"),
    ("role", "failed_to_control"),
    ("role", "failed_to_prevent"),
    ("role", "knew_and_did_not_act"),
    ("reliability", "E"),
    ("outcome", "not_published"),
    ("grade", "ungraded"),
    ("consent", "not_needed"),
}
DENIAL = {
    "en": ("den", "not ", "fail", "un"),
    "fr": ("nie ", "n’", "non "),
    "es": ("nieg", "no ", "sin "),
    "ar": ("ينفي", "لم ", "غير "),
}


def shipped(language: str) -> dict[tuple[str, str], str]:
    with (FIXTURES / LABELS / f"{language}.csv").open(encoding="utf-8", newline="") as file:
        return {(row["vocabulary"], row["code"]): row["label"] for row in csv.DictReader(file)}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_vocabularies_are_all_the_choices_there_are() -> None:
    found = [cls for cls in vars(choices).values() if isinstance(cls, type) and issubclass(cls, TextChoices)]
    assert set(VOCABULARIES.values()) == set(found) - {TextChoices}


def test_every_code_has_a_label_in_every_language_and_no_other_has_one(language: str) -> None:
    labels = shipped(language)
    assert set(labels) == CODES
    assert all(label.strip() == label and label for label in labels.values())


def test_the_english_labels_are_those_of_the_code() -> None:
    labels = shipped("en")
    assert {key: str(VOCABULARIES[key[0]](key[1]).label) for key in CODES} == labels


def test_two_codes_of_a_vocabulary_never_share_a_label(language: str) -> None:
    labels = {(vocabulary, fold(label)) for (vocabulary, _code), label in shipped(language).items()}
    assert len(labels) == len(CODES)


def test_labels_are_written_in_the_script_of_their_language(language: str) -> None:
    def is_arabic(text: str) -> bool:
        return any("\u0600" <= character <= "\u06ff" for character in text)

    assert {is_arabic(label) for label in shipped(language).values()} == {language == "ar"}


@pytest.mark.parametrize("vocabulary", DOUBTFUL)
def test_a_likelihood_never_changes_sides_in_translation(vocabulary: str, language: str) -> None:
    """OpenEvSys translated "Unlikely" by "Probable": doubt is said exactly where the code doubts."""
    for code in VOCABULARIES[vocabulary].values:
        label = shipped(language)[vocabulary, code].lower()
        assert any(word in label for word in DOUBT[language]) == (code in DOUBTFUL[vocabulary]), label


@pytest.mark.parametrize("code", ["likely", "unlikely"])
def test_very_strengthens_the_same_word(code: str, language: str) -> None:
    labels = shipped(language)
    assert labels["confidence", code].lower() in labels["confidence", f"very_{code}"].lower()


def test_a_denial_stays_a_denial(language: str) -> None:
    labels = shipped(language)
    for key in DENYING:
        assert any(word in f"{labels[key].lower()} " for word in DENIAL[language]), labels[key]


def test_an_unreviewed_label_says_so() -> None:
    for code in LANGUAGES:
        with (FIXTURES / LABELS / f"{code}.csv").open(encoding="utf-8", newline="") as file:
            assert {row["reviewed"] for row in csv.DictReader(file)} <= {"true", "false"}


@pytest.mark.django_db
class TestLoading:
    def test_it_works_and_a_second_load_changes_nothing(self) -> None:
        first = load_vocabularies()
        assert first.refused == []
        assert set(Term.objects.values_list("vocabulary", "code")) == CODES
        assert TermLabel.objects.count() == len(CODES) * len(LANGUAGES)
        assert TermMapping.objects.count() == first.mappings.created > 100
        again = load_vocabularies()
        for tally in (again.terms, again.labels, again.mappings):
            assert (tally.created, tally.updated, tally.unchanged) == (0, 0, tally.read)
        made = sum(tally.created for tally in (first.terms, first.labels, first.mappings))
        said = json.loads(str(AuditValues.objects.latest("entry").values))["after"]
        assert (AuditEntry.objects.filter(action="import").count(), said["file"]) == (1, "vocabularies")
        assert said["created"] == made

    def test_terms_stand_in_the_order_of_the_code(self) -> None:
        load_vocabularies()
        assert list(Term.objects.filter(vocabulary="grade").values_list("code", flat=True)) == choices.Grade.values

    def test_a_reviewed_label_is_not_replaced_by_one_nobody_reviewed(self) -> None:
        load_vocabularies()
        label = TermLabel.objects.get(term__vocabulary="act", term__code="looting", language="fr")
        label.label, label.reviewed = "Pillages", True
        label.save()
        assert load_vocabularies().labels.updated == 0
        label.refresh_from_db()
        assert (label.label, label.reviewed) == ("Pillages", True)

    def test_ucdp_codes_are_all_mapped(self) -> None:
        load_vocabularies()
        mapped = set(TermMapping.objects.filter(scheme__startswith="ucdp-").values_list("scheme", "code"))
        expected = {"type-of-violence": 3, "where-prec": 7, "date-prec": 5, "event-clarity": 2}
        assert mapped == {(f"ucdp-{name}", str(code)) for name, last in expected.items() for code in range(1, last + 1)}

    def test_the_command_prints_what_it_did(self, capsys: pytest.CaptureFixture[str]) -> None:
        call_command("load_vocabularies")
        assert f"terms: {len(CODES)} read, {len(CODES)} created, 0 updated, 0 unchanged" in capsys.readouterr().out


@pytest.mark.django_db
class TestRefusals:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """A copy of the shipped files, for a test to spoil."""
        shutil.copytree(FIXTURES / LABELS, tmp_path / LABELS)
        shutil.copy(FIXTURES / MAPPINGS, tmp_path / MAPPINGS)
        return tmp_path

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("act,lootng,Pillage,,false", 'column code: "lootng" is no code of act; write one of execution_summary'),
            ("acts,looting,Pillage,,false", 'column vocabulary: "acts" is no vocabulary; write one of account_role,'),
            ("act,looting,Pillage,,false", 'column code: "looting" stands twice for act'),
            ("act,looting,Pillage,,perhaps", 'column code: "looting" stands twice for act'),
        ],
    )
    def test_a_label_of_no_code_is_refused_with_its_row(self, folder: Path, row: str, said: str) -> None:
        with (folder / LABELS / "fr.csv").open("a", encoding="utf-8") as file:
            file.write(f"{row}\n")
        refused = load_vocabularies(folder).refused
        assert [refusal.row for refusal in refused] == [len(CODES) + 2]
        assert said in str(refused[0])

    def test_a_missing_label_is_refused(self, folder: Path) -> None:
        path = folder / LABELS / "ar.csv"
        lines = [
            line
            for line in path.read_text(encoding="utf-8").splitlines()
            if not line.startswith("confidence,unlikely,")
        ]
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")
        refused = load_vocabularies(folder).refused
        assert len(refused) == 1
        assert '"unlikely" of confidence has no label in this language' in str(refused[0])

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("act,looting,a-scheme,7,same,", 'column relation: "same" is no relation between terms'),
            ("act,lost,a-scheme,7,exact,", 'column code: "lost" is no code of act'),
            ("act,looting,,7,exact,", 'column scheme: "" is empty'),
        ],
    )
    def test_a_wrong_mapping_is_refused(self, folder: Path, row: str, said: str) -> None:
        with (folder / MAPPINGS).open("a", encoding="utf-8") as file:
            file.write(f"{row}\n")
        refused = load_vocabularies(folder).refused
        assert len(refused) == 1
        assert said in str(refused[0])

    def test_the_command_fails_and_names_the_row(self, folder: Path) -> None:
        with (folder / MAPPINGS).open("a", encoding="utf-8") as file:
            file.write("act,lost,a-scheme,7,exact,\n")
        with pytest.raises(CommandError, match="Rows refused: 1"):
            call_command("load_vocabularies", folder=folder)
        assert TermLabel.objects.count() == len(CODES) * len(LANGUAGES)
