"""The WSGI application, for gunicorn. Nothing is configured here."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.bodies import Measured
from config.serving import bound

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
bound()
application = Measured(get_wsgi_application(), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
