"""Meetings say whether they were held before the mentor's training, as it is known when they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.api.beginnings import Beginning, begin
from tests.http import Api


def _train(beginning: Beginning, completed_on: str | None) -> str:
    (mentor,) = beginning.curator.get(f"{beginning.path}/mentors")["items"]
    training = beginning.curator.post(
        f"{beginning.path}/trainings", {"title": "Школа", "held_on": "2020-12-09", "hours": 8}
    )
    path = f"/trainings/{training['id']}/participants"
    made = beginning.curator.post(path, {"mentor_id": mentor["id"], "completed_on": completed_on})
    return f"{path}/{made['id']}"


def test_a_meeting_held_before_the_training_says_so_whenever_the_training_is_entered(
    api: Api, clock: Callable[[str], None]
) -> None:
    clock("2021-02-01T10:00:00+03:00")
    beginning = begin(api)
    curator, path = beginning.curator, f"/pairs/{beginning.pair(1)}/meetings"

    def flags() -> list[Any]:
        return [item["before_training"] for item in curator.get(path)["items"]]

    for held_on in ("2020-12-09", "2020-12-10", "2020-12-11"):
        made = curator.post(path, {"held_on": held_on})
        assert made["before_training"] is True
    participant = _train(beginning, None)
    assert flags() == [True, True, True]
    curator.patch(participant, {"completed_on": "2020-12-10"})
    assert flags() == [True, False, False]
    assert curator.get(f"{path}/{made['id']}")["before_training"] is False
    assert curator.patch(f"{path}/{made['id']}", {"held_on": "2020-12-01"})["before_training"] is True
    curator.end(participant)
    assert flags() == [True, True, True]


def test_a_meeting_that_is_only_planned_was_not_held_before_anything(api: Api, clock: Callable[[str], None]) -> None:
    clock("2021-02-01T10:00:00+03:00")
    beginning = begin(api)
    path = f"/pairs/{beginning.pair(1)}/meetings"
    _train(beginning, "2020-12-10")
    assert beginning.curator.post(path, {"planned_on": "2021-02-05"})["before_training"] is False
    refused = beginning.curator.call("POST", path, {"held_on": "2021-01-10", "before_training": True})
    assert refused.get_json()["errors"][0]["code"] == "unknown"
