"""The addresses of the site: front page, API, documentation and admin. Each version of the API lists its own."""

from django.contrib import admin
from django.urls import include, path, re_path

from config import failing
from config.pages import Docs, front, icon
from incidents.api.absent import absent
from incidents.api.v1.releases import release_file

urlpatterns = [
    path("", front, name="front"),
    path("favicon.ico", icon, name="icon"),
    path("api/docs/", Docs.as_view(), name="docs"),
    path("api/v1/", include(("incidents.api.urls", "v1"))),
    re_path(r"^api/", absent),
    path("releases/<str:name>/<str:file>", release_file, name="release_file"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
]

handler400 = failing.unreadable
handler403 = failing.forbidden
handler404 = failing.absent
handler500 = failing.failed
