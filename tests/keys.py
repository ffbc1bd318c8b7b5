"""Keys for tests: an organisation, somebody with a role who answers for it, a key made by the rule, and its requests.

What a key may do is tested in tests/rules/test_access.py and tests/api/test_authentication.py.
"""

import json
from typing import Any

from django.test import Client

from incidents.models import Organisation
from incidents.rules.accounts.access import set_role
from incidents.rules.accounts.keys import NewKey, create_key
from tests.factories import UserFactory


def organisation(name: str = "Monitors of the Coast", **values: Any) -> Organisation:
    return Organisation.objects.get_or_create(name=name, defaults=values)[0]


def somebody(role: str = "contributor", works_for: Organisation | None = None, **values: Any) -> Any:
    """A user with a role, by default a contributor of the organisation."""
    user = UserFactory(**values)
    set_role(user=user, role=role, organisation=works_for or organisation())
    return user


def key_of(role: str = "contributor", **values: Any) -> NewKey:
    """A key whose owner has the role."""
    works_for = values.pop("organisation", None) or organisation()
    owner = values.pop("owner", None) or somebody(role, works_for)
    return create_key(organisation=works_for, owner=owner, **{"name": "nightly import", **values})


def bearer(key: NewKey | str) -> dict[str, str]:
    """The header by which a key comes in."""
    return {"authorization": f"Bearer {key if isinstance(key, str) else key.text}"}


def send(client: Client, key: NewKey, method: str, url: str, body: Any = None, **headers: str) -> Any:
    """What a program with this key is answered; a body that is text goes as it is, and `if_match` is If-Match."""
    given = bearer(key) | {name.replace("_", "-"): value for name, value in headers.items()}
    text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
    return client.generic(method, url, text, content_type="application/json", headers=given)
