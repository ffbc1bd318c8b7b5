"""The project as a Django app, so that its templates and static files are found, and the admin with a site of ours.

Neither has models.
"""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class ProjectConfig(AppConfig):
    name = "config"
    label = "config"
    verbose_name = "Project"


class DeskConfig(AdminConfig):
    default_site = "config.desk.Desk"
