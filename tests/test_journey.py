"""A contributor's journey through real processes: key, dry run, bulk, corrections, two people, a webhook, a mirror.

The server is gunicorn, the worker `deliver_webhooks`, the database a file or a database of its own on PostgreSQL.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook as Signer

from tests.contributions import tuwaym, with_reference
from tests.processes import SUBMISSIONS, Site, answers, database, wait_for

ITEMS, BAD, PAGE = 300, 7, 200
PEOPLE = """
from django.contrib.auth.models import User
from incidents.models import AdminArea, Organisation
from incidents.rules.accounts.access import set_role
AdminArea.objects.create(pcode="SYR", level=0, country="SYR", names={"en": "Syria"})
ngo, desk = (Organisation.objects.create(name=name) for name in ("Seen", "Desk"))
for name, role, place in (("nadia", "contributor", ngo), ("omar", "moderator", desk), ("layla", "lead", desk)):
    set_role(user=User.objects.create_user(name), role=role, organisation=place)
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("journey")
    with database(folder) as url:
        site = Site(url, folder)
        site.migrate()
        site.manage("load_vocabularies")
        site.manage("shell", "-c", PEOPLE)
        site.serve("--threads", "4", "--graceful-timeout", "5", "--timeout", "120")
        site.start("manage.py", "deliver_webhooks")
        try:
            wait_for(lambda: answers(site.address), 60, site)
            yield site
        finally:
            site.stop()


class Receiver:
    """A webhook receiver of the organisation, which checks every signature."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.refused: list[str] = []
        self.secret = ""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    event = Signer(outer.secret).verify(body, dict(self.headers))
                except Exception as error:  # noqa: BLE001 -- whatever is wrong with it is the test's to see
                    outer.refused.append(repr(error))
                else:
                    outer.events.append({"id": self.headers["webhook-id"], **event})
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def client_with(site: Site, organisation: str, owner: str, *scopes: str) -> httpx.Client:
    given = [part for scope in scopes for part in ("--scope", scope)]
    key = site.manage("create_key", "--organisation", organisation, "--owner", owner, "--name", "journey", *given)
    return httpx.Client(base_url=site.address, headers={"Authorization": f"Bearer {key}"}, timeout=300)


def items() -> list[dict[str, Any]]:
    """Many incidents, of which some cannot be taken."""
    found = []
    for number in range(ITEMS):
        content = with_reference(f"incident-{number}")
        content["incident"]["title"] = {"en": f"Killing of villagers, report {number}"}
        content["claims"][0]["value"] = 20 + number
        if number in range(5, 43 * BAD, 43):
            content["claims"][0]["measure"] = "kiled"
        found.append(content)
    return found


def mirror(site: Site) -> dict[str, Any]:
    """The record as somebody keeps it who follows /changes/ from the beginning."""
    kept: dict[str, Any] = {}
    after = 0
    with httpx.Client(base_url=site.address, timeout=60) as client:
        while True:
            page = client.get("/api/v1/changes/", params={"after": after, "limit": PAGE}).json()
            for row in page["results"]:
                if row["operation"] in {"withdraw", "merge"}:
                    kept.pop(f"{row['kind']}s/{row['id']}", None)
                elif row["document"] is not None:
                    kept[f"{row['kind']}s/{row['id']}"] = row["document"]
            if not page["results"]:
                return kept
            after = page["results"][-1]["seq"]


def listed(site: Site, resource: str) -> dict[str, Any]:
    """The same as the lists of the API have it."""
    found: dict[str, Any] = {}
    with httpx.Client(base_url=site.address, timeout=60) as client:
        url: str | None = f"/api/v1/{resource}/?limit={PAGE}"
        while url:
            page = client.get(url).json()
            found |= {f"{resource}/{row['id']}": row for row in page["results"]}
            url = page["next"]
    return found


def decide(client: httpx.Client, action: str, ids: list[str], reason: str) -> None:
    answer = client.post(f"{SUBMISSIONS}actions/", json={"action": action, "ids": ids, "reason": reason})
    assert answer.status_code == 200, answer.text
    wrong = [row for row in answer.json()["results"] if row["problem"]]
    assert wrong == []


def send_many(ngo: httpx.Client) -> list[str]:
    """Send them at once, mend those that are wrong and send these under their own ids; the ids of all."""
    sent = items()
    own = {"Idempotency-Key": "night-1"}
    bulk = ngo.post(f"{SUBMISSIONS}bulk/", json={"items": sent}, headers=own)
    assert bulk.status_code == 200, bulk.text
    result = bulk.json()
    assert (result["taken"], result["refused"]) == (ITEMS - BAD, BAD)
    wrong = [row for row in result["results"] if row["id"] is None]
    assert {row["errors"][0]["pointer"] for row in wrong} == {"/claims/0/measure"}
    assert ngo.post(f"{SUBMISSIONS}bulk/", json={"items": sent}, headers=own).json() == result
    ids = [row["id"] for row in result["results"] if row["id"]]
    for row in wrong:
        content = sent[row["index"]]
        content["claims"][0]["measure"] = "killed"
        reference = content["external_reference"]
        answer = ngo.put(f"{SUBMISSIONS}by-external-id/{reference['scheme']}/{reference['key']}/", json=content)
        assert answer.status_code == 201, answer.text
        ids.append(answer.json()["id"])
    assert len(set(ids)) == ITEMS
    return ids


def check_what_was_told(site: Site, receiver: Receiver) -> None:
    """Every row of the log in order, and what became of the submissions; every signature held."""
    last = httpx.get(f"{site.address}/api/v1/changes/", params={"limit": 1}).json()["last_seq"]

    def rows() -> list[int]:
        return [event["data"]["seq"] for event in receiver.events if "seq" in event["data"]]

    wait_for(lambda: last in rows(), 120, site)
    assert receiver.refused == []
    assert sorted(set(rows())) == list(range(1, last + 1))
    assert rows() == sorted(rows())
    states = {event["data"]["state"] for event in receiver.events if event["type"] == "submission.changed"}
    assert {"in_review", "approved", "published"} <= states


@pytest.mark.long
@pytest.mark.processes
@pytest.mark.timeout(600)
def test_a_contributors_journey(site: Site, receiver: Receiver) -> None:
    ngo = client_with(site, "Seen", "nadia", "submissions:read", "submissions:write", "webhooks:manage")
    omar = client_with(site, "Desk", "omar", "moderation", "submissions:read")
    layla = client_with(site, "Desk", "layla", "moderation", "submissions:read")

    # They want to be told.
    made = ngo.post("/api/v1/webhooks/", json={"name": "our archive", "url": receiver.url})
    assert made.status_code == 201, made.text
    receiver.secret = made.json()["secret"]

    # A dry run says what would come of it, and leaves nothing.
    tried = ngo.post(f"{SUBMISSIONS}?dry_run=true", json=tuwaym())
    assert (tried.status_code, tried.json()["estimates"][0]["best"]) == (200, 31)
    assert ngo.get(SUBMISSIONS).json()["results"] == []

    # Two people bring many to the public; one of them alone cannot.
    ids = send_many(ngo)
    decide(omar, "claim", ids, "")
    decide(omar, "approve", ids, "Two sources agree")
    refused = omar.post(f"{SUBMISSIONS}actions/", json={"action": "publish", "ids": ids[:1]}).json()
    assert "lead" in refused["results"][0]["problem"]
    decide(layla, "publish", ids, "New reports")
    assert len(listed(site, "incidents")) == ITEMS
    assert len(listed(site, "sources")) == 1

    # A correction of what is public goes the same way.
    first = ngo.get(f"{SUBMISSIONS}{ids[0]}/").json()["subject"]["id"]
    title, reason = {"en": "Killing of villagers of Tuwaym"}, "The village was named"
    correction = {"type": "correction", "about": first, "correction": {"changes": {"title": title}, "reason": reason}}
    corrected = ngo.post(SUBMISSIONS, json=correction).json()["id"]
    for person, action in ((omar, "claim"), (omar, "approve"), (layla, "publish")):
        decide(person, action, [corrected], reason)
    assert httpx.get(f"{site.address}/api/v1/incidents/{first}/").json()["title"] == title

    # So does a withdrawal of what should not have been public.
    last = ngo.get(f"{SUBMISSIONS}{ids[-1]}/").json()["subject"]["id"]
    asked = {"reason_code": "correction", "reason": "It is another report of the same"}
    withdrawal = ngo.post(SUBMISSIONS, json={"type": "withdrawal", "about": last, "withdrawal": asked}).json()["id"]
    for person, action in ((omar, "claim"), (omar, "approve"), (layla, "publish")):
        decide(person, action, [withdrawal], "The same report")
    assert httpx.get(f"{site.address}/api/v1/incidents/{last}/").status_code == 410

    # The webhook told all of it, and who follows the changes has what the lists have.
    check_what_was_told(site, receiver)
    kept = mirror(site)
    lists = [listed(site, resource) for resource in ("incidents", "sources", "documents", "perpetrators")]
    said = {name: row for rows in lists for name, row in rows.items()}
    # Of a perpetrator the list tells more: what is alleged, counted when it is read.
    assert kept == {name: {part: row[part] for part in kept[name]} for name, row in said.items()}
    assert len(kept) == sum(map(len, lists))
    assert any(name.startswith("perpetrators/") for name in kept)
    site.manage("verify_log")
