"""The ASGI application, for servers that speak ASGI. Nothing is configured here."""

import os

import django

from config.readable import AsyncHandler
from config.serving import bound

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
bound()
django.setup(set_prefix=False)
application = AsyncHandler()
