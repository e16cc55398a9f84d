"""The timeline as it is read from events, fulfilments, the calendar and extensions."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from shared.pack.model import Pack
from shared.programme.agenda import make_agenda
from shared.programme.facts import load_facts
from shared.programme.timeline import Fulfilment, Reopening, load_timeline
from tests.builders_world import World


def _step(world: World, seq: int, at: str, trigger: str, **values: Any) -> None:
    body = json.dumps({"due_on": values.pop("due_on", None)})
    found = {"src": None, "dst": "training", "actor_id": 1, "prev_hash": "0", "hash": "0"} | values
    world.conn.execute(
        "INSERT INTO programme_event (municipality_id, school_id, programme_id, seq, at, trigger, body,"
        " src, dst, actor_id, prev_hash, hash) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        (world.municipality_id, world.school_id, world.programme_id, seq, at, trigger, body, *found.values()),
    )


def test_timeline_reads_spans_reopenings_fulfilments_and_the_schedule(world: World) -> None:
    _step(world, 1, "2020-11-02T09:00:00+03:00", "create", dst="conditions")
    _step(world, 2, "2020-12-11T23:30:00+03:00", "suspend", src="training", dst="suspended")
    _step(world, 3, "2020-12-21T00:30:00+03:00", "resume", src="suspended", dst="training")
    _step(world, 4, "2021-02-01T09:00:00+03:00", "reopen", src="work", dst="pairing", due_on="2021-02-08")
    _step(world, 5, "2021-03-01T09:00:00+03:00", "suspend", src="pairing", dst="suspended")
    world.conn.execute(
        "INSERT INTO fulfilment (municipality_id, school_id, programme_id, activity_key, fulfilled_on, recorded_at)"
        " VALUES (%s, %s, %s, 'I.1', '2020-11-28', '2020-12-11T22:00:00Z')",
        (world.municipality_id, world.school_id, world.programme_id),
    )
    world.conn.execute(
        "INSERT INTO calendar_day (municipality_id, day_on, is_working) VALUES (%s, '2020-12-10', false)",
        (world.municipality_id,),
    )
    world.put("extension", stage_key="pairing", due_on="2021-01-15", document="приказ 5", reason="карантин")
    timeline = load_timeline(world.conn, world.programme_id)
    assert timeline.suspensions == ((date(2020, 12, 11), date(2020, 12, 21)), (date(2021, 3, 1), None))
    assert timeline.reopenings == (Reopening(date(2021, 2, 1), "work", "pairing", date(2021, 2, 8)),)
    assert timeline.fulfilments == {"I.1": Fulfilment(date(2020, 11, 28), date(2020, 12, 12))}
    assert timeline.schedule.calendar.days_off == {date(2020, 12, 10)}
    assert [(e.stage_key, e.due_on, e.document) for e in timeline.schedule.extensions] == [
        ("pairing", date(2021, 1, 15), "приказ 5")
    ]
    assert timeline.schedule == load_facts(world.conn, world.programme_id).schedule
    assert timeline.ended_on is None


def test_programme_that_is_over_knows_when_it_ended(world: World) -> None:
    _step(world, 1, "2021-05-19T22:30:00Z", "cancel", src="work", dst="cancelled")
    world.change("programme", stage="cancelled")
    timeline = load_timeline(world.conn, world.programme_id)
    assert (timeline.ended_on, timeline.counted_to) == (date(2021, 5, 20), date(2021, 5, 20))


def test_agenda_of_the_whole_world_holds_the_live_pair_alone(world: World, pack: Pack) -> None:
    agenda = make_agenda(
        pack, load_facts(world.conn, world.programme_id), load_timeline(world.conn, world.programme_id)
    )
    assert [item.key for item in agenda.remaining] == ["complete"]
    assert agenda.remaining[0].blocking[0].verdict.missing == (world.id("pair_live"),)
