"""What is asked in the benchmark: the product's hot paths, and beside each what it is measured against."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from statistics import median

import psycopg

from incidents.rules.figures.questions import GROUPS
from tests.bench.alike import check_equal, check_same_content
from tests.bench.exact import differing
from tests.bench.goals import ANEW, DIFFERING, FILTERED_ANEW, SQLITE
from tests.bench.measure import Samples, Server, database_clock, peak_memory, rounds, served
from tests.bench.others import Others

FILTER = "country=MMR&date_from=2000-01-01&date_to=2015-12-31&act=killing_in_conflict"
# The settings that the README gives for production, on one worker: one client asks one thing at a time.
GUNICORN = ["--workers", "1", "--threads", "4", "--keep-alive", "75"]
# A scan of the parts: what a group-by costs without anything kept ready.
SCAN = (
    "SELECT i.month, i.country, t.sex, sum(t.low), sum(t.best), sum(t.high), count(DISTINCT t.incident_id)"
    " FROM incidents_tally t JOIN incidents_publicincident i ON i.id = t.incident_id"
    " WHERE t.measure = 'killed' AND t.of_status = 'all' AND t.dimension = '' GROUP BY 1, 2, 3"
)
ROUNDS = 6  # as many as three contenders have orders
API = "/api/v1/incidents/"
FASTAPI_LIST = "/incidents?limit=100&offset=0"
# Documents as JSON, like everybody's; and as the texts that are stored, which whoever asks has to parse once more.
DATASETTE_TEXTS = "/incidents/newest.json?_shape=arrayfirst"
DATASETTE_LIST = f"{DATASETTE_TEXTS}&_json=document"
A_MILLION = 1_000_000
GRADES = ("ungraded", *(f"ungraded,{grade}" for grade in ("confirmed", "fair", "weak", "contested")))


@dataclass
class Bench:
    """The servers, the database, and what was measured: numbers by name, seconds unless the name says otherwise."""

    address: str
    product: Server
    limit: Server
    raw: Server
    plain: Server
    cpu: Callable[[], float]
    requests: int
    key: str
    others: Others | None
    found: dict[str, float] = field(default_factory=dict)

    def ask(self, name: str, requests: int = 0, /, **contenders: tuple[Server, str]) -> dict[str, Samples]:
        """Measure contenders with one question in turn, and note the median and the processor time of each."""
        asked: dict[str, tuple[Server, str, Mapping[str, str]]] = {
            each: (server, path, {}) for each, (server, path) in contenders.items()
        }
        samples = rounds(asked, self.cpu, number=ROUNDS, requests=requests or self.requests)
        for each, sample in samples.items():
            self.found[f"{name} {each}"] = sample.seconds
            self.found[f"{name} {each} cpu"] = sample.cpu_seconds
        return samples


@contextmanager
def bench(address: str, requests: int, key: str, others: Others | None = None) -> Iterator[Bench]:
    """The four servers over one database and a key that the product takes; others that are asked beside them."""
    with (
        served("product", "config.wsgi", address, GUNICORN) as product,
        served("limit", "tests.bench.rivals:limit", address, GUNICORN, probe="/list") as limit,
        served("raw", "tests.bench.rivals:raw", address, GUNICORN, probe="/list") as raw,
        served("plain", "tests.bench.rivals:plain", address, GUNICORN, probe="/list/") as plain,
    ):
        yield Bench(address, product, limit, raw, plain, database_clock(address), requests, key, others)


def measure(running: Bench, *, exact: int) -> dict[str, float]:
    """Ask everything, and so many random totals against the exported documents.

    Raises AssertionError where product and contenders do not say the same.
    """
    _check_lists(running)
    running.found["start-up"] = running.product.seconds_to_serve
    _lists(running)
    _codings(running)
    _details(running)
    _feed(running)
    _victims(running)
    _others(running)
    _exports(running)
    if exact:
        running.found[DIFFERING] = len(differing(running.product, running.address, exact))
    return running.found


def _check_lists(running: Bench) -> None:
    product, plain = running.product.get(API).read(), running.plain.get("/list/").read()
    check_same_content(product, plain)
    if running.others:
        fastapi = json.loads(running.others.fastapi.get(FASTAPI_LIST).read())
        check_equal("FastAPI", fastapi["data"], json.loads(plain)["results"])
        documents = json.loads(running.others.datasette.get(DATASETTE_LIST).read())
        check_equal("Datasette", documents, json.loads(product)["results"])
        texts = json.loads(running.others.datasette.get(DATASETTE_TEXTS).read())
        check_equal("Datasette", [json.loads(text) for text in texts], documents)


def _lists(running: Bench) -> None:
    few = max(2, running.requests // 5)
    running.ask(
        "list",
        product=(running.product, API), limit=(running.limit, "/list"), raw=(running.raw, "/list"),
    )  # fmt: skip
    peers = {"product": (running.product, API), "plain": (running.plain, "/list/")}
    if running.others:
        peers["fastapi"] = (running.others.fastapi, FASTAPI_LIST)
        running.ask(
            "list beside",
            product=(running.product, API), datasette=(running.others.datasette, DATASETTE_LIST),
            datasette_texts=(running.others.datasette, DATASETTE_TEXTS),
        )  # fmt: skip
    running.ask("list peer", few, **peers)
    running.ask(
        "filtered",
        product=(running.product, f"{API}?{FILTER}"), limit=(running.limit, f"/filtered?{FILTER}"),
        raw=(running.raw, f"/filtered?{FILTER}"),
    )  # fmt: skip
    running.ask(
        "filtered peer", few,
        product=(running.product, f"{API}?{FILTER}"), plain=(running.plain, f"/filtered/?{FILTER}"),
    )  # fmt: skip
    _keyed(running)
    running.ask("pages", product_first=(running.product, API), product_last=(running.product, _last_page(running)))


def _keyed(running: Bench) -> None:
    """The list again, for somebody who comes with a key: who that is, and what is left to the key, is looked up."""
    contenders: dict[str, tuple[Server, str, Mapping[str, str]]] = {
        "product": (running.product, API, {"Authorization": f"Bearer {running.key}"}),
        "nobody": (running.product, API, {}),
        "limit": (running.limit, "/list", {}),
    }
    for each, sample in rounds(contenders, running.cpu, number=ROUNDS, requests=running.requests).items():
        running.found[f"list with a key {each}"] = sample.seconds
        running.found[f"list with a key {each} cpu"] = sample.cpu_seconds


def _codings(running: Bench) -> None:
    """What each coding costs on a list, and how many bytes are left."""
    contenders: dict[str, tuple[Server, str, Mapping[str, str]]] = {
        coding: (running.product, API, {"Accept-Encoding": coding}) for coding in ("identity", "zstd", "br", "gzip")
    }
    for coding, sample in rounds(contenders, running.cpu, number=ROUNDS, requests=running.requests).items():
        running.found[f"list {coding}"] = sample.seconds
        running.found[f"list {coding} cpu"] = sample.cpu_seconds
        running.found[f"list {coding} bytes"] = len(sample.body)


def _last_page(running: Bench) -> str:
    """The page behind the oldest hundred and one incidents: the first page in the other direction, then back."""
    answer = running.product.get("/api/v1/incidents/?ordering=date&limit=100")
    oldest = json.loads(answer.read())
    answer = running.product.get(_path(oldest["next"]))
    back = json.loads(answer.read())["previous"]
    return _path(back) if back else "/api/v1/incidents/?ordering=date"


def _path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


def _details(running: Bench) -> None:
    with psycopg.connect(running.address) as connection:
        row = connection.execute("SELECT public_id FROM incidents_publicincident ORDER BY seq DESC LIMIT 1").fetchone()
    key = row[0] if row else ""
    path = f"/api/v1/incidents/{key}/"
    tag = running.product.get(path)
    tag.read()
    contenders: dict[str, tuple[Server, str, dict[str, str]]] = {
        "product": (running.product, path, {}),
        "product 304": (running.product, path, {"If-None-Match": tag.headers["ETag"]}),
        "limit": (running.limit, f"/{key}", {}),
        "raw": (running.raw, f"/{key}", {}),
        "plain": (running.plain, f"/{key}/", {}),
    }
    for name, sample in rounds(contenders, running.cpu, number=ROUNDS, requests=running.requests).items():
        running.found[f"detail {name}"] = sample.seconds
        running.found[f"detail {name} cpu"] = sample.cpu_seconds


def _feed(running: Bench) -> None:
    with psycopg.connect(running.address) as connection:
        row = connection.execute("SELECT max(seq) FROM incidents_publication").fetchone()
    head = row[0] if row else 0
    few = max(2, running.requests // 5)
    after = max(0, head - 1000)
    running.ask(
        "feed", few,
        product=(running.product, f"/api/v1/changes/?after={after}&limit=1000"),
        limit=(running.limit, f"/feed?after={after}"),
    )  # fmt: skip
    before = running.cpu()
    for _ in range(200):
        running.product.get(f"/api/v1/changes/?after={head}").read()
    running.found["empty poll database cpu"] = (running.cpu() - before) / 200


def _victims(running: Bench) -> None:
    api = "/api/v1/victims/"
    few = max(2, running.requests // 5)
    questions = {
        "everything": "",
        "month country sex": "?group_by=month,country,sex&date_from=1989-01-01",
        "perpetrator": "?group_by=perpetrator&country=MMR",
        "adm1": "?group_by=adm1&country=MMR",
        "filtered": "?country=MMR&date_from=2010-01-01&date_to=2015-12-31",
        "days": "?country=MMR&date_from=2010-01-05&date_to=2015-12-11",
        "place": "?place=MMR012&date_from=2010-01-01&date_to=2012-12-31",
        **{f"by {group}": f"?group_by={group}" for group in GROUPS},
    }
    for name, query in questions.items():
        running.ask(f"victims {name}", few, product=(running.product, api + query))
    # Asked for the first time after a publication it is counted: no two of these are the same question.
    anew = {
        name: [f"{query}{'&' if query else '?'}grade={grade}" for grade in GRADES] for name, query in questions.items()
    }
    orders = ("country,month,sex", "sex,month,country", "month,sex,country")
    anew["of everything by month country sex"] = [f"?group_by={order}" for order in orders]
    for name, queries in anew.items():
        took = []
        for query in queries:
            started = time.perf_counter()
            answer = running.product.get(api + query)
            body = answer.read()
            took.append(time.perf_counter() - started)
            if answer.status != HTTPStatus.OK:
                raise AssertionError(f"{query} answered {answer.status}: {body[:300]!r}")
        running.found[f"victims {name} counted"] = median(took)
    with psycopg.connect(running.address) as connection:
        took = []
        for _ in range(3):
            started = time.perf_counter()
            connection.execute(SCAN).fetchall()
            took.append(time.perf_counter() - started)
        (incidents,) = connection.execute("SELECT count(*) FROM incidents_publicincident").fetchone() or (0,)
    running.found["victims scan"] = min(took)
    # The goal speaks of a million: of few a scan is over before a request is read.
    if incidents >= A_MILLION:
        running.found[ANEW] = running.found["victims of everything by month country sex counted"]
        running.found[FILTERED_ANEW] = running.found["victims filtered counted"]


def _others(running: Bench) -> None:
    few = max(2, running.requests // 5)
    for name, path in {
        "search English": "/api/v1/incidents/?q=Rakhine",
        "search Arabic": "/api/v1/incidents/?q=%D8%AF%D9%85%D8%B4%D9%82",
        "perpetrators": "/api/v1/perpetrators/",
        "investigations": "/api/v1/investigations/",
        "places": "/api/v1/places/?country=SYR",
    }.items():
        running.ask(name, few, product=(running.product, path))


def _exports(running: Bench) -> None:
    with psycopg.connect(running.address) as connection:
        started = time.perf_counter()
        lines = 0
        with connection.cursor().copy("COPY (SELECT document FROM incidents_publicincident) TO STDOUT") as copy:
            for block in copy:
                lines += bytes(block).count(b"\n")
        running.found["export copy"] = time.perf_counter() - started
        connection.execute("CREATE TEMP TABLE copied (document text)")
        sample = connection.execute("SELECT document FROM incidents_publicincident LIMIT 20000").fetchall()
        started = time.perf_counter()
        with connection.cursor().copy("COPY copied FROM STDIN") as copy:
            for row in sample:
                copy.write_row(row)
        running.found["copy from per second"] = len(sample) / (time.perf_counter() - started)
    before = peak_memory(running.product.process.pid)
    started = time.perf_counter()
    answer = running.product.get("/api/v1/incidents/?format=ndjson")
    served_lines, last = 0, b""
    while block := answer.read(1 << 20):
        served_lines += block.count(b"\n")
        last = block[-200:]
    running.found["export product"] = time.perf_counter() - started
    running.found["export memory bytes"] = peak_memory(running.product.process.pid) - before
    if served_lines != lines + 1 or b'"_end":true' not in last.replace(b" ", b""):
        raise AssertionError(f"The export has {served_lines - 1} documents and the table {lines}.")


def ask_sqlite(running: Bench, small: Server) -> None:
    """The same reads of a SQLite database and of the PostgreSQL one, and the slowest by comparison."""
    # The server may have closed what was not used while the other database was filled; asked, it opens another.
    running.product.connection.close()
    paths = {server.name: _reads(server) for server in (running.product, small)}
    ratios = []
    for name in paths[small.name]:
        contenders: dict[str, tuple[Server, str, Mapping[str, str]]] = {
            server.name: (server, paths[server.name][name], {}) for server in (running.product, small)
        }
        asked = rounds(contenders, running.cpu, number=ROUNDS, requests=max(2, running.requests // 2))
        ratios.append(asked[small.name].seconds / asked[running.product.name].seconds)
        running.found[f"sqlite {name}: times PostgreSQL"] = ratios[-1]
    running.found[SQLITE] = max(ratios)


def _reads(server: Server) -> dict[str, str]:
    """Reads by name, with the ids and numbers that this server has."""
    newest = json.loads(server.get("/api/v1/incidents/?limit=1").read())["results"][0]["id"]
    last = json.loads(server.get("/api/v1/changes/?limit=1").read())["last_seq"]
    return {
        "list": "/api/v1/incidents/",
        "filtered list": f"/api/v1/incidents/?{FILTER}",
        "detail": f"/api/v1/incidents/{newest}/",
        "feed": f"/api/v1/changes/?after={max(0, last - 1000)}&limit=1000",
        "victims": "/api/v1/victims/?group_by=year",
        "search": "/api/v1/incidents/?q=Rakhine",
    }
