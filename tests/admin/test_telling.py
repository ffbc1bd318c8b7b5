"""What the rules refuse, told at the desk in the reader's language, and to programs in English as ever.

Whether each rule refuses what it should is proved under tests/rules/.
"""

import ast
import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import translation

from incidents.admin.telling import told
from incidents.choices import AccountRole, DecisionAction, SubmissionAction, SubmissionState
from incidents.models import Decision, Submission
from incidents.rules.accounts.access import AccessRefused, Right, create_organisation, set_role, takes
from incidents.rules.desk import deciding
from incidents.rules.refusals import Changed, Fault, Refused
from incidents.rules.sentences import worded
from incidents.rules.submissions import moderating, submitting, transitions
from tests.admin.test_languages import ARABIC, arabic_labels, messages
from tests.contract.validation import CheckedClient
from tests.contributions import person, sender, tuwaym
from tests.factories import IncidentFactory
from tests.keys import key_of, organisation, send, somebody
from tests.moderation_factories import SubmissionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.once]
RULES = Path(settings.ROOT) / "incidents" / "rules"
REFUSALS = {"NotNow", "NotAllowed", "NeedsReason", "PublishingError", "UndoError", "DecisionError", "NeedsNote"}
PART = re.compile(r"%\((\w+)\)[sd]")


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Whatever language the page before was in."""
    with translation.override("en"):
        yield


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(RULES.rglob("*.py")):
        yield path, ast.parse(path.read_text("utf-8"))


def sentences() -> set[str]:
    """Every sentence that the rules say to people, as it stands in the source: in the call, or in a name before it."""
    found = set()
    for _, tree in trees():
        assigned = [each for each in ast.walk(tree) if isinstance(each, ast.Assign)]
        named = [
            (target.id, each.value) for each in assigned for target in each.targets if isinstance(target, ast.Name)
        ]
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "worded":
                given = next((each.value for each in call.keywords if each.arg == "desk"), call.args[0])
                meant = [value for name, value in named if isinstance(given, ast.Name) and name == given.id] or [given]
                found |= {
                    each.value for each in meant if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    return {each for each in found if re.search("[a-z]", PART.sub("", each))}


@pytest.mark.parametrize("language", ["ar", "fr", "es"])
def test_every_sentence_of_the_rules_is_in_every_catalogue_with_parts_that_it_has(language: str) -> None:
    asked = sentences()
    assert len(asked) > 100
    assert asked - set(messages(language)) == set()
    with translation.override(language):
        for sentence in asked:
            translated = translation.gettext(sentence)
            assert translated != sentence
            assert set(PART.findall(translated)) <= set(PART.findall(sentence)), translated


def test_no_rule_refuses_a_person_with_a_text_that_cannot_be_told_otherwise() -> None:
    bare = [
        f"{path.name}:{call.lineno}"
        for path, tree in trees()
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in REFUSALS
        if call.args and isinstance(call.args[0], ast.Constant | ast.JoinedStr)
    ]
    assert bare == []


def test_programs_get_codes_and_people_labels() -> None:
    sentence = takes(Right.RELEASE)
    assert sentence == "This takes a lead or administrator."
    assert told(sentence) == "This takes another role: Lead, Administrator."
    arabic_labels()
    with translation.override("ar"):
        assert str(sentence) == "This takes a lead or administrator."
        assert re.search("[A-Za-z]", told(sentence)) is None


def test_names_keep_their_own_direction_and_terms_and_numbers_stand_as_people_write_them() -> None:
    parts: dict[str, Any] = {"name": "Tuwaym", "action": DecisionAction.PUBLISH, "number": 3, "fields": ["title"]}
    sentence = worded("%(name)s: %(action)s, %(number)d of %(fields)s", **parts)
    assert sentence == "Tuwaym: publish, 3 of title"
    assert told(sentence) == "Tuwaym: Publish, 3 of Title"
    with translation.override("ar"):
        assert told(sentence).startswith("\u2068Tuwaym\u2069: \u2068")
        assert told("Not translated.") == "\u2068Not translated.\u2069"


def test_a_sentence_within_a_sentence_is_told_too() -> None:
    inner = worded("propose to publish it, which takes two people.")
    outer = worded("%(record)s was not withdrawn by this: %(advice)s", record="Tuwaym", advice=inner)
    assert outer == "Tuwaym was not withdrawn by this: propose to publish it, which takes two people."
    with translation.override("fr"):
        assert told(outer) == (
            "Tuwaym n’a pas été retiré par ceci : proposez de publier la fiche, ce qui demande deux personnes."
        )


def test_refusals_with_a_place_say_where() -> None:
    with translation.override("fr"):
        assert told(Refused(Fault("/claims/0/claim", "gone", worded("It is gone meanwhile.")))) == (
            "/claims/0/claim: Cela n’existe plus."
        )
        assert told(Changed(3)).startswith("Cela a changé entre-temps (version 3)")
    assert str(Changed(3)) == "It is at version 3 now; read it again and send the change with that version."


def refused(submission: Submission, action: SubmissionAction, by: Any) -> Exception | None:
    try:
        transitions.check(submission, action, by, "Seen.")
    except (transitions.NotNow, transitions.NotAllowed) as refusal:
        return refusal
    return None


def test_every_step_that_does_not_fit_is_told_without_codes_in_arabic() -> None:
    arabic_labels()
    lead = somebody("lead")
    for state in SubmissionState:
        submission = SubmissionFactory(state=state)
        for action in SubmissionAction:
            if refusal := refused(submission, action, lead):
                with translation.override("ar"):
                    text = told(refusal).replace(str(submission.organisation), "")
                    assert re.search("[A-Za-z]", text) is None, text


def shown(answer: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_a_proposal_made_twice_is_refused_in_arabic_without_codes_and_ids(client: Client) -> None:
    arabic_labels()
    client.force_login(somebody("moderator"))
    incident = IncidentFactory(title={"en": "Killing at Tuwaym"})
    path = reverse("admin:incidents_incident_publish", args=[incident.pk])
    given = {"reason_code": "new_information", "reason": "رأيته."}
    client.post(path, given, **ARABIC)  # type: ignore[arg-type]
    decision = Decision.objects.get()
    page = shown(client.post(path, given, follow=True, **ARABIC))  # type: ignore[arg-type]
    assert "\u2068Killing at Tuwaym\u2069: هذا مقترح له من قبل" in page
    assert str(decision.public_id) not in page
    # Why the moderator may not confirm it stands beside the button.
    assert "يتطلب هذا دورًا آخر" in page
    assert "This takes" not in page


def test_a_program_is_refused_in_english_whatever_language_it_or_the_page_before_asked_for(
    api: CheckedClient, client: Client
) -> None:
    moderator = key_of(AccountRole.MODERATOR, scopes=["moderation"])
    incident = IncidentFactory()
    first = deciding.propose(DecisionAction.PUBLISH, incident, by=moderator.key.owner, reason="Seen.")
    client.force_login(somebody("moderator"))
    assert 'lang="ar"' in client.get(reverse("admin:index"), **ARABIC).content.decode()  # type: ignore[arg-type]
    body = {"action": "publish", "kind": "incident", "object_id": str(incident.public_id), "reason": "Seen."}
    answer = send(api, moderator, "POST", "/api/v1/decisions/", body, accept_language="ar")
    assert answer.status_code == 409
    assert answer.json()["detail"] == (
        f"'publish' is proposed for it already; confirm or decline {first.public_id} first."
    )
    read = send(api, moderator, "GET", f"/api/v1/decisions/{first.public_id}/", accept_language="ar")
    assert read.json()["why_not"] == "This takes a lead or administrator."


@pytest.mark.parametrize(
    ("url", "words"),
    [("http://hooks.example.org/", "لا يُستدعى إلا"), ("https://10.0.0.1/x", "اكتب اسم المضيف لا رقمه")],
)
def test_an_address_that_is_not_called_is_refused_in_arabic_beside_its_form(desk: Client, url: str, words: str) -> None:
    data = {"organisation": organisation().pk, "name": "Archive", "url": url}
    page = shown(desk.post(reverse("admin:incidents_webhook_add"), data, **ARABIC))  # type: ignore[arg-type]
    assert words in page
    assert "Write the name" not in page


def test_a_key_that_cannot_be_is_refused_in_arabic_beside_its_form(desk: Client) -> None:
    arabic_labels()
    owner = somebody("contributor")
    data = {"organisation": organisation().pk, "owner": owner.pk, "name": "Import", "scopes": ["moderation"]}
    page = shown(desk.post(reverse("admin:incidents_apikey_add"), data, **ARABIC))  # type: ignore[arg-type]
    assert f"يتجاوز ما يحق لـ\u2068{owner}\u2069" in page
    assert "is more than" not in page


def approval_refused(**changed: Any) -> Refused:
    """What stands in the way of approving what was fit when it was sent."""
    submission = submitting.submit(sender(), tuwaym())
    moderator = person("moderator")
    moderating.act(submission, SubmissionAction.CLAIM, by=moderator)
    for part in submission.parts.filter(outcome="waiting"):
        moderating.resolve(part, by=moderator, object_id=None)
    Submission.objects.filter(pk=submission.pk).update(content=submission.content | changed)
    with pytest.raises(Refused) as caught:
        moderating.act(Submission.objects.get(pk=submission.pk), SubmissionAction.APPROVE, by=moderator, reason="Two")
    return caught.value


FAULTY: dict[str, dict[str, Any]] = {
    "too long": {"claims": [tuwaym()["claims"][0] | {"quote": "q " * 2000}]},
    "missing and unknown": {"actors": [{"key": "a", "nonsense": 1}]},
    "no term": {"incident": tuwaym()["incident"] | {"kind": "nonsense"}},
    "no day": {"documents": [tuwaym()["documents"][0] | {"published_on": "1066-10-14"}]},
    "no such key": {"claims": [tuwaym()["claims"][0] | {"asserted_by": "nobody"}]},
}


@pytest.mark.parametrize("what", FAULTY)
@pytest.mark.parametrize("language", ["ar", "fr"])
def test_what_the_framework_or_a_check_words_at_approval_is_told_in_the_readers_language(
    what: str, language: str
) -> None:
    with translation.override(language):
        refused = approval_refused(**FAULTY[what])
        text = told(refused)
    for fault in refused.faults:
        assert fault.detail.isascii()  # programs get English, whoever was the first to ask
        assert fault.detail not in text
        text = text.replace(fault.pointer, "")
    if language == "ar":
        assert re.search("[A-Za-z]", text) is None, text
    else:
        assert "demandez des modifications" in text


@pytest.mark.parametrize("name", ["x" * 201, "Desk of Tuwaym"])
def test_what_is_refused_of_organisations_and_roles_is_told_in_the_readers_language(name: str) -> None:
    organisation("Desk of Tuwaym")
    arabic_labels()
    refusals: list[tuple[Any, dict[str, Any]]] = [
        (create_organisation, {"name": name}),
        (set_role, {"user": somebody("lead"), "role": "contributor"}),
    ]
    for rule, given in [*refusals, (set_role, {"user": somebody("lead"), "role": "nonsense"})]:
        with translation.override("ar"), pytest.raises(AccessRefused) as caught:
            rule(**given)
        text = str(caught.value)
        assert text.isascii()
        with translation.override("ar"):
            shown = told(caught.value).replace(name, "").replace("'nonsense'", "")
        assert re.search("[A-Za-z]", shown) is None, shown
