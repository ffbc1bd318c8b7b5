"""Django's settings, the same for every installation; what differs comes from the typed table in config/env.py.

Settings of the REST framework and of the OpenAPI document are in config/api.py, databases in config/databases.py.
"""

from pathlib import Path

import django_stubs_ext
from csp.constants import NONE, SELF
from environ import Env

from config.api import rest_framework, spectacular
from config.databases import databases
from config.env import environment
from config.secrets import peppers, secret_key, signing_seed

# Django's generic classes take type arguments at run time too: models.JSONField[...], ModelAdmin[...].
django_stubs_ext.monkeypatch()

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"

DEBUG = environment.debug
SECRET_KEY = secret_key(environment.secret_key, debug=DEBUG, file=VAR / "secret_key")
KEY_PEPPERS = peppers(environment.key_peppers, debug=DEBUG, derived_from=SECRET_KEY)
SECRET_KEY_FALLBACKS = list(environment.secret_key_fallbacks)
ALLOWED_HOSTS = [*environment.allowed_hosts, *(["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])]
SITE_URL = environment.site_url or (f"http://127.0.0.1:{environment.port}" if DEBUG else "")
CONTACT_EMAIL = environment.contact_email
PORT = environment.port

INSTALLED_APPS = [
    "incidents",
    "config.apps.ProjectConfig",
    "config.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "simple_history",
]

MIDDLEWARE = [
    "config.middleware.RequestId",
    "config.middleware.AccessLog",
    "config.compression.Compression",
    "config.middleware.NoBody",
    "django.middleware.security.SecurityMiddleware",
    "config.visitors.Policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "incidents.api.refusing.RefuseAtOnce",
    "config.middleware.OneAddress",
    "config.visitors.Sessions",
    "config.visitors.Languages",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.visitors.Users",
    "config.acting.WhoActs",
    "config.visitors.Messages",
    "incidents.admin.unavailable.Unavailable",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False  # config.middleware.OneAddress answers 308, which keeps the method; Django's 301 does not

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = databases(environment.database_url, environment.public_database_url, ROOT, environment.database_pool_size)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": Env.cache_url_config(environment.cache_url)}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

CSRF_FAILURE_VIEW = "config.failing.from_elsewhere"
LOGIN_REDIRECT_URL = "admin:index"

SIMPLE_HISTORY_DATE_INDEX = False  # versions are looked for by what they are of, whose few are sorted

TIME_ZONE = "UTC"
USE_TZ = True
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français"), ("es", "Español"), ("ar", "العربية")]
LOCALE_PATHS = [ROOT / "incidents" / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]

RELEASES_DIR = ROOT / environment.releases_dir

WEBHOOK_PORTS = frozenset({443, *environment.webhook_ports})
WEBHOOK_LOOPBACK = DEBUG and environment.webhook_loopback
CHECKPOINT_KEY = signing_seed(environment.checkpoint_key, debug=DEBUG, file=VAR / "checkpoint_key")
CHECKPOINT_PUBLIC_KEYS = environment.checkpoint_public_keys
CHECKPOINTS_FILE = ROOT / environment.checkpoints_file

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# HTTPS everywhere but on a developer's machine.
SECURE_SSL_REDIRECT = not DEBUG
SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
SECURE_HSTS_SECONDS = 0 if DEBUG else environment.hsts_seconds
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if environment.num_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whether the neighbours on this domain speak HTTPS, and whether browsers should list it, is the operator's to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# The API is public and reads no cookie, so any page may call it unless the operator names origins; never the admin.
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOWED_ORIGINS = list(environment.cors_allowed_origins)
CORS_ALLOW_ALL_ORIGINS = not environment.cors_allowed_origins
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "if-match", "if-none-match"]
CORS_EXPOSE_HEADERS = [
    "Content-Disposition", "Deprecation", "ETag", "Idempotency-Replayed", "Link", "Location", "RateLimit",
    "RateLimit-Policy", "Retry-After", "Sunset", "X-Dataset-Seq", "X-Next-Cursor", "X-Request-ID",
]  # fmt: skip

REST_FRAMEWORK = rest_framework(num_proxies=environment.num_proxies)
ANON_RATE = environment.anon_rate or ("0" if DEBUG else "600/min")
KEY_RATE = environment.key_rate or ("0" if DEBUG else "6000/min")
DATA_UPLOAD_MAX_MEMORY_SIZE = environment.max_body_bytes
SPECTACULAR_SETTINGS = spectacular(site_url=environment.site_url, contact_email=CONTACT_EMAIL)

DEFAULT_EXCEPTION_REPORTER_FILTER = "config.redaction.ReporterFilter"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "config.middleware.RequestIdFilter"},
        "redaction": {"()": "config.redaction.Redaction"},
    },
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["request_id", "redaction"], "formatter": "line"}
    },
    "root": {"handlers": ["stderr"], "level": environment.log_level},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # Its warnings of each 404 and 429 have the whole path; the access log has the status and the route.
        "django.request": {"level": "ERROR"},
        # Whoever develops sees the requests of their own browser anyway.
        "hid.access": {"level": "WARNING" if DEBUG else environment.log_level},
        # The development server's lines, by our handler and so without keys.
        "django.server": {"handlers": [], "propagate": True},
    },
}
