"""The audit log's chain: nothing is passed over, and what is edited, removed or put in is found."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from services.worker.chainer import chain_all
from shared.access import audit
from shared.access.chain import BODIES, body, link_hash
from shared.db.pool import Database
from shared.db.tenancy import Tenant, enter
from shared.settings import Settings
from tests.db.chained import MUNICIPALITY, Tamper, api, record, report, said


def test_every_committed_row_gets_one_link_and_the_platform_has_a_chain_too(
    dsns: dict[str, str], engine: Database, act: Callable[..., None]
) -> None:
    act(3)
    act(2, "municipality.create", municipality=0)
    assert chain_all(engine) == 5
    assert chain_all(engine) == 0
    for municipality, links in ((MUNICIPALITY, 3), (0, 2)):
        found = report(dsns, municipality=municipality)
        assert (found.links, found.waiting, found.faults) == (links, 0, ())


def test_a_row_that_commits_late_is_linked_later_though_its_number_is_smaller(
    dsns: dict[str, str], engine: Database, act: Callable[..., None]
) -> None:
    with api(dsns, MUNICIPALITY) as slow:
        record(slow, "late", 1)
        act(2, "early")
        assert chain_all(engine) == 2
    assert chain_all(engine) == 1
    with engine.transaction() as conn:
        enter(conn, Tenant(MUNICIPALITY))
        rows = conn.execute(
            "SELECT action FROM audit_chain c JOIN audit a ON a.municipality_id = c.municipality_id"
            " AND a.id = c.audit_id ORDER BY chain_no"
        ).fetchall()
    assert [row["action"] for row in rows] == ["early", "early", "late"]
    assert report(dsns).faults == ()


def test_a_deed_that_is_rolled_back_leaves_nothing_to_link(dsns: dict[str, str], engine: Database) -> None:
    conn = api(dsns, MUNICIPALITY)
    record(conn, "undone", 1)
    conn.rollback()
    conn.close()
    assert chain_all(engine) == 0


def test_a_chainer_killed_between_links_and_mark_leaves_a_chain_that_its_successor_continues(
    dsns: dict[str, str], act: Callable[..., None]
) -> None:
    act(3)
    pid = os.fork()
    if pid == 0:
        chain_all(Database(dsns["nastavnik_engine"], Settings(), name="child"), armed="chain_after_links")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -9
    found = report(dsns)
    assert (found.links, found.waiting, found.faults) == (0, 3, ())
    engine = Database(dsns["nastavnik_engine"], Settings(), name="test")
    assert chain_all(engine) == 3
    engine.close()
    assert report(dsns).faults == ()


def test_two_chainers_are_never_at_one_municipality(
    dsns: dict[str, str], engine: Database, act: Callable[..., None]
) -> None:
    act(1)
    with psycopg.connect(dsns["nastavnik_engine"]) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 428))", (f"audit_chain:{MUNICIPALITY}",))
        assert chain_all(engine) == 0
    assert chain_all(engine) == 1


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE audit SET actor_id = 2 WHERE entity_id = 2", "the row was changed after it got its link"),
        ("DELETE FROM audit WHERE entity_id = 2", "the row of this link was removed"),
        ("DELETE FROM audit_chain WHERE chain_no = 3", "links before this one are missing"),
        (
            "INSERT INTO audit (municipality_id, actor_role, action, entity) VALUES (7, 'admin', 'x', 'y')",
            "the row was put in beside the chain",
        ),
    ],
)
def test_a_row_edited_removed_or_put_in_is_found_without_any_head(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper, statement: str, sentence: str
) -> None:
    act(5)
    chain_all(engine)
    assert report(dsns).faults == ()
    tamper(statement)
    assert sentence in said(report(dsns))


def test_a_row_removed_before_it_got_its_link_is_found(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper
) -> None:
    act(2)
    tamper("DELETE FROM audit WHERE entity_id = 0")
    chain_all(engine)
    assert said(report(dsns)) == ["the row was removed before it got its link"]


def test_no_process_may_change_or_remove_a_link_or_a_head(dsns: dict[str, str]) -> None:
    with psycopg.connect(dsns["nastavnik_owner"]) as conn:
        found = conn.execute(
            "SELECT grantee, table_name, privilege_type FROM information_schema.role_table_grants"
            " WHERE table_name IN ('audit_chain', 'audit_head') AND grantee <> 'nastavnik_owner'"
            " AND privilege_type NOT IN ('SELECT', 'INSERT')"
        ).fetchall()
    assert found == []


def test_the_body_of_a_row_never_changes_its_spelling() -> None:
    row: dict[str, object] = dict.fromkeys(BODIES[1])
    row = row | {"id": 5, "action": "пуск", "a_later_column": 1}
    text = (
        '{"action":"пуск","actor_id":null,"actor_role":null,"at":null,"entity":null,"entity_id":null,"entity_uuid":null,'
        '"id":5,'
        '"municipality_id":null,"programme_id":null,"request_id":null,"school_id":null,"v":1}'
    )
    assert body(row, 1) == text
    assert link_hash("0" * 64, text) == "5ea6ae8db506c01d523c4f4cebf49ea15f5a0e3f4ff211c90a8491ecde095b9e"


def test_rows_of_a_release_without_a_chain_are_linked_after_the_upgrade(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper
) -> None:
    """The migration's own statement, on rows that no trigger has seen."""
    tamper("INSERT INTO audit (municipality_id, actor_role, action, entity) VALUES (7, 'admin', 'old', 'y')")
    script = (Path(audit.__file__).parents[1] / "db/migrations/0010_audit_chain.sql").read_text(encoding="utf-8")
    take_over = next(part for part in script.split(";") if "INSERT INTO audit_unchained" in part and "SELECT" in part)
    with psycopg.connect(dsns["nastavnik_owner"]) as conn:
        conn.execute("ALTER TABLE audit NO FORCE ROW LEVEL SECURITY")
        conn.execute("ALTER TABLE audit_unchained NO FORCE ROW LEVEL SECURITY")
        assert conn.execute(take_over.encode()).rowcount == 1
        conn.execute("ALTER TABLE audit FORCE ROW LEVEL SECURITY")
        conn.execute("ALTER TABLE audit_unchained FORCE ROW LEVEL SECURITY")
    assert chain_all(engine) == 1
    assert report(dsns).faults == ()
