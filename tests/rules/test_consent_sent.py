"""A document sent again with a stricter consent: refused, since it would hide nothing of the one that is public."""

from typing import Any

import pytest

from incidents.models import Document, PublicationBody, PublicDocument
from incidents.rules.publication.protecting import protect
from incidents.rules.refusals import Fault, Refused
from incidents.rules.submissions import submitting
from tests.contributions import publish_version, sender, tuwaym, with_reference

pytestmark = pytest.mark.django_db


def hidden(content: dict[str, Any], **document: Any) -> dict[str, Any]:
    content["documents"][0] |= document
    return content


def refusal(by: submitting.Sender, content: dict[str, Any], take: Any = submitting.submit) -> Fault:
    with pytest.raises(Refused) as refused:
        take(by, content)
    assert len(refused.value.faults) == 1
    return refused.value.faults[0]


@pytest.mark.parametrize("consent", ["withdrawn", "none", "partners"])
def test_a_new_version_that_withdraws_a_consent_is_told_to_ask_the_desk(consent: str) -> None:
    publish_version(tuwaym(), by := sender())
    for take in (submitting.submit, submitting.trial):
        fault = refusal(by, hidden(tuwaym(), consent=consent), take)
        assert fault.pointer == "/documents/0/consent"
        assert "ask the desk to change its consent" in fault.detail


def test_so_is_one_that_is_not_to_be_public_and_one_without_its_title_or_address() -> None:
    publish_version(tuwaym(), by := sender())
    assert refusal(by, hidden(tuwaym(), public=False)).pointer == "/documents/0/public"
    no_address = hidden(tuwaym(), consent="none")
    del no_address["documents"][0]["url"]
    assert refusal(by, no_address).pointer == "/documents/0/consent"
    nothing = hidden(tuwaym(), consent="none")
    for name in ("url", "title", "published_on"):
        del nothing["documents"][0][name]
    assert refusal(by, nothing).pointer == "/documents/0/consent"


def test_so_is_the_document_under_another_reference_or_from_another_organisation() -> None:
    publish_version(tuwaym(), by := sender())
    other = with_reference("other", sources=None)
    assert PublicDocument.objects.count() == 1
    publisher = str(Document.objects.get().publisher.public_id)
    for each in (by, sender("Another")):
        content = hidden({**other, "sources": []}, consent="none", publisher=publisher)
        for place in (content["incident"]["acts"], content["claims"], content["attributions"]):
            place[0]["asserted_by"] = publisher
        assert refusal(each, content).pointer == "/documents/0/consent"


def test_another_document_under_the_same_key_may_be_kept_from_the_public() -> None:
    publish_version(tuwaym(), by := sender())
    another = hidden(tuwaym(), consent="none", url="https://example.org/testimony", title={"en": "What we were told"})
    submission = publish_version(another, by)
    assert submission.state == "published"
    assert not PublicationBody.objects.filter(document__contains="What we were told").exists()


def test_once_the_desk_has_hidden_it_it_is_sent_again_as_it_is_now() -> None:
    publish_version(tuwaym(), by := sender())
    document = Document.objects.get()
    document.consent = "withdrawn"
    document.save()
    protect(document)
    publish_version(hidden(tuwaym(), consent="withdrawn"), by)
    assert Document.objects.get() == document
    assert not PublicationBody.objects.filter(document__contains="https://example.org/coast").exists()
