"""The ASGI application, for servers that speak ASGI. Nothing is configured here."""

import os

from django.core.asgi import get_asgi_application

from config.serving import bound

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
bound()
application = get_asgi_application()
