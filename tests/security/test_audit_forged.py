"""Every way of forging the audit log is found up to the last signed head, and after it nothing is vouched for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from deploy.embedded.databases import clone_database, drop_database
from deploy.embedded.postgres import PostgresServer
from services.worker.chainer import chain_all
from shared.access import audit, heads
from shared.access.chain import BODIES, BODY_VERSION, GENESIS, body, link_hash
from shared.access.chain_check import AuditReport, check
from shared.access.model import Actor, Role
from shared.db.pool import Conn, Database
from shared.db.tenancy import Tenant, enter
from shared.settings import Settings
from tests.security.conftest import Scale
from tests.security.ledger import Ledger

KEY = heads.load_private(heads.new_key())
PUBLIC = KEY.public_key()
NUMBERS = itertools.count(7)
"""Every log is a municipality's of its own, so that one database serves all."""
LINKS, HEAD = 6, 4
"""Deeds of a log, and those that the signed head covers."""


@dataclass(slots=True)
class Log:
    """The audit log of one municipality. ``kept``: the head that lies elsewhere; ``forger``: a superuser's hand."""

    dsns: Mapping[str, str]
    engine: Database
    forger: psycopg.Connection[dict[str, Any]]
    municipality_id: int
    kept: list[heads.Head]

    def act(self, count: int) -> None:
        """Do so many deeds and let them be linked."""
        actor = Actor(1, Role.METHODIST, Tenant(self.municipality_id), "request")
        with self._as("nastavnik_api") as conn:
            for number in range(count):
                audit.record(conn, actor, "school.update", "school", number)
        chain_all(self.engine)

    def sign(self) -> None:
        """Sign the end of the chain and keep the head elsewhere."""
        with self.engine.transaction() as conn:
            enter(conn, Tenant(self.municipality_id))
            head = heads.write_head(conn, self.municipality_id, KEY)
        assert head is not None
        self.kept = heads.read_lines([head.line()])

    def report(self) -> AuditReport:
        """Ask as `nastavnik audit verify` does."""
        with self._as("nastavnik_auditor") as conn:
            return check(conn, self.municipality_id, heads=self.kept, keys=[PUBLIC])

    def links(self) -> list[dict[str, Any]]:
        """Return the links with their rows, in order."""
        query = (
            "SELECT c.chain_no, c.audit_id, a.* FROM audit_chain c JOIN audit a USING (municipality_id)"
            " WHERE c.municipality_id = %s AND a.id = c.audit_id ORDER BY chain_no"
        )
        return self.forger.execute(query, (self.municipality_id,)).fetchall()

    def write_anew(self, rows: list[dict[str, Any]]) -> None:
        """Let these rows, in this order, be the whole chain, every link right; no head in the database remembers."""
        for table in ("audit_chain", "audit_head"):
            self.forger.execute(f"DELETE FROM {table} WHERE municipality_id = %s", (self.municipality_id,))
        prev_hash = GENESIS
        for number, row in enumerate(rows, 1):
            found = link_hash(prev_hash, body(row))
            self.forger.execute(
                "INSERT INTO audit_chain (municipality_id, chain_no, audit_id, body_version, prev_hash, hash)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (self.municipality_id, number, row["id"], BODY_VERSION, prev_hash, found),
            )
            prev_hash = found

    def row_at(self, place: int) -> dict[str, Any]:
        """Return the row under a link."""
        return self.links()[place - 1]

    def new_row(self) -> dict[str, Any]:
        """Put in a row that nobody's deed has written."""
        row = self.forger.execute(
            "INSERT INTO audit (municipality_id, actor_role, action, entity) VALUES (%s, 'admin', 'x', 'y')"
            " RETURNING *",
            (self.municipality_id,),
        ).fetchone()
        assert row is not None
        return row

    def _as(self, role: str) -> Any:
        conn: Conn = psycopg.connect(self.dsns[role], row_factory=dict_row)
        conn.execute("SELECT 1")
        enter(conn, Tenant(self.municipality_id))
        return conn


Forgery = Callable[[Log, int], None]


def edit(log: Log, place: int) -> None:
    log.forger.execute("UPDATE audit SET actor_id = 99 WHERE id = %s", (log.row_at(place)["id"],))


def remove(log: Log, place: int) -> None:
    log.forger.execute("DELETE FROM audit WHERE id = %s", (log.row_at(place)["id"],))


def insert(log: Log, _place: int) -> None:
    log.new_row()


def edit_and_link(log: Log, place: int) -> None:
    edit(log, place)
    log.write_anew(log.links())


def remove_and_link(log: Log, place: int) -> None:
    rows = log.links()
    log.forger.execute("DELETE FROM audit WHERE id = %s", (rows[place - 1]["id"],))
    log.write_anew(rows[: place - 1] + rows[place:])


def insert_and_link(log: Log, place: int) -> None:
    rows, made = log.links(), log.new_row()
    log.write_anew([*rows[: place - 1], made, *rows[place - 1 :]])


def swap_and_link(log: Log, place: int) -> None:
    rows = log.links()
    rows[place - 1], rows[place - 2] = rows[place - 2], rows[place - 1]
    log.write_anew(rows)


def cut(log: Log, place: int) -> None:
    rows = log.links()
    for row in rows[place - 1 :]:
        log.forger.execute("DELETE FROM audit WHERE id = %s", (row["id"],))
    log.write_anew(rows[: place - 1])


BY_ITSELF: Mapping[str, Forgery] = {"a row edited": edit, "a row removed": remove, "a row put in": insert}
BY_A_HEAD: Mapping[str, Forgery] = {
    "a row edited, the whole chain written anew": edit_and_link,
    "a row removed, the whole chain written anew": remove_and_link,
    "a row put in, the whole chain written anew": insert_and_link,
    "two rows changed places, the whole chain written anew": swap_and_link,
    "the tail cut": cut,
}


@pytest.fixture(scope="module")
def open_log(server: PostgresServer, template: str) -> Iterator[Callable[[], Log]]:
    """Return a new log of `LINKS` deeds, the first `HEAD` of them under a signed head kept elsewhere."""
    name = "nastavnik_forged"
    dsns = clone_database(server, template, name)
    engine = Database(dsns["nastavnik_engine"], replace(Settings(), pool_size=2), name="test")
    with psycopg.connect(server.dsn(name, "postgres"), autocommit=True, row_factory=dict_row) as forger:
        forger.execute("SET session_replication_role = replica")

        def opened() -> Log:
            log = Log(dsns, engine, forger, next(NUMBERS), [])
            log.act(HEAD)
            log.sign()
            log.act(LINKS - HEAD)
            return log

        yield opened
    engine.close()
    drop_database(server, name)


def places(scale: Scale, first: int, last: int) -> list[int]:
    """Return where a forgery is tried: everywhere in a long run, else at one place by the seed."""
    return list(range(first, last + 1)) if scale.is_long else [Random(scale.seed).randint(first, last)]


def test_an_honest_log_is_whole_and_says_how_far_it_is_vouched_for(open_log: Callable[[], Log]) -> None:
    found = open_log().report()
    assert (found.faults, found.links, found.proved_no, found.unproved) == ((), LINKS, HEAD, LINKS - HEAD)


@pytest.mark.parametrize("name", BY_ITSELF)
def test_what_is_not_linked_anew_is_found_anywhere(
    name: str, open_log: Callable[[], Log], scale: Scale, ledger: Ledger
) -> None:
    for place in places(scale, 1, LINKS):
        log = open_log()
        BY_ITSELF[name](log, place)
        assert log.report().faults != ()
    ledger.tampers.add(f"{name}: found anywhere")


@pytest.mark.parametrize("name", BY_A_HEAD)
def test_a_chain_written_anew_is_found_up_to_the_last_head_kept_elsewhere(
    name: str, open_log: Callable[[], Log], scale: Scale, ledger: Ledger
) -> None:
    for place in places(scale, 2, HEAD):
        log = open_log()
        BY_A_HEAD[name](log, place)
        found = log.report()
        assert found.faults != ()
        assert found.proved_no is None
    ledger.tampers.add(f"{name}: found up to the last signed head")


@pytest.mark.parametrize("name", BY_A_HEAD)
def test_what_comes_after_the_last_head_is_not_vouched_for(
    name: str, open_log: Callable[[], Log], ledger: Ledger
) -> None:
    """The document claims no more: this forgery is not seen, and `unproved` says that it could be there."""
    log = open_log()
    BY_A_HEAD[name](log, HEAD + 2)
    found = log.report()
    assert (found.faults, found.proved_no) == ((), HEAD)
    assert found.unproved == found.links - HEAD > 0
    ledger.tampers.add(f"{name}, after the last signed head: not found, and counted as not vouched for")


@pytest.mark.parametrize("column", sorted(set(BODIES[BODY_VERSION]) - {"municipality_id", "id"}))
def test_each_column_of_a_row_is_under_its_link(column: str, open_log: Callable[[], Log]) -> None:
    log = open_log()
    kinds = {"at": "now() + interval '1 day'", "entity_uuid": "gen_random_uuid()"}
    text = {"actor_role", "request_id", "action", "entity"}
    value = kinds.get(column, "'x'" if column in text else "4280")
    statement = f"UPDATE audit SET {column} = {value} WHERE id = %s"
    log.forger.execute(statement.encode(), (log.row_at(2)["id"],))
    assert [fault.en for fault in log.report().faults] == ["the row was changed after it got its link"]


def test_the_last_form_of_a_link_holds_every_column(open_log: Callable[[], Log]) -> None:
    columns = set(open_log().row_at(1)) - {"chain_no", "audit_id"}
    assert columns == set(BODIES[BODY_VERSION])
