"""Imports one of the two bases from a CSV file: all rows or none, in one transaction; knows no HTTP.

The dry run goes the same way up to the first write, so its report is that of the real run.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from shared.access import audit
from shared.access.bulk_audit import record_each
from shared.access.model import Actor
from shared.db.pool import Conn
from shared.programme import store as programmes
from shared.programme.model import Programme
from shared.programme.packs import find_pack
from shared.programme.writing import demand_open, writing_school
from shared.roster.columns import count_known
from shared.roster.csv_table import read_table
from shared.roster.days import local_today
from shared.roster.directory import Directory
from shared.roster.entries import BaseKind, read_entries
from shared.roster.import_plan import ImportPlan, Row, plan_import
from shared.roster.import_report import ImportRefused, ImportReport
from shared.roster.store import known_people, write


def import_base(
    conn: Conn,
    actor: Actor,
    programme_id: int,
    kind: BaseKind,
    *,
    body: bytes,
    charset: str | None,
    dry_run: bool,
) -> ImportReport:
    """Import a file into a programme's base and return what was done, or would be.

    Raises NotFound, ReadOnly for a programme that is over, ImportRefused with every mistake of the file.
    """
    programme = programmes.get(conn, programme_id)
    if dry_run:
        demand_open(programme)
        return _planned(conn, programme, kind, body, charset)[1]
    with writing_school(conn, programme.school_id, feeds=True):
        programme = programmes.lock(conn, programme_id)
        demand_open(programme)
        plan, report = _planned(conn, programme, kind, body, charset)
        _write(conn, actor, programme, kind, plan)
    return report


def _planned(
    conn: Conn, programme: Programme, kind: BaseKind, body: bytes, charset: str | None
) -> tuple[ImportPlan, ImportReport]:
    today = local_today(conn)
    table = read_table(body, charset, score=partial(count_known, columns=kind.columns))
    forms = find_pack(conn, programme.pack_code, programme.pack_version).forms
    reading = read_entries(table, kind, forms=forms, today=today)
    directory = Directory(known_people(conn, programme, kind.table, today=today), school_year=programme.school_year)
    plan, report = plan_import(reading, directory, kind, school_year=programme.school_year, today=today)
    if reading.errors.total:
        raise ImportRefused(reading.errors)
    return plan, report


def _write(conn: Conn, actor: Actor, programme: Programme, kind: BaseKind, plan: ImportPlan) -> None:
    of_school = {
        "municipality_id": programme.municipality_id,
        "school_id": programme.school_id,
        "actor_id": actor.principal_id,
    }
    of_programme = {**of_school, "programme_id": programme.id}
    people = write(conn, "insert_people", plan.people, **of_school)

    def placed(rows: Sequence[Row]) -> list[Row]:
        return [row if "person_id" in row else {**row, "person_id": people[row["place"]]} for row in rows]

    deeds: list[tuple[str, str, list[int]]] = [
        ("person", "create", people),
        ("person", "update", write(conn, "change_people", plan.people_changes)),
        (
            "person_grade",
            "create",
            write(conn, "insert_grades", placed(plan.grades), **of_school, school_year=programme.school_year),
        ),
        ("consent", "create", write(conn, "insert_consents", placed(plan.consents), **of_school)),
        (kind.table, "create", write(conn, f"insert_{kind.table}s", placed(plan.members), **of_programme)),
        (kind.table, "update", write(conn, f"change_{kind.table}s", plan.member_changes)),
    ]
    for table, verb, ids in deeds:
        record_each(conn, actor, f"{table}.{verb}", table, ids, programme_id=programme.id)
    audit.record(conn, actor, f"{kind.table}.import", "programme", programme.id, programme_id=programme.id)
