"""The addresses of the site: front page, API, documentation and admin. Each version of the API lists its own."""

from django.contrib import admin
from django.urls import include, path

from config.pages import Docs, front

urlpatterns = [
    path("", front, name="front"),
    path("api/docs/", Docs.as_view(), name="docs"),
    path("api/v1/", include(("incidents.api.urls", "v1"))),
    path("admin/", admin.site.urls),
]
