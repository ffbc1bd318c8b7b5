"""Keys `hid_<prefix>_<secret>` by which programs come in: made once and shown once, checked, revoked.

What roles and scopes allow, and who stands behind a key, is in access.py.
"""

import hashlib
import hmac
import ipaddress
import re
import secrets
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from incidents import choices
from incidents.choices import AuditAction
from incidents.models import Account, ApiKey, Organisation
from incidents.models.limits import impatient
from incidents.models.prepared import Prepared, blank, prepared
from incidents.rules.accounts.access import AccessRefused, Caller, role_of, scopes_of
from incidents.rules.sentences import worded
from incidents.rules.trail import auditing
from incidents.rules.trail.differences import plain

FORM = "hid_<prefix>_<secret>"
KEY = re.compile(r"hid_([a-z0-9]{8,12})_([A-Za-z0-9]{43,128})")
PREFIX_LETTERS = string.ascii_lowercase + string.digits
PREFIX_LENGTH = 10
# 43 of 62 letters hold more than 32 random bytes; no underscore among them, so the parts of a key stay apart.
SECRET_LETTERS = string.ascii_letters + string.digits
SECRET_LENGTH = 43
USE_IS_NOTED_EVERY = timedelta(minutes=1)
MOST_NETWORKS = 50
NAME_LENGTH = 100
ACCOUNT = "owner__account__"
COLUMNS: dict[Any, list[str]] = {
    model: [field.attname for field in model._meta.concrete_fields] for model in (ApiKey, Organisation, User, Account)
}
NOBODYS = b"compared with where no key has the prefix"

MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class KeyRefused(Exception):
    """The key opens nothing; the text says what to do and, of a key that is not known, never which part is wrong."""


UNKNOWN = (
    "This key is not known here. Send it whole, as it was shown when it was made: "
    f"Authorization: Bearer {FORM}. If it is lost, ask the administrators of this site for a new one."
)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: ``text`` is shown now and can never be shown again."""

    key: ApiKey
    text: str

    def __repr__(self) -> str:
        return f"NewKey({self.key})"


def create_key(
    *,
    organisation: Organisation,
    owner: Any,
    name: str,
    scopes: Iterable[str] = (),
    networks: Iterable[str] = (),
    expires_at: datetime | None = None,
    created_by: Any = None,
) -> NewKey:
    """Make a key, with an entry of the audit chain; raises AccessRefused where its owner may not have it as asked.

    `created_by` is None for whoever runs commands on the server.
    """
    version = newest_pepper()
    wanted = allowed_scopes(scopes, organisation=organisation, owner=owner)
    check_maker(wanted, owner=owner, by=created_by)
    if not name.strip():
        raise AccessRefused(worded("Say what the key is for, such as: nightly import."))
    if len(name.strip()) > NAME_LENGTH:
        raise AccessRefused(worded("A key has a name of %(most)d characters at most.", most=NAME_LENGTH))
    check_expiry(expires_at)
    prefix = "".join(secrets.choice(PREFIX_LETTERS) for _ in range(PREFIX_LENGTH))
    text = f"hid_{prefix}_{''.join(secrets.choice(SECRET_LETTERS) for _ in range(SECRET_LENGTH))}"
    with transaction.atomic():
        key = ApiKey.objects.create(
            organisation=organisation,
            owner=owner,
            name=name.strip(),
            prefix=prefix,
            digest=_digest(text, version),
            pepper_version=version,
            scopes=wanted,
            networks=[str(network) for network in read_networks(networks)],
            expires_at=expires_at,
            created_by=created_by,
        )
        said = {
            "organisation": organisation.name,
            "owner": owner.pk,
            "name": key.name,
            "scopes": wanted,
            "networks": key.networks,
            "expires_at": plain(expires_at),
        }
        auditing.record(action=AuditAction.KEY_CREATED, obj=("api_key", prefix), after=said)
    return NewKey(key, text)


def check_key(*, text: str, address: str) -> Caller:
    """Who comes in by a key from an address; raises KeyRefused. When it was used is noted, at most once a minute."""
    match = KEY.fullmatch(text)
    if match is None:
        raise KeyRefused(UNKNOWN)
    key = _stored(match[1])
    if not _is_key(text, key) or key is None:
        raise KeyRefused(UNKNOWN)
    # From here on, whoever asks has the whole key and may know what became of it.
    now = timezone.now()
    if key.revoked_at is not None:
        raise KeyRefused("This key was revoked. Ask the administrators of this site for a new one.")
    if key.expires_at is not None and key.expires_at <= now:
        raise KeyRefused(f"This key expired on {key.expires_at:%Y-%m-%d}. Ask the administrators for a new one.")
    if key.networks and not _within(address, key.networks):
        raise KeyRefused(
            "This key may not be used from your address. Use it from its networks, or ask the administrators to add "
            "yours."
        )
    if not key.organisation.active:
        raise KeyRefused("The organisation of this key is switched off. Ask the administrators of this site.")
    role = role_of(key.owner)
    if role is None or not may_own(key.owner, key.organisation):
        raise KeyRefused(
            "Whoever answers for this key no longer works here for its organisation. Ask the administrators for a new "
            "one."
        )
    _note_use(key, now)
    scopes = frozenset(key.scopes) & scopes_of(role)
    if _made_by_another(key.owner_id, key.created_by_id):
        scopes -= {choices.KeyScope.MODERATION.value}
    return Caller(key=key, organisation=key.organisation, owner=key.owner, role=role, scopes=scopes)


def _stored(prefix: str) -> ApiKey | None:
    """The key with this prefix, its organisation, its owner and the owner's account: every request asks for it."""
    found = prepared("a key by its prefix", _by_prefix).rows([prefix])
    if not found:
        return None
    key: ApiKey = _made(ApiKey, found[0], "")
    key.organisation = _made(Organisation, found[0], "organisation__")
    key.owner = _made(User, found[0], "owner__")
    account = _made(Account, found[0], ACCOUNT) if found[0][f"{ACCOUNT}id"] else None
    User._meta.get_field("account").set_cached_value(key.owner, account)
    return key


def _by_prefix() -> Prepared:
    field = ApiKey._meta.get_field("prefix")
    columns = [
        f"{path}{column}"
        for model, path in ((ApiKey, ""), (Organisation, "organisation__"), (User, "owner__"), (Account, ACCOUNT))
        for column in COLUMNS[model]
    ]
    return Prepared.of(ApiKey.objects.filter(prefix=blank(field, 0)).order_by().values(*columns), [field])


def _made(model: type[Any], row: Mapping[str, Any], path: str) -> Any:
    columns = COLUMNS[model]
    return model.from_db("default", columns, [row[f"{path}{column}"] for column in columns])


def revoke_key(*, key: ApiKey, by: Any = None) -> bool:
    """Revoke a key for good; False where it was revoked before, whose day then stays."""
    with transaction.atomic():
        done = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now(), revoked_by=by)
        if done:
            auditing.record(action=AuditAction.KEY_REVOKED, obj=("api_key", key.prefix), actor=by)
    return bool(done)


def prefix_of(text: str) -> str:
    """The prefix that a text names: itself, or that of a whole key."""
    match = KEY.fullmatch(text)
    return match[1] if match else text.removeprefix("hid_")


def may_own(owner: Any, organisation: Organisation) -> bool:
    """Whether somebody may answer for keys of an organisation: whoever has a role; contributors, of their own."""
    role = role_of(owner)
    if role is None:
        return False
    if role != choices.AccountRole.CONTRIBUTOR:
        return True
    return bool(owner.account.organisation_id == organisation.pk)


def read_networks(lines: Iterable[str]) -> list[Network]:
    """Networks from CIDRs; raises AccessRefused naming the first that is none."""
    found = []
    for line in lines:
        try:
            network = _network(line.strip())
        except ValueError as error:
            raise AccessRefused(
                worded(
                    "%(line)s is no network (%(error)s). Write 192.0.2.0/24 or 2001:db8::/32.",
                    desk="%(line)s is no network. Write 192.0.2.0/24 or 2001:db8::/32.",
                    line=repr(line),
                    error=error,
                )
            ) from error
        found.append(network)
    if len(found) > MOST_NETWORKS:
        raise AccessRefused(worded("A key takes %(most)d networks at most.", most=MOST_NETWORKS))
    return found


def allowed_scopes(scopes: Iterable[str], *, organisation: Organisation, owner: Any) -> list[str]:
    """The scopes, if somebody may answer for a key of an organisation that has them; raises AccessRefused."""
    role = role_of(owner)
    if role is None:
        raise AccessRefused(
            worded("%(owner)s has no role here. Give the user an account with a role first.", owner=owner)
        )
    if not may_own(owner, organisation):
        raise AccessRefused(
            worded(
                "%(owner)s contributes for another organisation and cannot answer for a key of this one.", owner=owner
            )
        )
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in choices.KeyScope.values]
    if unknown:
        told = "%(scope)s is no scope. There are: %(scopes)s."
        raise AccessRefused(worded(told, scope=repr(unknown[0]), scopes=choices.KeyScope))
    beyond = [scope for scope in wanted if scope not in scopes_of(role)]
    if beyond:
        raise AccessRefused(
            worded(
                "The scope %(scope)s is more than %(owner)s may do (%(word)s).",
                desk="The scope %(named)s is more than %(owner)s may do (%(role)s).",
                scope=beyond[0],
                named=choices.KeyScope(beyond[0]),
                owner=owner,
                word=role.label,
                role=role,
            )
        )
    return wanted


def check_maker(scopes: Iterable[str], *, owner: Any, by: Any) -> None:
    """Raises AccessRefused where somebody else would hold a key that decides as its owner: they were two people."""
    if choices.KeyScope.MODERATION in scopes and _made_by_another(owner.pk, getattr(by, "pk", None)):
        raise AccessRefused(
            worded(
                "A key with the scope %(code)s decides as %(owner)s, so only %(owner)s makes it, signed in at the "
                "desk: whoever made it for somebody else would be two people. Choose yourself as its owner, or leave "
                "this scope out.",
                desk="A key with this scope decides as its owner (%(code)s), so only %(owner)s makes it, signed in at "
                "the desk: whoever made it for somebody else would be two people. Choose yourself as its owner, or "
                "leave this scope out.",
                code=choices.KeyScope.MODERATION,
                owner=owner,
            )
        )


def _made_by_another(owner: int, maker: int | None) -> bool:
    return maker is not None and maker != owner


def check_expiry(moment: datetime | None) -> None:
    """Raises AccessRefused where a key would be of no use from the beginning."""
    if moment is not None and moment <= timezone.now():
        raise AccessRefused(worded("The key would have expired already. Choose a later day, or none."))


def newest_pepper() -> int:
    """The version of the pepper under which new keys are stored; raises AccessRefused where there is none."""
    if not settings.KEY_PEPPERS:
        raise AccessRefused(
            worded("No key can be made: KEY_PEPPERS is not set. Set it to 1: and 32 random characters.")
        )
    return max(settings.KEY_PEPPERS)


def _digest(text: str, version: int) -> str:
    return hmac.new(settings.KEY_PEPPERS[version], text.encode(), hashlib.sha256).hexdigest()


def _is_key(text: str, key: ApiKey | None) -> bool:
    """Compared in the same time wherever they differ, and also where there is no such key."""
    if key is None or key.pepper_version not in settings.KEY_PEPPERS:
        hmac.new(NOBODYS, text.encode(), hashlib.sha256).hexdigest()
        return False
    return hmac.compare_digest(_digest(text, key.pepper_version), key.digest)


def _within(address: str, networks: Sequence[str]) -> bool:
    try:
        at: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(at, ipaddress.IPv6Address) and at.ipv4_mapped:
        at = at.ipv4_mapped
    return any(at in _network(network) for network in networks)


def _network(text: str) -> Network:
    """A network from a CIDR; one of IPv4 addresses inside IPv6 is that of IPv4, as clients are. Raises ValueError."""
    network = ipaddress.ip_network(text, strict=True)
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(MAPPED):
        return ipaddress.IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - MAPPED.prefixlen))
    return network


def _note_use(key: ApiKey, now: datetime) -> None:
    """Two requests at once write once, and a database that is busy with something longer is not waited for."""
    before = now - USE_IS_NOTED_EVERY
    if key.last_used_at is not None and key.last_used_at > before:
        return
    try:
        with impatient(connection):
            ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=before), pk=key.pk).update(
                last_used_at=now
            )
    except OperationalError:
        return
    key.last_used_at = now
