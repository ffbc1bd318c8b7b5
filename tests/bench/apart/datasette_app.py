"""Datasette over a SQLite file of stored documents: the newest hundred by a query with a name, no plugin.

The file does not change while it is served and Datasette is told so. DOCUMENTS names it; its own name is incidents.db.
"""

import os

from datasette.app import Datasette

NEWEST = "SELECT document FROM incidents ORDER BY start_earliest DESC, public_id DESC LIMIT 100"

app = Datasette(
    immutables=[os.environ["DOCUMENTS"]],
    metadata={"databases": {"incidents": {"queries": {"newest": NEWEST}}}},
).app()
