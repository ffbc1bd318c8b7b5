"""P5 in the admin: a form writes what it asks for; columns of its tables that it does not ask for stay as they are."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.db import models
from django.forms.models import BaseModelForm
from django.test import Client

from incidents.admin import terms
from incidents.choices import Sensitivity
from incidents.models import Incident
from tests.promises.pages import Page, Tables, pages, touched
from tests.promises.test_p03_permissions import client_of

ROLES = ("moderator", "lead", "administrator", "superuser")
PLANTED, NUMBER = "planted", 987_654
# {kind of column: what is sent for it, and what it would be stored as}; the first that fits.
VALUES: tuple[tuple[type[models.Field[Any, Any]], Any, Any], ...] = (
    (models.DateTimeField, "1999-12-31T12:00:00+00:00", datetime(1999, 12, 31, 12, tzinfo=UTC)),
    (models.DateField, "1999-12-31", date(1999, 12, 31)),
    (models.JSONField, '{"en": "planted"}', {"en": PLANTED}),
    (models.UUIDField, str(UUID(int=NUMBER)), UUID(int=NUMBER)),
    (models.IntegerField, NUMBER, NUMBER),
    (models.DecimalField, NUMBER, NUMBER),
    (models.Field, PLANTED, PLANTED),
)
pytestmark = [pytest.mark.long, pytest.mark.once]
Plants = dict[tuple[type[models.Model], str], Any]


@pytest.fixture(autouse=True)
def fresh_labels() -> Iterator[None]:
    terms.forget()
    yield
    terms.forget()


def forms_of_all(roles: Sequence[str], *only: type[models.Model]) -> Iterator[tuple[Client, Page]]:
    """Every form, by the first of these roles who is asked for the same by it."""
    seen = set[tuple[Any, ...]]()
    for role in roles:
        client = client_of(role)
        for page in pages(client, User.objects.get(pk=client.session["_auth_user_id"]), seen, only):
            yield client, page


def unasked(page: Page) -> Iterator[tuple[str, type[models.Model], Any]]:
    """What no form of that page asks for, and what stands before its name."""
    for prefix, (model, fields) in page.asked.items():
        for each in (*model._meta.concrete_fields, *model._meta.many_to_many):
            if each.name not in fields:
                yield prefix, model, each


def planted(column: Any, now: Any) -> tuple[Any, Any]:
    """What is sent for a column, and what it would be stored as: something else than there is now."""
    if column.is_relation:
        others = column.related_model._default_manager.exclude(pk__in=now if column.many_to_many else [now or 0])
        key = others.values_list("pk", flat=True).last() or NUMBER
        return ([key], [key]) if column.many_to_many else (key, key)
    if isinstance(column, models.BooleanField):
        return ("False", False) if now else ("on", True)
    if column.choices or column.name == "published_sensitivity":
        codes = [code for code, _ in column.flatchoices] or Sensitivity.values
        code = next(code for code in codes if code not in {now, ""})
        return code, code
    return next((sent, stored) for kind, sent, stored in VALUES if isinstance(column, kind))


def with_plants(page: Page, before: Tables, clean: Tables) -> tuple[dict[str, Any], Plants]:
    """The members that are sent with a form, and the columns that would tell of them."""
    sent, plants = dict[str, Any](), Plants()
    for prefix, model, column in unasked(page):
        now = clean[model][touched(before, clean, model)[0]][column.attname]
        value, plants[model, column.attname] = planted(column, now)
        for name in {column.name, column.attname}:
            sent[prefix + name] = value
        if isinstance(column, models.DateTimeField):
            sent |= {f"{prefix}{column.name}_0": "1999-12-31", f"{prefix}{column.name}_1": "12:00:00"}
        if isinstance(column, models.JSONField):
            sent[f"{prefix}{column.name}__en"] = PLANTED
    return sent, plants


def written(plants: Plants, clean: Tables, same: Tables, found: Tables) -> list[str]:
    """The columns that are otherwise than without the members: by their value, or where they say the same each time."""
    wrong = []
    for (model, name), plant in plants.items():
        rows = [list(tables[model].values()) for tables in (clean, same, found)]
        if len({len(each) for each in rows}) > 1:
            wrong.append(f"{model.__name__}: rows")
            continue
        for one, another, row in zip(*rows, strict=True):
            steady = one[name] == another[name] and name != model._meta.pk.attname
            if row[name] == plant != one[name] or (steady and row[name] != one[name]):
                wrong.append(f"{model.__name__}.{name}")
    return sorted(set(wrong))


def looked_at(client: Client, page: Page) -> tuple[int, list[str]]:
    """How many members were sent with a form that asks for none of them, and what they changed."""
    before = page.stored()
    (done, clean), (_, same) = page.taken(client), page.taken(client)
    assert done, f"{page.name} would be taken without them"
    assert all(touched(before, clean, model) for model, _ in page.asked.values()), page.name
    sent, plants = with_plants(page, before, clean)
    done, found = page.taken(client, sent)
    return len(sent), written(plants, clean, same, found) if done else ["refused"]


@pytest.mark.timeout(900)
def test_p5_no_form_of_the_admin_writes_what_it_does_not_ask_for(db: None, kept: Any) -> None:
    members, forms, left_out = 0, 0, set[str]()
    for client, page in forms_of_all(ROLES):
        sent, wrong = looked_at(client, page)
        assert wrong == [], page.name
        members, forms = members + sent, forms + 1
        left_out |= {f"{page.name}: {each}" for each in page.left_out}
    assert left_out == {"change Term: "}, "a term is only read; its labels and mappings are not"
    kept(
        "P5", f"0 columns written / {members:,} members sent with {forms} forms of the admin that ask for none of them"
    )


@pytest.mark.timeout(900)
def test_p5_control_forms_that_take_every_column_are_found(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """As forms do that are made of all columns of a table."""
    clean = BaseModelForm._post_clean  # type: ignore[attr-defined]

    def everything(form: Any) -> None:
        clean(form)
        for column in form.instance._meta.concrete_fields:
            value = form.data.get(form.add_prefix(column.attname))
            if value is not None and column.name not in form.fields and not column.primary_key:
                setattr(form.instance, column.attname, column.to_python(True if value == "on" else value))

    monkeypatch.setattr(BaseModelForm, "_post_clean", everything)
    pages = forms_of_all(["administrator"], Incident, User)
    found = {page.name: set(looked_at(client, page)[1]) for client, page in pages}
    of_it = {f"Incident.{name}" for name in ("public_id", "published_sensitivity", "merged_into_id")}
    of_lines = {"Claim.public_id", "Claim.origin", "Claim.version", "Attribution.public_id"}
    assert found["change Incident"] & found["add Incident"] >= of_it | of_lines
    assert found["change User"] == {"User.is_staff", "User.is_superuser"}
    assert found["add User"] >= {"User.is_staff", "User.is_superuser"}
