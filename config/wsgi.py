"""The WSGI application, for gunicorn. Nothing is configured here."""

import os

import django
from django.conf import settings
from django.urls import get_resolver

from config.bodies import Measured
from config.env import environment
from config.readable import Handler
from config.serving import bound
from config.stalled import Impatient

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
bound()
django.setup(set_prefix=False)
get_resolver().url_patterns  # noqa: B018 -- loads every view now, not while somebody waits for the first answer
largest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
application = Impatient(Measured(Handler(), largest), environment.request_seconds, largest)
