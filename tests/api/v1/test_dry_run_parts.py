"""A dry run says of each thing that is sent what then becomes of it, and nothing of what the desk did not publish."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from incidents.models import Attribution, Claim, Document, Incident, IncidentAct, InvestigationEvent, SubmissionPart
from tests.api.v1.test_submission_versions import BOTH, PUT, URL, desk, publish
from tests.api.v1.test_submissions import Caller
from tests.contract.validation import CheckedClient
from tests.contributions import TUWAYM, country, tuwaym
from tests.factories import AdminAreaFactory
from tests.keys import key_of, organisation

pytestmark = pytest.mark.django_db

NAMED = {"source", "actor", "place"}
Content = dict[str, Any]


@pytest.fixture
def ngo(api: CheckedClient) -> Caller:
    country()
    return Caller(api, key_of(scopes=BOTH))


def parts(answer: Any) -> dict[str, tuple[str, str, str | None]]:
    assert answer.status_code in {200, 201}, answer.content
    told = answer.json()["parts"]
    assert len({each["pointer"] for each in told}) == len(told)
    return {each["pointer"]: (each["kind"], each["outcome"], each["object_id"]) for each in told}


def sent(ngo: Caller, content: Content) -> str:
    """Send it and have it published; its address."""
    answer = ngo.send("PUT", PUT, content) if "external_reference" in content else ngo.post(URL, content)
    publish(ngo.api, answer)
    return f"{URL}{answer.json()['id']}/"


def rest(found: dict[str, Any], known: set[str | None]) -> dict[str, Any]:
    """Without names and places, and without the ids of what was made only when it was entered."""
    return {
        pointer: (kind, outcome, key if outcome != "entered" and key in known else None)
        for pointer, (kind, outcome, key) in found.items()
        if kind not in NAMED
    }


def entry(section: str, **changed: Any) -> Content:
    found: Content = deepcopy(TUWAYM[section][0])
    return found | changed


def version(**changed: Any) -> Content:
    return tuwaym(**changed)


def with_facts(**changed: Any) -> Content:
    return tuwaym(incident=TUWAYM["incident"] | changed)


def about(content: Callable[[Incident], Content]) -> Callable[[], Content]:
    return lambda: content(Incident.objects.get())


def correction(incident: Incident) -> Content:
    place = {"country": "SYR", "text": "Tuwaym village", "precision": "settlement_unmatched"}
    gone = [{"claim": str(incident.claims.get().public_id), "reason": "Counted twice"}]
    told = {"reason": "It was the village", "changes": {"place": place}, "retractions": gone}
    return {"type": "correction", "about": str(incident.public_id), "correction": told}


def changes(incident: Incident, **said: Any) -> Content:
    told = {"reason": "It was another", "changes": said}
    return {"type": "correction", "about": str(incident.public_id), "correction": told}


def claims_on(incident: Incident) -> Content:
    names = {name: deepcopy(TUWAYM[name]) for name in ("sources", "documents", "actors", "claims", "attributions")}
    names["claims"][0]["value"] = 33
    names["documents"][0] |= {"url": "https://example.org/other"}
    return {"type": "claims", "about": str(incident.public_id), **names}


VERSIONS: dict[str, Callable[[], Content]] = {
    "the same": version,
    "other facts": lambda: with_facts(title={"en": "Killings at Tuwaym"}),
    "a higher sensitivity": lambda: with_facts(sensitivity="moderate"),
    "a higher one and other facts": lambda: with_facts(sensitivity="moderate", title={"en": "Killings at Tuwaym"}),
    "a correction of the sensitivity": about(lambda incident: changes(incident, sensitivity="moderate")),
    "of more besides": about(lambda incident: changes(incident, sensitivity="moderate", clarity="summary")),
    "an area": lambda: with_facts(place=TUWAYM["incident"]["place"] | {"areas": ["SY06"]}),
    "another figure": lambda: version(claims=[entry("claims", value=44)]),
    "one claim more": lambda: version(claims=[entry("claims"), entry("claims", key="b", status="all", value=50)]),
    "no claim": lambda: version(claims=[], attributions=None, actors=None),
    "another act": lambda: with_facts(acts=[TUWAYM["incident"]["acts"][0] | {"act": "execution_summary"}]),
    "an act proved otherwise": lambda: with_facts(
        acts=[TUWAYM["incident"]["acts"][0] | {"standard_of_proof": "reasonable_grounds"}]
    ),
    "groups": lambda: with_facts(
        targeted_groups=[
            {"ground": "religion", "group": {"en": "Alawites"}, "asserted_by": "seen", "document": "article"},
        ]
    ),
    "another document": lambda: version(documents=[entry("documents", url="https://example.org/b")]),
    "a document more": lambda: version(
        documents=[entry("documents"), entry("documents", key="b", url="https://b.org/")]
    ),
    "a document more, twice": lambda: version(
        documents=[entry("documents"), *(entry("documents", key=key, url="https://b.org/") for key in "bc")]
    ),
    "another attribution": lambda: version(attributions=[entry("attributions", extent="whole")]),
    "no attribution": lambda: version(attributions=None, actors=None),
    "a correction": about(correction),
    "claims beside it": about(claims_on),
}


@pytest.mark.parametrize("name", VERSIONS)
def test_it_is_what_then_becomes_of_each_part(ngo: Caller, name: str) -> None:
    AdminAreaFactory(pcode="SY06", country="SYR")
    first = sent(ngo, tuwaym())
    content = VERSIONS[name]()
    tried = parts(ngo.post(f"{URL}?dry_run=true", content))
    known = {key for _, _, key in (*tried.values(), *parts(ngo.send("GET", first)).values())}
    became = parts(ngo.send("GET", sent(ngo, content)))
    assert rest(tried, known) == rest(became, known)
    assert tried.keys() == became.keys()


def test_of_a_first_one_all_is_entered_under_no_id_yet(ngo: Caller) -> None:
    tried = parts(ngo.post(f"{URL}?dry_run=true", tuwaym()))
    assert {pointer: each[1:] for pointer, each in tried.items()} == {
        "/sources/0": ("kept_as_written", None),
        "/actors/0": ("kept_as_written", None),
        "/incident/place": ("kept_as_written", None),
        **dict.fromkeys(
            ("/documents/0", "/incident", "/incident/acts/0", "/claims/0", "/attributions/0"), ("entered", None)
        ),
    }
    assert not SubmissionPart.objects.exists()


def inquiry(**changed: Any) -> Content:
    facts = {
        "type": "un_coi", "names": {"en": "Commission on Tuwaym"}, "body": "seen",
        "scope": [{"incident": str(Incident.objects.get().public_id), "kind": "overlaps"}],
        "events": [{"key": "set", "kind": "established", "on": "2025-03-10", "document": "article"}],
        "deadlines": [{"due_on": "2025-06-10", "basis": "stated", "set_by": "set"}],
    }  # fmt: skip
    said = {name: deepcopy(TUWAYM[name]) for name in ("sources", "documents")}
    reference = {"scheme": "partner", "key": "commission"}
    return {"type": "investigation", "external_reference": reference, "investigation": facts | changed, **said}


INQUIRIES: dict[str, Callable[[], Content]] = {
    "another kind of scope": lambda: inquiry(
        scope=[{"incident": str(Incident.objects.get().public_id), "kind": "within"}]
    ),
    "the same": inquiry,
    "other facts": lambda: inquiry(mandate={"en": "What happened at Tuwaym"}),
    "an event more": lambda: inquiry(
        events=[
            *inquiry()["investigation"]["events"],
            {"key": "more", "kind": "extended", "on": "2025-06-01", "document": "article"},
        ],
        deadlines=[{"due_on": "2025-09-10", "basis": "stated", "set_by": "more"}],
    ),
}


def send_inquiry(ngo: Caller, content: Content) -> str:
    answer = ngo.send("PUT", f"{URL}by-external-id/partner/commission/", content)
    publish(ngo.api, answer)
    return f"{URL}{answer.json()['id']}/"


@pytest.mark.parametrize("name", INQUIRIES)
def test_so_with_events_and_deadlines_of_an_inquiry(ngo: Caller, name: str) -> None:
    sent(ngo, tuwaym())
    tried = parts(ngo.post(f"{URL}?dry_run=true", inquiry()))
    assert {each[:2] for each in tried.values() if each[0] not in NAMED} == {
        *((kind, "entered") for kind in ("investigation", "event", "deadline", "scope")),
        ("document", "entered"),
    }
    first = send_inquiry(ngo, inquiry())
    content = INQUIRIES[name]()
    tried = parts(ngo.post(f"{URL}?dry_run=true", content))
    known = {key for _, _, key in parts(ngo.send("GET", first)).values()}
    became = parts(ngo.send("GET", send_inquiry(ngo, content)))
    assert rest(tried, known) == rest(became, known)
    assert tried.keys() == became.keys()


EDITS: dict[str, Callable[[], Any]] = {
    "a title": lambda: Incident.objects.update(title={"en": "Killings at Tuwaym"}),
    "a claim that is gone": lambda: [Attribution.objects.all().delete(), Claim.objects.all().delete()],
    "an area": lambda: Incident.objects.get().areas.add(AdminAreaFactory(pcode="SY06", country="SYR")),
    "a retraction": lambda: Claim.objects.update(
        retracted_at="2025-04-01T00:00Z", retracted_by="desk", retraction_reason="Wrong"
    ),
    "no attribution": lambda: Attribution.objects.all().delete(),
    "no act": lambda: IncidentAct.objects.all().delete(),
    "an act as it will be sent": lambda: IncidentAct.objects.update(act="execution_summary"),
    "a document that says the same": lambda: Document.objects.create(
        **{name: getattr(Document.objects.get(), name) for name in ("publisher", "type", "title", "published_on")},
        url="https://example.org/other",
    ),
    "no event": lambda: InvestigationEvent.objects.filter(document__isnull=True).update(note="Seen"),
}


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("name", ["the same", "other facts", "another act", "a correction", "claims beside it"])
def test_what_the_desk_did_and_did_not_publish_changes_nothing_of_it(ngo: Caller, name: str, edit: str) -> None:
    """Whoever sends guesses would otherwise learn it."""
    sent(ngo, tuwaym())
    content = VERSIONS[name]()
    before = ngo.post(f"{URL}?dry_run=true", content)
    EDITS[edit]()
    after = ngo.post(f"{URL}?dry_run=true", content)
    assert before.status_code == 200, before.content
    assert after.content == before.content


def test_of_many_each_has_its_estimates_and_no_parts(ngo: Caller) -> None:
    answer = ngo.post(f"{URL}bulk/?dry_run=true", {"items": [tuwaym()]})
    assert answer.status_code == 200, answer.content
    (item,) = answer.json()["results"]
    assert item["estimates"]
    assert "parts" not in item


@pytest.mark.parametrize("guess", ["Killings at Tuwaym", "Another guess"])
def test_that_the_desk_says_so_already_is_not_told_once_it_is_approved_either(ngo: Caller, guess: str) -> None:
    sent(ngo, tuwaym())
    Incident.objects.update(title={"en": "Killings at Tuwaym"})
    told = {"reason": "It has a name", "changes": {"title": {"en": guess}}}
    about = str(Incident.objects.get().public_id)
    other = Caller(ngo.api, key_of(organisation=organisation("Another"), scopes=BOTH))
    answer = other.post(URL, {"type": "correction", "about": about, "correction": told})
    where = f"{URL}{answer.json()['id']}/"
    moderator = Caller(ngo.api, desk())
    for action in ("claim", "approve"):
        body = {"action": action, "reason": "Two sources"}
        assert moderator.send("POST", f"{where}actions/", body, if_match="*").status_code == 200
    assert parts(other.send("GET", where)) == {"/correction/changes": ("incident", "changed", about)}
