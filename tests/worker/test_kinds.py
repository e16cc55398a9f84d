"""What the three kinds read from real rows, against figures counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from shared.jobs.kinds import AGGREGATE_FEEDBACK, BUILD_REWARD_LIST, SCORE_EFFECTIVENESS
from shared.jobs.model import ProgrammeKey
from tests.builders_world import NOW, World, build_world
from tests.worker.machinery import Engine

BEFORE, AFTER = "2020-12-14T10:00:00+03:00", "2021-05-05T10:00:00+03:00"
TOO_LATE = "2021-05-10T18:00:01+03:00"


class Closing:
    """A closing programme with its rows, and the results of jobs run on it at the fixed instant."""

    def __init__(self, world: World, engine: Engine, clock_file: str) -> None:
        self.world, self.engine, self.clock_file = world, engine, clock_file

    def compute(self, kind: str) -> dict[str, Any]:
        """Run a job of the kind and return its result row."""
        self.world.conn.commit()
        job = self.engine.ask(kind)
        self.engine.run(job, clock_file=self.clock_file)
        (result,) = self.engine.results(job)
        return result

    def answer(self, name: str, moment: str, at: str, **answers: int) -> None:
        """Let somebody answer a questionnaire; the before invitations are there already."""
        side = name.split("_", 1)[0]
        known = f"asked_{name}" if moment == "before" else f"asked_{name}_after"
        if known not in self.world.rows:
            survey = self.world.id(f"{side}_{moment}")
            who: dict[str, Any] = {f"{side}_id": self.world.id(name)}
            self.world.put("invitation", known, survey_id=survey, sent_at=at, **who)
        if not answers:
            return
        self.world.change(known, answered_at=at)
        self.world.conn.commit()
        with self.engine.conn("owner") as conn:
            for question, value in answers.items():
                conn.execute(
                    "INSERT INTO answer (municipality_id, school_id, programme_id, survey_id, invitation_id,"
                    " question, value) SELECT municipality_id, school_id, programme_id, survey_id, id, %s, %s"
                    " FROM invitation WHERE id = %s",
                    (question, value, self.world.id(known)),
                )
        self.enter()

    def meeting(self, pair: str, *, planned_on: str | None = None, held_on: str | None = None) -> None:
        self.world.put("meeting", pair_id=self.world.id(pair), planned_on=planned_on, held_on=held_on)

    def freeze(self, weights: dict[str, int], **values: int) -> None:
        """Freeze a later version of the reward rules."""
        self.world.end("rules")
        row: dict[str, Any] = {"weights": Jsonb(weights), "tie_rule": "shared_place", **values}
        self.world.put("reward_rules", frozen_at="2020-12-15T10:00:00+03:00", **row)

    def enter(self) -> None:
        """Begin the next transaction of the rows' connection."""
        self.world.conn.execute(
            "SELECT set_config('app.municipality_id', %s, true)", (str(self.world.municipality_id),)
        )
        self.world.conn.execute("SELECT set_config('app.school_id', 'all', true)")


@pytest.fixture
def closing(engine: Engine, tmp_path: Path) -> Iterator[Closing]:
    clock_file = tmp_path / "fixed"
    clock_file.write_text(NOW, encoding="ascii")
    with (
        psycopg.connect(engine.dsns["nastavnik_api"], row_factory=dict_row) as api,
        psycopg.connect(engine.dsns["nastavnik_engine"], row_factory=dict_row) as rows,
    ):
        world = build_world(api, rows)
        rows.commit()
        own = replace(engine, programme=ProgrammeKey(world.municipality_id, world.school_id, world.programme_id))
        made = Closing(world, own, str(clock_file))
        made.enter()
        yield made


def one(rows: list[dict[str, Any]], **wanted: Any) -> dict[str, Any]:
    """Return the only row with these values."""
    (found,) = [row for row in rows if all(row[key] == value for key, value in wanted.items())]
    return found


def test_feedback_counts_who_was_asked_who_answered_in_time_and_who_moved(closing: Closing) -> None:
    closing.answer("mentee_a", "before", BEFORE, result=7, comfort=5)
    closing.answer("mentee_b", "before", BEFORE, result=6)
    closing.answer("mentee_a", "after", AFTER, result=9, comfort=5)
    closing.answer("mentee_b", "after", AFTER, result=5)
    closing.answer("mentee_c", "after", TOO_LATE, result=10)
    result = closing.compute(AGGREGATE_FEEDBACK)
    school = result["body"]["school"]
    after = one(school["questions"], side="mentee", moment="after", question="result")
    assert (after["asked"], after["answered"]) == (2, 2), "the third was sent and answered after the cut-off"
    assert after["content"]["mean"] == 7
    assert (after["content"]["satisfied"]["k"], after["content"]["satisfied"]["n"]) == (1, 2)
    before = one(school["questions"], side="mentee", moment="before", question="result")
    assert (before["asked"], before["answered"]) == (3, 2)
    moved = one(school["changes"], side="mentee", question="result")
    assert (moved["paired"], moved["content"]["better"], moved["content"]["worse"]) == (2, 1, 1)
    still = one(school["changes"], side="mentee", question="comfort")
    assert (still["paired"], still["content"]["same"]) == (1, 1)
    assert result["cut_off_at"].isoformat() == "2021-05-10T15:00:00+00:00"


def test_feedback_of_nobody_is_a_result_with_the_question_and_without_content(closing: Closing) -> None:
    school = closing.compute(AGGREGATE_FEEDBACK)["body"]["school"]
    row = one(school["questions"], side="mentor", moment="after", question="own_work")
    assert (row["asked"], row["answered"], row["content"]) == (0, 0, None)


def test_what_leaves_the_school_hides_answers_of_few(closing: Closing) -> None:
    closing.answer("mentee_a", "after", AFTER, result=9)
    body = closing.compute(AGGREGATE_FEEDBACK)["body"]
    outside = one(body["outside"]["questions"], side="mentee", moment="after", question="result")
    assert (outside["answered"], outside["content"], outside["hidden"]) == (1, None, True)


def test_while_a_side_is_open_the_cut_off_is_the_instant_of_asking(closing: Closing) -> None:
    closing.world.change("mentor_after", closed_at=None)
    assert closing.compute(AGGREGATE_FEEDBACK)["cut_off_at"].isoformat() == "2021-05-20T09:00:00+00:00"


def test_the_score_counts_coverage_pairs_meetings_and_goals(closing: Closing) -> None:
    closing.world.change("profile", children_10_19=100, children_15_19=None, young_teachers=0)
    closing.world.change("pair_done", goal_attained="yes")
    closing.world.change("pair_live", outcome="early", closed_on="2021-04-01", goal_attained="partly")
    for day in ("2021-02-01", "2021-03-01", "2021-05-12"):
        closing.meeting("pair_live", planned_on=day, held_on=day)
    closing.meeting("pair_done", planned_on="2021-02-02")
    rows = closing.compute(SCORE_EFFECTIVENESS)["body"]["school"]["components"]
    counted = {row["key"]: (row["k"], row["n"], row["absent"]) for row in rows}
    assert counted["quality"] == (18, 18, None)
    # a and b are 13 and 14 years old, d is 19; of c neither birth date nor grade is known.
    assert counted["coverage_mentees"] == (3, 100, None)
    assert counted["coverage_mentors"] == (1, None, "no_denominator")
    assert counted["coverage_young_teachers"] == (0, 0, "empty_denominator")
    assert counted["meetings_held"] == (2, 3, None), "the meeting after the cut-off does not count"
    assert counted["pairs_kept"] == (1, 2, None)
    assert counted["goals_attained"] == (1, 2, None)
    assert counted["satisfied_mentees"] == (0, 0, "empty_denominator")


def test_the_score_knows_a_pupil_without_a_birth_date_by_the_grade(closing: Closing) -> None:
    closing.world.put(
        "person_grade",
        of_programme=False,
        person_id=closing.world.id("mentee_c_person"),
        school_year=2020,
        grade=8,
    )
    rows = closing.compute(SCORE_EFFECTIVENESS)["body"]["school"]["components"]
    assert one(rows, key="coverage_mentees")["k"] == 4


def test_a_mentee_whose_consent_was_withdrawn_is_not_covered(closing: Closing) -> None:
    closing.world.change("mentee_a_person_consent", withdrawn_on="2021-05-01")
    rows = closing.compute(SCORE_EFFECTIVENESS)["body"]["school"]["components"]
    assert one(rows, key="coverage_mentees")["k"] == 2


def test_activities_in_time_go_by_effective_dates_of_the_stages_before_the_last(closing: Closing) -> None:
    with closing.engine.conn() as conn:
        # Due on 30 November; on Sunday 6 December, so on the 7th; on the 31st of December, extended to 20 January.
        for key, day in (("I.1", "2020-11-30"), ("II.1", "2020-12-07"), ("II.2", "2020-12-08"), ("IV.1", "2021-01-20")):
            conn.execute(
                "INSERT INTO fulfilment (municipality_id, school_id, programme_id, activity_key, fulfilled_on,"
                " recorded_at) VALUES (%s, %s, %s, %s, %s, now())",
                (
                    closing.world.municipality_id,
                    closing.world.school_id,
                    closing.world.programme_id,
                    key,
                    day,
                ),
            )
    closing.world.put(
        "extension", "extension", activity_key="IV.1", due_on="2021-01-20", document="приказ", reason="карантин"
    )
    # Not due by the cut-off at all: it leaves the denominator.
    closing.world.put(
        "extension", "longer", activity_key="VI.6", due_on="2021-05-31", document="приказ", reason="карантин"
    )
    rows = closing.compute(SCORE_EFFECTIVENESS)["body"]["school"]["components"]
    row = one(rows, key="activities_in_time")
    assert (row["k"], row["n"]) == (3, 17)


def test_satisfaction_and_shift_of_both_sides_enter_the_score(closing: Closing) -> None:
    closing.answer("mentee_a", "before", BEFORE, result=7)
    closing.answer("mentee_a", "after", AFTER, result=7)
    closing.answer("mentor_t", "before", BEFORE, own_work=3)
    closing.answer("mentor_t", "after", AFTER, own_work=6)
    rows = closing.compute(SCORE_EFFECTIVENESS)["body"]["school"]["components"]
    assert [(r["k"], r["n"]) for r in rows if r["key"].startswith("satisfied")] == [(1, 1), (0, 1)]
    shift = one(rows, key="shift")
    assert (shift["k"], shift["same"], shift["n"]) == (1, 1, 2)


def test_a_reward_list_names_its_score_and_leaves_meetings_before_training_out(closing: Closing) -> None:
    closing.meeting("pair_live", held_on="2020-12-18")
    for month in (1, 2, 3, 4, 5):
        day = f"2021-0{month}-05"
        closing.meeting("pair_live", planned_on=day, held_on=day)
        closing.meeting("pair_done", planned_on=day, held_on=day if month < 5 else None)
    closing.meeting("pair_done", held_on="2020-12-20")
    consent = {"kind": "publication", "given_by": "self", "given_on": "2021-01-01", "document": "согласие"}
    person = closing.world.id("mentor_t_person")
    closing.world.put("consent", "publication", of_programme=False, person_id=person, **consent)
    score = closing.compute(SCORE_EFFECTIVENESS)
    closing.enter()
    result = closing.compute(BUILD_REWARD_LIST)
    assert (result["based_on"], result["cut_off_at"]) == (score["id"], score["cut_off_at"])
    teachers, pupils = result["body"]["school"]["lists"]
    (first,) = teachers["places"]
    assert (first["mentor"], first["counted_meetings"], first["may_publish"]) == (
        str(closing.world.id("mentor_t")),
        5,
        True,
    )
    assert first["meetings"] == {"planned": 5, "held": 6, "before_training": 1}
    assert (pupils["outcome"], pupils["places"]) == ("nobody", [])
    (short,) = pupils["insufficient"]
    assert short["missing"] == [{"reason": "meetings", "component": None, "have": 4, "need": 5}]


def test_a_mentor_from_outside_the_order_is_in_neither_list_and_named_apart(closing: Closing) -> None:
    closing.world.change("mentor_p", origin="other")
    body = closing.compute(BUILD_REWARD_LIST)["body"]
    assert body["others"] == [str(closing.world.id("mentor_p"))]
    listed = [row["mentor"] for group in body["school"]["lists"] for row in group["places"] + group["insufficient"]]
    assert listed == [str(closing.world.id("mentor_t"))]


def test_opinions_of_a_mentors_own_mentees_are_its_evidence(closing: Closing) -> None:
    weights = {"mentees_satisfied": 2, "relationship": 1, "goals_attained": 0}
    closing.freeze(weights, minimum_meetings=0, minimum_answers=1)
    closing.answer("mentee_a", "after", AFTER, result=9, comfort=10, support=4)
    closing.answer("mentee_b", "after", AFTER, result=6, comfort=6)
    closing.answer("mentee_c", "after", AFTER, result=10, comfort=10)
    lists = closing.compute(BUILD_REWARD_LIST)["body"]["school"]["lists"]
    (teacher,), (pupil,) = (group["places"] for group in lists)
    figures = {row["key"]: (row["k"], row["n"]) for row in teacher["contributions"]}
    assert figures == {"mentees_satisfied": (1, 2), "relationship": (1, 2)}
    figures = {row["key"]: (row["k"], row["n"]) for row in pupil["contributions"]}
    assert figures == {"mentees_satisfied": (1, 1), "relationship": (1, 1)}


def test_rules_with_a_component_nobody_knows_end_the_job_with_its_name(closing: Closing) -> None:
    closing.freeze({"good_looks": 1}, minimum_meetings=0)
    closing.world.conn.commit()
    job = closing.engine.ask(BUILD_REWARD_LIST)
    closing.engine.run(job, clock_file=closing.clock_file)
    row = closing.engine.job(job)
    assert (row["status"], row["error_code"]) == ("dead", "rewards.rules_unusable")
    assert "good_looks" in row["error_ru"]
