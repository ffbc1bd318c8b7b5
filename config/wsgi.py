"""The WSGI application, for gunicorn. Nothing is configured here."""

import os

import django
from django.conf import settings

from config.bodies import Measured
from config.readable import Handler
from config.serving import bound

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
bound()
django.setup(set_prefix=False)
application = Measured(Handler(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
