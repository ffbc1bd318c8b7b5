"""The API's addresses by version."""

from typing import Any

urlpatterns: list[Any] = []
