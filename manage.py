#!/usr/bin/env python
"""The door to every command of the project. Settings come from config.settings and nowhere else."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import DatabaseError

from incidents.management.ending import ending
from incidents.rules.trail.acting import SYSTEM, acting

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        with acting(request_id=":".join([SYSTEM, *sys.argv[1:2]])):
            execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    except (KeyboardInterrupt, DatabaseError, ValueError) as error:
        end = ending(error)
        if end is None or "--traceback" in sys.argv:
            raise
        sys.stderr.write(f"{end.sentence}\n")
        sys.exit(end.code)
