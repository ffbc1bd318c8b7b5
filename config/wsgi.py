"""The WSGI application, for gunicorn. Nothing is configured here."""

import os

import django
from django.conf import settings

from config.bodies import Measured
from config.env import environment
from config.readable import Handler
from config.serving import bound
from config.stalled import Impatient

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
bound()
django.setup(set_prefix=False)
largest = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
application = Impatient(Measured(Handler(), largest), environment.request_seconds, largest)
