"""Forms of the admin that would be taken: a page sent back with a change, and an empty page with a row's values in it.

What more is sent with them, and what becomes of it, is test_p05_in_the_admin.py's matter.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import models, transaction
from django.db.utils import IntegrityError
from django.test import Client, RequestFactory
from django.urls import reverse

from incidents.models import Account, ApiKey, Incident, Term, TermLabel
from tests.admin.forms import fields_of
from tests.admin.rows import CHILDREN, add_children, make_rows
from tests.factories import EstimateOverrideFactory, TermLabelFactory, TermMappingFactory, UserFactory
from tests.keys import organisation

Members = dict[str, Any]
LANGUAGE = {"language": "fr"}  # a page is read without it, as the chooser of the reader's own is called the same
# What has no line in CHILDREN.
LINES: dict[type[models.Model], tuple[Callable[[Any], object], ...]] = {
    Incident: (lambda row: EstimateOverrideFactory(incident=row),),
    Term: (lambda row: TermLabelFactory(term=row), lambda row: TermMappingFactory(term=row)),
}
Tables = dict[type[models.Model], dict[Any, dict[str, Any]]]


@dataclass
class Page:
    """A form: where it is sent, with what, and what its tables are asked for.

    `asked` is {what stands before its members: (table, fields)}; nothing stands before those of the row itself.
    `instead` are rows that make place for those that are added with their values, `left_out` what no way was found for.
    """

    name: str
    url: str
    body: Members
    asked: dict[str, tuple[type[models.Model], frozenset[str]]]
    instead: list[Any] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def stored(self) -> Tables:
        """Every row of its tables, with what it is joined to."""
        return {model: {row.pk: _columns(row) for row in _all(model)} for model, _ in self.asked.values()}

    def taken(self, client: Client, more: Mapping[str, Any] | None = None) -> tuple[bool, Tables]:
        """Whether it is taken with these members more, and what is stored then; all of that is taken back."""
        with transaction.atomic():
            for rows in self.instead:
                with suppress(IntegrityError), transaction.atomic():  # what is only added to stays, and is no hindrance
                    rows._raw_delete("default")
            answer = client.post(self.url, self.body | dict(more or {}))
            shown_again = "adminform" in (answer.context or ())
            found = self.stored()
            transaction.set_rollback(True)
        return answer.status_code in {200, 302} and not shown_again, found


def _all(model: type[models.Model]) -> Any:
    several = [each.name for each in model._meta.many_to_many]
    return model._default_manager.order_by("pk").prefetch_related(*several)


def _columns(row: Any) -> dict[str, Any]:
    columns = {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields}
    several = {each.name: sorted(one.pk for one in getattr(row, each.name).all()) for each in row._meta.many_to_many}
    return columns | several


def touched(before: Tables, after: Tables, model: type[models.Model]) -> list[Any]:
    """The keys of the rows of a table that are new or not as they were."""
    return [key for key, row in after[model].items() if before[model].get(key) != row]


def pages(
    client: Client, user: Any, seen: set[tuple[Any, ...]], only: Collection[type[models.Model]] = ()
) -> Iterator[Page]:
    """Every form that this person may send, but those that ask for what one has asked for that was seen."""
    asking = RequestFactory().get("/admin/")
    asking.user = user
    for model, registered in admin.site._registry.items():
        adds, changes = registered.has_add_permission(asking), registered.has_change_permission(asking)
        if (adds or changes) and (not only or model in only):
            row = a_row(model)
            changes = registered.has_change_permission(asking, row)
            for may, make, given in ((changes, changing, row), (adds, adding, None)):
                known = (model, make, *registered.get_form(asking, given, change=make is changing).base_fields)
                if may and known not in seen:
                    seen.add(known)
                    yield make(client, row, user)


def a_row(model: type[models.Model]) -> Any:
    """A row of that table, with one of everything below it."""
    if model is User:
        return UserFactory()
    if model is Group:
        return Group.objects.create(name=f"Readers {Group.objects.count()}")
    row = make_rows(model.__name__, 1)[0]
    if model.__name__ in CHILDREN:
        add_children(row, 1)
    for make in LINES.get(model, ()):
        make(row)
    return row


def address(model: type[models.Model], view: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{view}", args=args)


def changing(client: Client, row: Any, user: Any) -> Page:
    """The page of a row, sent back with a change of the row and one of the first line of everything below it."""
    model, url = type(row), address(type(row), "change", row.pk)
    shown = client.get(url)
    form = shown.context["adminform"].form
    body = fields_of(shown.content.decode()) | (LANGUAGE if model is TermLabel else {})
    page = Page(f"change {model.__name__}", url, body, {})
    lines = [each.formset for each in shown.context["inline_admin_formsets"] if each.has_change_permission]
    page.left_out += [each.prefix for each in lines if not each.forms]
    for prefix, each in [("", form), *((f"{each.prefix}-0-", each.forms[0]) for each in lines if each.forms)]:
        changed = _changed(client, page, prefix, each)
        if changed is None:
            page.left_out.append(prefix)
        else:
            page.asked[prefix] = (each._meta.model, frozenset(each.fields))
            page.body |= changed
    return page


def _changed(client: Client, page: Page, prefix: str, form: Any) -> Members | None:
    """Another value of one field, with which the page is taken and the row is another; None where nothing is found."""
    alone = Page(page.name, page.url, page.body, {prefix: (form._meta.model, frozenset())})
    before = alone.stored()
    for name, asked in form.fields.items():
        for member, value in _others(page.body, f"{prefix}{name}", asked):
            done, after = alone.taken(client, {member: value})
            if done and touched(before, after, form._meta.model):
                return {member: value}
    return None


def _others(body: Members, name: str, asked: Any) -> Iterator[tuple[str, Any]]:
    """Members by which a field says something else than it does."""
    member = name if name in body else f"{name}__en"
    value = body.get(member)
    if isinstance(asked, forms.BooleanField):
        yield name, "" if value else "on"
    elif isinstance(asked.widget, forms.HiddenInput) or isinstance(asked, forms.ModelChoiceField):
        return
    elif isinstance(asked, forms.ChoiceField):
        yield from ((member, code) for code, _ in [*asked.widget.choices][:4] if code and code != value)
    elif isinstance(asked, forms.IntegerField):
        yield member, str(int(value or 0) + 1)
    elif isinstance(value, str):
        yield member, f"{value} again"


def adding(client: Client, row: Any, user: Any) -> Page:
    """The empty page, filled in with what that row says and the first line of everything below it."""
    model, url = type(row), address(type(row), "add")
    shown = client.get(url)
    form = shown.context["adminform"].form
    body = fields_of(shown.content.decode()) | _said(type(form)(instance=row)) | _said_by_one(model, user)
    fields = frozenset(form.fields)
    page = Page(f"add {model.__name__}", url, body, {"": (model, fields)}, [model._default_manager.filter(pk=row.pk)])
    for each in shown.context["inline_admin_formsets"]:
        prefix, kind = each.formset.prefix, each.formset.model
        lines = kind._default_manager.filter(**{each.formset.fk.name: row})
        said = _said(each.formset.form(instance=lines.first(), prefix=f"{prefix}-0")) | {f"{prefix}-TOTAL_FORMS": "1"}
        more = Page(page.name, url, body | said, page.asked, [*page.instead, lines])
        if lines.exists() and more.taken(client)[0]:
            page.instead.append(lines)
            page.body |= said
            page.asked[f"{prefix}-0-"] = (kind, frozenset(each.formset.empty_form.fields))
        else:
            page.left_out.append(prefix)
    return page


def _said(form: Any) -> Members:
    """What a form with that row would send, but for the version that was seen: what is new has none."""
    return {name: value for name, value in fields_of(form.as_p()).items() if not name.endswith("version")}


def _said_by_one(model: type[models.Model], user: Any) -> Members:
    """What no two rows may say, or no row shows."""
    password = {"password1": "Tuwaym-2025-three", "password2": "Tuwaym-2025-three", "usable_password": "true"}
    if model is User:
        return {"username": "newly-made", **password}
    if model is Account:
        return {"user": UserFactory().pk}
    if model is ApiKey:
        return {"owner": user.pk, "organisation": organisation().pk}
    return LANGUAGE if model is TermLabel else {}
