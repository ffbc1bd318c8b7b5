"""What every resource promises, tested by walking the registry."""

from typing import Any

import pytest
from django.views import View

from incidents.api.operations import Operation
from incidents.api.parameters import Code, Many
from incidents.api.v1 import RESOURCES
from tests.contract.surface import ALL, FIXED, LISTS, ORDERED, Door
from tests.contract.validation import CheckedClient

HOSTILE = [
    "%00", "a%00b", "%ff", "%ED%A0%80", "1e30", "10000000000000000000000000000000", "NaN", "-1", "Infinity",
    "0000-00-00", "9999-12-31", "null", "%2B", "'", "%25", "()", "a,b,c", ",", "%D9%A1", "..%2F", "%F0%9F%92%A3",
    "x" * 5000,
]  # fmt: skip
# An example is right and yet refused without another parameter, or the format, that belongs to it.
NOT_ALONE = {"needs_near", "required", "contradiction", "not_in_this_format"}


def problem(answer: Any, parameter: str) -> dict[str, Any]:
    """The error about one parameter."""
    assert answer.status_code == 400, answer.content
    found: dict[str, Any] = next(error for error in answer.json()["errors"] if error["parameter"] == parameter)
    return found


@pytest.mark.parametrize("door", FIXED, ids=str)
def test_it_works(api: CheckedClient, founding_case: None, db: None, door: Door) -> None:
    answer = api.get(door.address)
    assert answer.status_code == 200, answer.content


@pytest.mark.parametrize("door", ALL, ids=str)
def test_an_unknown_parameter_is_named_with_the_nearest_known_one(api: CheckedClient, db: None, door: Door) -> None:
    error = problem(api.get(door.address, {"limitt": "3"}), "limitt")
    assert error["code"] == "unknown_parameter"
    if "limit" in door.operation.known:
        assert "did you mean limit? Example: limit=" in error["detail"]


@pytest.mark.parametrize("door", ALL, ids=str)
def test_a_repeated_parameter_is_refused_where_it_takes_one_value(api: CheckedClient, db: None, door: Door) -> None:
    for name, parameter in door.operation.known.items():
        if name != "format" and not isinstance(parameter, Many):
            assert problem(api.get(f"{door.address}?{name}=1&{name}=2"), name)["code"] == "repeated"


@pytest.mark.parametrize("door", ALL, ids=str)
def test_an_empty_parameter_is_refused(api: CheckedClient, db: None, door: Door) -> None:
    for name in door.operation.known:
        if name != "format":
            assert problem(api.get(f"{door.address}?{name}="), name)["code"] == "empty"


@pytest.mark.parametrize("door", ALL, ids=str)
def test_no_value_of_any_parameter_is_a_server_error(api: CheckedClient, db: None, door: Door) -> None:
    for name in door.operation.known:
        for value in HOSTILE:
            answer = api.get(f"{door.address}?{name}={value}")
            assert answer.status_code < 500, (name, value)


@pytest.mark.parametrize("door", ALL, ids=str)
def test_every_parameter_has_an_example_that_is_accepted(
    api: CheckedClient, gazetteer: None, founding_case: None, db: None, door: Door
) -> None:
    for name, parameter in door.operation.known.items():
        if parameter.example:
            answer = api.get(door.address, {name: parameter.example})
            refused = [] if answer.status_code != 400 else [e["parameter"] for e in answer.json()["errors"]]
            codes = [] if answer.status_code != 400 else [e["code"] for e in answer.json()["errors"]]
            assert name not in refused or set(codes) <= NOT_ALONE, answer.content


@pytest.mark.parametrize("door", LISTS, ids=str)
@pytest.mark.parametrize("limit", ["0", "1001", "-1", "1.5", "ten", "10000000000000000000000"])
def test_a_limit_out_of_bounds_is_refused_not_cut(api: CheckedClient, db: None, door: Door, limit: str) -> None:
    assert "from 1 to 1000. Example: limit=100." in problem(api.get(door.address, {"limit": limit}), "limit")["detail"]


@pytest.mark.parametrize("door", LISTS, ids=str)
@pytest.mark.parametrize("cursor", ["garbage", "WyJzZXEiXQ:abc", "a b", "%2500", "::::"])
def test_a_cursor_that_was_not_given_out_is_refused(api: CheckedClient, db: None, door: Door, cursor: str) -> None:
    error = problem(api.get(f"{door.address}?cursor={cursor}"), "cursor")
    assert error["code"] == "bad_cursor"
    assert "Example: /api/v1/" in error["detail"]


@pytest.mark.parametrize("door", ORDERED, ids=str)
def test_every_ordering_works_and_no_other(api: CheckedClient, founding_case: None, db: None, door: Door) -> None:
    ordering = door.operation.known["ordering"]
    assert isinstance(ordering, Code)
    for allowed in ordering.allowed:
        everything = api.get(door.address, {"ordering": allowed}).json()["results"]
        turned = api.get(door.address, {"ordering": allowed[1:] if allowed[0] == "-" else f"-{allowed}"}).json()
        assert [each["id"] for each in everything] == [each["id"] for each in reversed(turned["results"])]
    assert problem(api.get(door.address, {"ordering": "document"}), "ordering")["code"] == "not_a_choice"


@pytest.mark.parametrize("door", LISTS, ids=str)
def test_pages_forward_and_back_hold_everything_once(
    api: CheckedClient, founding_case: None, db: None, door: Door
) -> None:
    if door.varies:
        return
    everything = [_key(each) for each in api.get(door.address, {"limit": "1000"}).json()["results"]]
    page: dict[str, Any] = api.get(door.address, {"limit": "3", "count": "exact"}).json()
    found: list[Any] = []
    last: dict[str, Any] | None = None
    assert page["count"] == len(everything)
    assert page["previous"] is None
    while page:
        found += [_key(each) for each in page["results"]]
        last, page = page, api.get(page["next"]).json() if page["next"] else {}
    assert found == everything
    back: list[Any] = []
    while last:
        back = [_key(each) for each in last["results"]] + back
        last = api.get(last["previous"]).json() if last["previous"] else None
    assert back == everything


@pytest.mark.parametrize("door", ALL, ids=str)
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_method_that_is_not_known_is_405_with_allow(api: CheckedClient, db: None, door: Door, method: str) -> None:
    answer = getattr(api, method)(door.address, data="[" * 100_000, content_type="application/json")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD, OPTIONS"
    assert answer.json()["type"] == "urn:hid:problem:method-not-allowed"


@pytest.mark.parametrize("door", FIXED, ids=str)
def test_head_says_what_get_says_without_a_body(api: CheckedClient, founding_case: None, db: None, door: Door) -> None:
    got, headed = api.get(door.address), api.head(door.address)
    assert headed.status_code == got.status_code
    assert headed.content == b""
    assert headed["Content-Length"] == str(len(got.content))
    assert headed["Content-Type"] == got["Content-Type"]


@pytest.mark.parametrize("door", ALL, ids=str)
def test_options_names_the_methods(api: CheckedClient, db: None, door: Door) -> None:
    answer = api.options(door.address)
    assert (answer.status_code, answer["Allow"], answer.content) == (204, "GET, HEAD, OPTIONS", b"")


@pytest.mark.parametrize("door", [door for door in ALL if door.varies], ids=str)
def test_what_is_not_there_is_404(api: CheckedClient, db: None, door: Door) -> None:
    answer = api.get(door.address)
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:hid:problem:not-found"


@pytest.mark.parametrize("door", FIXED, ids=str)
@pytest.mark.parametrize(
    ("accept", "status"),
    [("application/problem+json", 200), ("*/*", 200), ("text/html", 406), ("rubbish", 406), ("image/*;q=0", 406)],
)
def test_accept_is_lenient_to_problems_and_strict_to_the_rest(
    api: CheckedClient, founding_case: None, db: None, door: Door, accept: str, status: int
) -> None:
    answer = api.get(door.address, headers={"accept": accept})
    assert answer.status_code == status
    expected = "application/json" if status == 200 else "application/problem+json"
    assert answer["Content-Type"] == expected


@pytest.mark.parametrize("door", [door for door in ALL if door.operation.conditional and door.varies], ids=str)
def test_an_etag_is_answered_304(api: CheckedClient, founding_case: None, db: None, door: Door) -> None:
    address = _of_something(api, door)
    answer = api.get(address)
    assert answer.status_code == 200, answer.content
    etag = answer["ETag"]
    assert etag.startswith('"')
    for given in (etag, f'"x", {etag}', f"W/{etag}", "*"):
        again = api.get(address, headers={"if-none-match": given})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert api.get(address, headers={"if-none-match": '"other"'}).status_code == 200


@pytest.mark.parametrize("door", [door for door in ALL if door.operation.sparse], ids=str)
def test_fields_and_omit_shrink_documents(api: CheckedClient, founding_case: None, db: None, door: Door) -> None:
    address = _of_something(api, door)

    def members(**chosen: str) -> set[str]:
        answer = api.get(address, chosen).json()
        return set(answer["results"][0] if "results" in answer else answer)

    everything = members()
    one = next(iter(everything - {"id"}))
    assert members(fields=one) == {"id", one}
    assert members(omit=one) == everything - {one}
    assert problem(api.get(address, {"fields": one, "omit": one}), "omit")["code"] == "contradiction"
    assert "did you mean version" in problem(api.get(address, {"fields": "verison"}), "fields")["detail"] or (
        "version" not in everything
    )


def test_operations_are_declared_with_what_readers_need() -> None:
    silent: list[Operation] = [door.operation for door in ALL if not door.operation.summary]
    assert silent == []


def _of_something(api: CheckedClient, door: Door) -> str:
    """The address with a thing that exists in place of the one that does not."""
    if not door.varies:
        return door.address
    base = f"/api/v1/{door.resource.resource}/"
    first = api.get(base).json()["results"][0]
    return base + door.operation.path.replace("<uuid:id>", str(first.get("id"))).replace(
        "<str:pcode>", str(first.get("pcode"))
    ).replace("<slug:name>", str(first.get("name")))


def _key(result: dict[str, Any]) -> Any:
    return result.get("id") or result.get("pcode") or result.get("seq")


def test_no_operation_is_named_like_a_method_of_http() -> None:
    """A view finds its methods by name: one called put would answer PUT at every address of its resource."""
    names = {name for resource in RESOURCES.values() for name in resource.operations}
    assert names & set(View.http_method_names) == set()
