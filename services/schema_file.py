"""shared/db/schema.sql: the migrations applied to an empty database of an own server, read back from its catalogue.

For development: it starts a PostgreSQL of deploy/embedded for the length of the call.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg.rows import dict_row

from deploy.embedded import postgres
from deploy.embedded.databases import prepare_database
from deploy.embedded.folders import temporary_data_folder
from shared.db.migrate import migrate
from shared.db.schema import schema_text

PATH = Path(__file__).resolve().parents[1] / "shared" / "db" / "schema.sql"


def write() -> bool:
    """Write the file anew; say whether that changed it."""
    with temporary_data_folder() as folder, postgres.start(folder / "pg", settings={"fsync": "off"}) as server:
        owner_url = prepare_database(server, "nastavnik_schema")["nastavnik_owner"]
        migrate(owner_url)
        with psycopg.connect(owner_url, row_factory=dict_row) as conn:
            text = schema_text(conn)
    is_changed = not PATH.is_file() or PATH.read_text(encoding="utf-8") != text
    PATH.write_text(text, encoding="utf-8")
    return is_changed
