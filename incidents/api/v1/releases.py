"""Releases: states of the record frozen into files that can be cited and compared by digest.

How they are cut is exchange/releases.py's matter; a file with something in it that was erased since is withheld.
"""

import hashlib
import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request

from incidents.api.base import Resource, envelope, is_no_text, matches
from incidents.api.operations import Operation
from incidents.api.problems import INSTEAD, NotFound, Problem, answer
from incidents.api.renderers import compact
from incidents.documents.releases import Release, ReleaseSummary
from incidents.models import PublicRelease
from incidents.rules.releases import erased_since, release_folder

READING = ("GET", "HEAD", "OPTIONS")
BROKEN = "The file on this server is not the one that was cut; tell its administrators, who can cut it again."
KEPT_DIGESTS = 1_024  # files whose digest is remembered by a process
WITHHELD = "Something in this release was erased from the record for privacy; its files come back when it is cut again."

logger = logging.getLogger(__name__)


class Releases(Resource):
    """The record as it stood at one sequence number, in files with their SHA-256 and a text to cite it by."""

    resource = "releases"
    operations = {
        "page": Operation(
            id="releases_list", path="", summary="List releases", description="All of them, the newest first.",
            answer=ReleaseSummary, page=True, conditional=True,
        ),
        "one": Operation(
            id="releases_get", path="<slug:name>/", summary="One release with its files",
            description="The record frozen at a place in the log, with the SHA-256 of each file and a citation.",
            answer=Release, conditional=True,
        ),
    }  # fmt: skip

    def page(self, request: Request) -> HttpResponse:
        """All releases."""
        rows = [self.summary(each) for each in PublicRelease.objects.using("public").order_by("-seq", "name")]
        texts = [compact(row) for row in ReleaseSummary(rows, many=True).data]
        body = envelope(texts, next=None, next_cursor=None, previous=None, count=len(rows))
        return self.digested(request, self.answer(body))

    def one(self, request: Request, name: str) -> HttpResponse:
        """One release by its name."""
        release = PublicRelease.objects.using("public").filter(name=name).first()
        if release is None:
            raise NotFound
        files = [
            {
                **file,
                "kilobytes": -(-file["bytes"] // 1024),
                "url": self.absolute(reverse("release_file", kwargs={"name": name, "file": file["name"]})),
            }
            for file in release.files
        ]
        content = {**self.summary(release), "withheld": erased_since(release, "public"), "files": files}
        return self.digested(request, self.answer(compact(Release(content).data)))

    def summary(self, release: PublicRelease) -> dict[str, Any]:
        return {
            "name": release.name,
            "seq": release.seq,
            "cut_at": release.cut_at,
            "citation": release.citation,
            "url": self.absolute(self.address("releases_get", name=release.name)),
        }


def _refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    response = answer(request, problem)
    response["Cache-Control"] = "no-store"
    return response


@lru_cache(maxsize=KEPT_DIGESTS)
def _digest(path: Path, _state: tuple[int, ...]) -> str:
    """SHA-256 of a file, hexadecimal; read once for each state that it was in."""
    with path.open("rb") as packed:
        return hashlib.file_digest(packed, "sha256").hexdigest()


def _is_whole(path: Path, size: int, sha256: str) -> bool:
    """Whether a file has the bytes that were cut; one that has not is in the log."""
    found = path.stat()
    state = found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
    if found.st_size == size and _digest(path, state) == sha256:
        return True
    logger.error("%s is not the file that was cut; look who wrote to it, and cut the release again", path)
    return False


@csrf_exempt
def release_file(request: HttpRequest, name: str, file: str) -> HttpResponseBase:
    """A file of a release as it was cut; its ETag is its SHA-256. Nothing is changed by it, so no form is protected."""
    if request.method not in {"GET", "HEAD"}:
        options = request.method == "OPTIONS"
        said = Problem("method-not-allowed", f'Method "{request.method}" not allowed. {INSTEAD[405]}')
        response = HttpResponse(status=204) if options else _refused(request, said)
        response["Allow"] = ", ".join(READING)
        return response
    return _file(request, name, file)


def _file(request: HttpRequest, name: str, file: str) -> HttpResponseBase:
    release = None if is_no_text(name) else PublicRelease.objects.using("public").filter(name=name).first()
    known = {each["name"]: each for each in release.files} if release else {}
    path = release_folder(name) / file
    if release is None or file not in known or not path.is_file():
        return _refused(request, NotFound())
    if erased_since(release, "public"):
        return _refused(request, Problem("redacted", WITHHELD))
    if not _is_whole(path, known[file]["bytes"], known[file]["sha256"]):
        return _refused(request, Problem("unavailable", BROKEN))
    tag = f'"{known[file]["sha256"]}"'
    response: HttpResponseBase = HttpResponse(status=304)
    del response["Content-Type"]
    if not matches(request, tag):
        saved_as = f"{name}-{file}"
        packed = path.open("rb")
        response = FileResponse(packed, as_attachment=True, filename=saved_as, content_type="application/gzip")
        if request.method == "HEAD":  # not every server drops the body itself
            packed.close()  # and not the response, which would end the request
            response = HttpResponse(headers=dict(response.items()))
    response["ETag"] = tag
    response["Cache-Control"] = "public, no-cache"
    return response
