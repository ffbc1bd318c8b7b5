"""Every registered page of the admin: list, search, filters, empty form, filled form, history.

Each is opened with three rows and with twelve; the queries must not be more.
"""

from collections.abc import Callable, Iterator
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteMixin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoDbBlocker

from incidents.admin import labels, model_labels
from tests.admin.rows import CHILDREN, add_children, come_of_publishing, make_rows, publish_some
from tests.factories import UserFactory
from tests.sharing import made_once

FEW, MANY = 3, 12
BIG = {"Source", "Document", "Incident", "Claim", "Actor", "AdminArea", "Investigation"}
pytestmark = [pytest.mark.django_db, pytest.mark.long, pytest.mark.once]
REGISTERED = {
    model.__name__: page for model, page in admin.site._registry.items() if model._meta.app_label == "incidents"
}
PUBLISHED = sorted(name for name in REGISTERED if come_of_publishing(name))
each_page = pytest.mark.parametrize("name", sorted(REGISTERED))


def address(page: Any, view: str, *args: Any) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_{view}", args=args)


def first(name: str) -> Model:
    rows = make_rows(name, 1)
    return rows[0]


def queries(client: Client, path: str) -> tuple[int, str]:
    """How many queries a page takes, and which."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured), "\n".join(query["sql"][:300] for query in captured.captured_queries)


def same_number(client: Client, path: str, grow: Callable[[], object]) -> None:
    """The queries of a page do not grow with its rows."""
    client.get(path)  # content types and labels are kept after the first time
    few, _ = queries(client, path)
    grow()
    many, sql = queries(client, path)
    if many > few:  # what is new, such as a label, is kept after the first time
        many, sql = queries(client, path)
    not_more(few, many, sql)


def not_more(few: int, many: int, sql: str) -> None:
    assert many <= few, f"{few} queries became {many}:\n{sql}"


def test_every_model_of_the_app_is_registered() -> None:
    models = {model.__name__ for model in apps.get_app_config("incidents").get_models()}
    assert {name for name in models if not name.startswith("Historical")} - set(REGISTERED) == set()


def test_every_field_and_model_has_a_name_for_people() -> None:
    known = set(labels.FIELDS) | {field for _, field in labels.FIELDS_OF_MODELS}
    models = [model for model in apps.get_app_config("incidents").get_models() if "Historical" not in model.__name__]
    fields = {f.name for model in models for f in (*model._meta.fields, *model._meta.many_to_many)}
    assert fields - known == set(), "name them in incidents/admin/labels.py and translate the names"
    assert {model.__name__ for model in models} - set(model_labels.MODELS) == set()


@pytest.mark.once
@pytest.mark.parametrize("name", sorted(set(REGISTERED) - set(PUBLISHED)))
def test_the_list_opens_with_a_constant_number_of_queries(desk: Client, name: str) -> None:
    page = REGISTERED[name]
    make_rows(name, FEW)
    same_number(desk, address(page, "changelist"), lambda: make_rows(name, MANY - FEW))


def queries_of_what_is_published() -> dict[str, tuple[int, int, str]]:
    """Of each list of the log and of the index: its queries with few rows, with many, and which these are."""
    client = Client()
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    lists = {name: address(REGISTERED[name], "changelist") for name in PUBLISHED}

    def opened() -> dict[str, tuple[int, str]]:
        for path in lists.values():
            client.get(path)
        return {name: queries(client, path) for name, path in lists.items()}

    publish_some(FEW)
    few = opened()
    publish_some(MANY - FEW)
    return {name: (few[name][0], *many) for name, many in opened().items()}


@pytest.fixture(scope="class")
def counted(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, tuple[int, int, str]]]:
    with made_once(django_db_blocker, queries_of_what_is_published) as found:
        yield found


class TestListsOfWhatIsPublished:
    """One publication fills them all."""

    @pytest.mark.once
    @pytest.mark.parametrize("name", PUBLISHED)
    def test_they_open_with_a_constant_number_of_queries(
        self, counted: dict[str, tuple[int, int, str]], name: str
    ) -> None:
        not_more(*counted[name])
        assert REGISTERED[name].model._default_manager.count() >= MANY or name == "LogHead"


@each_page
def test_search_every_filter_and_every_column_work(desk: Client, name: str) -> None:
    page = REGISTERED[name]
    make_rows(name, 1)
    path = address(page, "changelist")
    changelist = desk.get(path).context["cl"]
    queries = [f"?{urlencode({'q': text})}" for text in ("Killing", "قتل", "717", "SY2") if page.search_fields]
    # One order by all columns: a column that cannot be ordered by fails as it would alone.
    queries.append("?o=" + ".".join(map(str, range(len(changelist.list_display)))))
    offered = [[choice["query_string"] for choice in spec.choices(changelist)][:4] for spec in changelist.filter_specs]
    # The first of every filter at once, then the second: one that cannot be asked fails beside others too.
    queries += [
        "?" + "&".join(query[1:] for query in each if query != "?") for each in zip_longest(*offered, fillvalue="?")
    ]
    for query in queries:
        assert desk.get(path + query).status_code == 200, query


@each_page
def test_the_empty_form_the_history_and_the_delete_page_open_or_are_refused(desk: Client, name: str) -> None:
    page = REGISTERED[name]
    empty = desk.get(address(page, "add"))
    assert empty.status_code == (200 if page.has_add_permission(empty.wsgi_request) else 403)
    row = first(name)
    assert desk.get(address(page, "history", row.pk)).status_code == 200
    assert desk.get(address(page, "delete", row.pk)).status_code in {200, 403}


@pytest.mark.once
@each_page
def test_the_filled_form_opens_with_a_constant_number_of_queries(desk: Client, name: str) -> None:
    row = first(name)
    path = address(REGISTERED[name], "change", row.pk)
    if name not in CHILDREN:
        assert desk.get(path).status_code == 200
    else:
        add_children(row, FEW)
        same_number(desk, path, lambda: add_children(row, MANY - FEW))


def test_the_list_of_all_tables_is_made_for_the_page_that_shows_it(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django makes it on every page, for a sidebar; that was a third of what a page took."""
    made: list[Any] = []
    listed = admin.AdminSite.get_app_list

    def counting(*args: Any) -> Any:
        made.append(args)
        return listed(*args)

    monkeypatch.setattr(admin.AdminSite, "get_app_list", counting)
    for page in (address(REGISTERED["Incident"], "changelist"), address(REGISTERED["Incident"], "add")):
        assert desk.get(page).status_code == 200
    assert made == []
    assert address(REGISTERED["Incident"], "changelist") in desk.get(reverse("admin:index")).content.decode()
    assert len(made) == 1


def test_references_to_big_tables_are_pickers_never_raw_ids_or_lists_of_everything(desk: Client) -> None:
    request = desk.get(reverse("admin:index")).wsgi_request
    unguarded = []
    for name, page in REGISTERED.items():
        if not page.has_add_permission(request):
            continue
        forms = [page.get_form(request), *(formset.form for formset, _ in page.get_formsets_with_inlines(request))]
        for form in forms:
            for field_name, field in form.base_fields.items():
                queryset = getattr(field, "queryset", None)
                widget = getattr(field.widget, "widget", field.widget)
                if (
                    queryset is not None
                    and queryset.model.__name__ in BIG
                    and not isinstance(widget, AutocompleteMixin)
                ):
                    unguarded.append(f"{name}: {form._meta.model.__name__}.{field_name}")
    assert unguarded == []
