"""The project as a Django app, so that its templates and static files are found. It has no models."""

from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "config"
    label = "config"
    verbose_name = "Project"
