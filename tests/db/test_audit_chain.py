"""The audit log's chain: nothing is passed over, and each way of tampering is found, or honestly said not to be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row

from deploy.embedded.postgres import PostgresServer
from services.cli.__main__ import main
from services.worker.chainer import Chainer, chain_all, sign_all
from services.worker.logs import configure
from shared.access import audit, heads
from shared.access.chain import BODIES, body, link_hash
from shared.access.chain_check import AuditReport, check
from shared.access.model import Actor, Role
from shared.db.pool import Conn, Database
from shared.db.tenancy import Tenant, enter
from shared.settings import SettingInvalid, Settings, load_settings

MUNICIPALITY = 7
KEY = heads.load_private(heads.new_key())
PUBLIC = KEY.public_key()
Tamper = Callable[..., None]


@pytest.fixture
def engine(dsns: dict[str, str]) -> Iterator[Database]:
    made = Database(dsns["nastavnik_engine"], replace(Settings(), pool_size=2), name="test")
    yield made
    made.close()


@pytest.fixture
def act(dsns: dict[str, str]) -> Callable[..., None]:
    """Do so many deeds in one transaction: act(3, 'school.update', municipality=7)."""

    def done(count: int = 1, action: str = "school.update", *, municipality: int = MUNICIPALITY) -> None:
        with api(dsns, municipality) as conn:
            for number in range(count):
                record(conn, action, number, municipality=municipality)

    return done


@pytest.fixture
def tamper(dsns: dict[str, str], server: PostgresServer) -> Tamper:
    """Change the rows as a superuser whom neither triggers nor foreign keys hold up."""
    name = psycopg.conninfo.conninfo_to_dict(dsns["nastavnik_owner"])["dbname"]

    def done(*statements: str) -> None:
        with psycopg.connect(server.dsn(str(name), "postgres")) as conn:
            conn.execute("SET session_replication_role = replica")
            for statement in statements:
                conn.execute(statement.encode())

    return done


def api(dsns: dict[str, str], municipality: int) -> Conn:
    conn = psycopg.connect(dsns["nastavnik_api"], row_factory=dict_row)
    conn.execute("SELECT 1")
    enter(conn, Tenant(municipality))
    return conn


def record(conn: Conn, action: str, entity_id: int, *, municipality: int = MUNICIPALITY) -> None:
    actor = Actor(1, Role.METHODIST, Tenant(municipality), "request")
    audit.record(conn, actor, action, "school", entity_id)


def report(
    dsns: dict[str, str], *, kept: list[heads.Head] | None = None, municipality: int = MUNICIPALITY
) -> AuditReport:
    with psycopg.connect(dsns["nastavnik_auditor"], row_factory=dict_row) as conn:
        conn.execute("SELECT 1")
        enter(conn, Tenant(municipality))
        return check(conn, municipality, heads=kept or (), keys=[PUBLIC])


def signed(dsns: dict[str, str], engine: Database) -> list[heads.Head]:
    """Write the head that is due and return the copy that lies elsewhere."""
    with engine.transaction() as conn:
        enter(conn, Tenant(MUNICIPALITY))
        head = heads.write_head(conn, MUNICIPALITY, KEY)
    assert head is not None
    return heads.read_lines([head.line()])


def said(found: AuditReport) -> list[str]:
    return [fault.en for fault in found.faults]


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


CUT = (
    "DELETE FROM audit_chain WHERE chain_no > 3",
    "DELETE FROM audit WHERE entity_id > 2",
    "DELETE FROM audit_head",
)


def test_a_cut_tail_is_found_by_a_head_kept_elsewhere_and_by_nothing_else(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper
) -> None:
    act(5)
    chain_all(engine)
    kept = signed(dsns, engine)
    assert report(dsns, kept=kept).proved_no == 5
    tamper(*CUT)
    assert said(report(dsns)) == []
    found = report(dsns, kept=kept)
    assert found.proved_no is None
    assert [fault.en.partition(" has ")[2] for fault in found.faults] == ["no such link: its tail was cut"]


def test_a_chain_written_anew_is_found_by_a_head_kept_elsewhere_and_by_nothing_else(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper
) -> None:
    act(4)
    chain_all(engine)
    kept = signed(dsns, engine)
    tamper(
        "UPDATE audit SET actor_id = 99 WHERE entity_id = 1",
        "DELETE FROM audit_chain",
        "DELETE FROM audit_head",
        "INSERT INTO audit_unchained SELECT municipality_id, id FROM audit",
    )
    chain_all(engine)
    assert said(report(dsns)) == []
    assert [fault.en.partition(" has ")[2] for fault in report(dsns, kept=kept).faults] == [
        "another hash there: it was written anew"
    ]


def test_what_lies_after_the_last_proved_head_is_counted_and_not_vouched_for(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper
) -> None:
    act(2)
    chain_all(engine)
    kept = signed(dsns, engine)
    act(3)
    chain_all(engine)
    assert report(dsns, kept=kept).unproved == 3
    tamper(
        "DELETE FROM audit a USING audit_chain c WHERE c.audit_id = a.id AND c.chain_no > 3",
        "DELETE FROM audit_chain WHERE chain_no > 3",
    )
    found = report(dsns, kept=kept)
    assert (said(found), found.unproved) == ([], 1)


def test_a_head_that_another_key_signed_in_this_ones_name_is_a_contradiction(
    dsns: dict[str, str], engine: Database, act: Callable[..., None]
) -> None:
    act(1)
    chain_all(engine)
    (head,) = signed(dsns, engine)
    forged = replace(head, at="2020-01-01T00:00:00+00:00")
    found = report(dsns, kept=[forged])
    assert said(found) == ["the signature of the head of 2020-01-01T00:00:00+00:00 is not of this key"]


def test_a_head_is_written_once_a_day_and_says_when_it_is_not_signed(
    dsns: dict[str, str], engine: Database, act: Callable[..., None], tamper: Tamper
) -> None:
    log = configure(load_settings({"NASTAVNIK_LOG_LEVEL": "ERROR"}), "test")
    act(1, municipality=0)
    chain_all(engine)
    (unsigned,) = sign_all(engine, None, log)
    assert (unsigned.municipality_id, unsigned.signature) == (0, None)
    (head,) = sign_all(engine, KEY, log)
    assert heads.is_signed_by(head, PUBLIC)
    act(1, municipality=0)
    chain_all(engine)
    assert sign_all(engine, KEY, log) == []
    tamper("UPDATE audit_head SET at = at - interval '1 day'")
    assert [made.chain_no for made in sign_all(engine, KEY, log)] == [2]


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


def test_a_key_that_is_none_is_refused_at_the_start_without_being_shown(engine: Database) -> None:
    with pytest.raises(SettingInvalid, match="NASTAVNIK_AUDIT_KEY") as caught:
        Chainer(replace(Settings(), audit_key="hidden"), None)
    assert "hidden" not in str(caught.value)


def test_the_operators_words_make_a_key_print_heads_and_tell_a_cut_tail_by_the_exit_status(
    dsns: dict[str, str],
    engine: Database,
    act: Callable[..., None],
    tamper: Tamper,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("NASTAVNIK_AUDITOR_DATABASE_URL", dsns["nastavnik_auditor"])
    key, public, kept = tmp_path / "key", tmp_path / "key.pub", tmp_path / "heads"
    assert main(["audit", "key", str(key)]) == 0
    assert key.stat().st_mode & 0o777 == 0o600
    act(4, municipality=0)
    chain_all(engine)
    log = configure(load_settings({"NASTAVNIK_LOG_LEVEL": "ERROR"}), "test")
    sign_all(engine, heads.load_private(key.read_text(encoding="ascii")), log)
    capsys.readouterr()
    assert main(["audit", "heads"]) == 0
    kept.write_text(capsys.readouterr().out, encoding="utf-8")
    checked = ["audit", "verify", "--heads", str(kept), "--public-key", str(public)]
    assert main(checked) == 0
    assert "municipality 0: 4 links, proved up to link 4, 0 after it" in capsys.readouterr().out
    tamper(*CUT)
    assert main(["audit", "verify"]) == 0
    assert "no signature was checked" in capsys.readouterr().out
    assert main(checked) == 1
    assert "its tail was cut" in capsys.readouterr().out
