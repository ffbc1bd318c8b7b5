"""What must never be read in a log, a traceback or a report of an error: keys, cookies, passwords, rows of the record.

Whoever logs need not think of it; which events are logged at all is decided where they happen.
"""

import logging
import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, InterfaceError, OperationalError, ProgrammingError
from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

HIDDEN = "[hidden]"
RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # The prefix of a key names it and opens nothing; the secret may have been cut short, or be followed by anything.
    (re.compile(r"(hid_[a-z0-9]{8,12}_)[A-Za-z0-9_~+/=.-]+"), rf"\1{HIDDEN}"),
    # The secret by which a receiver of webhooks knows us.
    (re.compile(r"\b(whsec_)[A-Za-z0-9_+/=.-]+"), rf"\1{HIDDEN}"),
    # Variables of config/env.py that hold a key, as a shell, a dictionary or a table of settings has them.
    (
        re.compile(
            r"""(?ix) ( \b (?:secret_key(?:_fallbacks)?|key_peppers|checkpoint_key) \b ["']? \s* [=:] \s* )
            (?: "[^"\r\n]*" | '[^'\r\n]*' | [^\s"']+ )"""
        ),
        rf"\1{HIDDEN}",
    ),
    # Headers, as they are written on the wire, in dictionaries, in WSGI's environ, in bytes.
    (
        re.compile(
            r"""(?ix) ( \b (?:http_|proxy-|set-)? (?:authorization|cookie) \b ["']? \s* [:=,] \s* )
            (?: b?"[^"\r\n]*" | b?'[^'\r\n]*' | [^\r\n"']+ )"""
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9_~+/=.-]{8,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)\b(sessionid|csrftoken|csrfmiddlewaretoken|password|secret|token)=[^\s;&\"']+"), rf"\1={HIDDEN}"),
    # Addresses of databases and caches.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@\"']*:)[^\s@\"']+@"), rf"\1{HIDDEN}@"),
    # PostgreSQL tells the values of the row that it refuses.
    (re.compile(r"(?m)^(DETAIL:\s*).*$"), rf"\1{HIDDEN}"),
)
NAMES = re.compile(
    r"API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|PEPPER|DATABASE_URL|CACHE_URL|LOCATION|DIGEST|SALT|CONTACT|EMAIL",
    re.IGNORECASE,
)
# Errors that speak of the program and its surroundings. Others may quote what somebody sent or what the record holds,
# as KeyError and ValueError do.
TELLING = (
    OSError, ImportError, NameError, AttributeError, TypeError, IndexError, MemoryError, RecursionError,
    NotImplementedError, ImproperlyConfigured,
)  # fmt: skip
# Of a database's errors the first line: what follows are rows, and pieces of statements with their constants. Drivers
# have classes of the same names.
OF_DATABASES = {each.__name__ for each in (OperationalError, InterfaceError, IntegrityError, ProgrammingError)}

OWN = ("SECRET_KEY", "CHECKPOINT_KEY")
SHORTEST = 16  # a shorter one would be found in texts that have nothing to do with it


def redacted(text: str) -> str:
    """The text without what must not be read in it; what has no form of its own, as a seed, is looked for as it is."""
    for secret in (getattr(settings, name, "") for name in OWN) if settings.configured else ():
        if len(secret) >= SHORTEST:
            text = text.replace(secret, HIDDEN)
    for pattern, put in RULES:
        text = pattern.sub(put, text)
    return text


def said_by(error: BaseException) -> str:
    """What may be read of an error's own words: what an error of that class never takes from the record."""
    if OF_DATABASES & {each.__name__ for each in type(error).__mro__}:
        return str(error).partition("\n")[0]
    return str(error) if isinstance(error, TELLING) else HIDDEN


def stand_in(error: BaseException) -> BaseException:
    """An error of the same name and traceback, and after the same others, of whose words only `said_by` is left."""
    met: dict[int, BaseException] = {}
    errors = [error]
    for each in errors:
        if id(each) not in met:
            met[id(each)] = _alone(each)
            errors += filter(None, (each.__cause__, each.__context__))
    for each in errors:
        other = met[id(each)]
        other.__cause__ = each.__cause__ and met[id(each.__cause__)]
        other.__context__ = each.__context__ and met[id(each.__context__)]
        other.__suppress_context__ = each.__suppress_context__
    return met[id(error)]


def _alone(error: BaseException) -> BaseException:
    kind = type(error)
    own = {"__module__": kind.__module__, "__qualname__": kind.__qualname__, "__str__": lambda _: said_by(error)}
    other: BaseException = type(kind.__name__, (Exception,), own)()
    return other.with_traceback(error.__traceback__)


class Redaction(logging.Filter):
    """Redacts a record's message, traceback and stack before any formatter of its handler sees them."""

    formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage()), None
        if record.exc_info and record.exc_info[1]:  # whatever another handler has made of it
            other = stand_in(record.exc_info[1])
            record.exc_text = self.formatter.formatException((type(other), other, record.exc_info[2]))
        if record.exc_text:
            record.exc_text = redacted(record.exc_text)
        if record.stack_info:
            record.stack_info = redacted(record.stack_info)
        return True


class ReporterFilter(SafeExceptionReporterFilter):
    """Django's reports of errors, with DEBUG too: settings and variables by their names, and whatever holds a key."""

    hidden_settings = NAMES

    def cleanse_setting(self, key: Any, value: Any) -> Any:
        found = super().cleanse_setting(key, value)
        return redacted(found) if isinstance(found, str) else found

    def get_safe_request_meta(self, request: HttpRequest) -> dict[str, Any]:
        return {
            name: self.cleanse_setting(name, value) for name, value in super().get_safe_request_meta(request).items()
        }

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        if request is None:
            return {}
        return {name: self.cleanse_setting(name, value) for name, value in request.POST.items()}

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: Any) -> Any:
        return [(name, self._shown(name, value)) for name, value in tb_frame.f_locals.items()]

    def _shown(self, name: str, value: Any) -> Any:
        """A variable as a report may show it: text of ours where something in it was hidden, else itself."""
        if NAMES.search(name):
            return HIDDEN
        try:
            text = repr(value)
        except Exception as error:  # noqa: BLE001 -- whatever a value does to whoever looks at it
            return f"[{type(error).__name__} while it was shown]"
        safe = redacted(text)
        return value if safe == text else safe
