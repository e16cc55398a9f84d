"""Every kind of mistake that a pack can have is named with its place."""

from __future__ import annotations

import pytest

from shared.pack.library import FOLDER
from shared.pack.load import PackInvalid, load_pack

TEXT = (FOLDER / "order_428.v1.yaml").read_text(encoding="utf-8")

# What is replaced => by what (\n is a new line), then the code and the path of the mistake.
TABLE = r"""
key: mentees\n => key: conditions\n
    key.repeated @ stages.1.key
key: mentees\n => key: suspended\n
    key.reserved @ stages.1.key
key: mentees\n => key: Base II\n
    key.slug @ stages.1.key
key: I.2\n => key: I.1\n
    key.repeated @ stages.0.activities.1.key
title: Формирование базы наставляемых => title: ''
    text.length @ stages.1.title
title: Формирование базы наставляемых => title: "a\0b"
    text.characters @ stages.1.title
title: Формирование базы наставляемых => title: "a\u202Eb"
    text.characters @ stages.1.title
title: Формирование базы наставляемых => title: [a]
    field.text @ stages.1.title
{name: roadmap_complete, provenance: local} => {name: roadmap_complete}
    field.required @ stages.0.activities.4.guards.0.provenance
{name: roadmap_complete, provenance: local} => {name: roadmap_complete, provenance: hearsay}
    choice.unknown @ stages.0.activities.4.guards.0.provenance
{name: roadmap_complete, provenance: local} => roadmap_complete
    field.shape @ stages.0.activities.4.guards.0
params: {minimum: 1}, provenance: local} => provenance: local}
    guard.param_missing @ stages.1.activities.1.guards.0.params
params: {minimum: 1} => params: {minimum: 1, maximum: 2}
    guard.param_unknown @ stages.1.activities.1.guards.0.params.maximum
params: {minimum: 1} => params: {minimum: 0}
    number.whole @ stages.1.activities.1.guards.0.params.minimum
params: {minimum: 1} => params: {minimum: [1]}
    number.whole @ stages.1.activities.1.guards.0.params.minimum
kinds: [regulation, order, event_plan] => kinds: [regulation, charter]
    guard.param_list @ stages.0.activities.0.guards.0.params.kinds
kinds: [regulation, order, event_plan] => kinds: [order, order]
    guard.param_list @ stages.0.activities.0.guards.0.params.kinds
kinds: [regulation, order, event_plan] => kinds: []
    guard.param_list @ stages.0.activities.0.guards.0.params.kinds
subject: monitoring => subject: weather
    choice.unknown @ stages.6.activities.1.guards.1.params.subject
{name: roadmap_approved, provenance: order} => {name: roadmap_complete, provenance: order}
    guard.repeated @ stages.0.activities.4.guards.1
{name: results_expected, provenance: order} => {name: results_expected, carried: true, provenance: order}
    guard.carried @ stages.1.activities.1.guards.1.carried
{name: pairs_finished, provenance: order} => {name: mentors_trained, carried: true, provenance: order}
    guard.carried @ complete.0.carried
{name: popularised, provenance: order} => {name: mentors_trained, carried: true, provenance: order}
    guard.carried @ stages.6.activities.3.guards.2.carried
carried: true => carried: yes
    flag.form @ stages.3.activities.1.guards.2.carried
on_enter: [aggregate_feedback] => on_enter: [aggregate_feedback, aggregate_feedback]
    key.repeated @ stages.6.on_enter.1
on_enter: [aggregate_feedback] => on_enter: aggregate_feedback
    field.shape @ stages.6.on_enter
day: 31, month: 11 => day: 32, month: 11
    number.whole @ stages.0.deadline.day
day: 6, month: 12 => day: 7, month: 12
    deadline.printed @ stages.1.deadline.printed
day: 25, month: 5, year_offset: 1 => day: 25, month: 5, year_offset: 0
    deadline.offset @ stages.6.deadline.year_offset
до 25 мая 2021 => до 25 мая 2022
    deadline.year @ stages.6.deadline.printed
stands_in: I.1 => stands_in: II.1
    deadline.stands_in @ stages.0.deadline.stands_in
school_year: 2020/21 => school_year: 2020/22
    school_year.form @ school_year
date: '2020-09-23' => date: '2020-09-31'
    date.form @ order.date
date: '2020-09-23' => date: 23.09.2020
    date.form @ order.date
key: teacher_teacher => key: pupil_pupil
    key.repeated @ forms.1.key
key: leader_passive => key: equal_equal
    key.repeated @ forms.0.role_variants.2.key
mentor_kind: employer => mentor_kind: robot
    choice.unknown @ forms.4.mentor_kind
key: mentor_after => key: mentor_before
    key.repeated @ questionnaires.3.key
side: mentor\n    moment: after => side: mentor\n    moment: before
    questionnaire.repeated @ questionnaires.3
side: mentor\n    moment: after => side: mentor\n    moment: before
    questionnaire.missing @ questionnaires
side: mentor\n    moment: after => side: mentor\n    form: tutor_pupil\n    moment: after
    reference.form @ questionnaires.3.form
key: personal_meetings => key: comfort
    key.repeated @ questionnaires.0.questions.1.key
minimum: 1, maximum: 10 => minimum: 10, maximum: 10
    question.bounds @ questionnaires.0.questions.0
minimum: 1, maximum: 10 => minimum: 1, maximum: 7
    question.differs @ questionnaires.1.questions.0
key: valued, kind: open => key: valued, kind: open, minimum: 1
    question.bounds @ questionnaires.0.questions.10
flags: [safety] => flags: [danger]
    choice.unknown @ questionnaires.0.questions.6.flags.0
flags: [satisfied] => flags: []
    question.flag @ satisfaction.questions.mentee
mentee: result, mentor: own_work => mentee: results, mentor: own_work
    reference.question @ satisfaction.questions.mentee
mentee: result, mentor: own_work => mentee: result
    rule.side @ satisfaction.questions
mentee: result, mentor: own_work => mentee: valued, mentor: own_work
    rule.scale @ satisfaction.questions.mentee
  minimum: 7\n =>   minimum: 11\n
    rule.threshold @ satisfaction.minimum
  maximum: 4\n =>   maximum: 0\n
    rule.threshold @ safety.maximum
params: {count: 9} => params: {count: 8}
    criteria.count @ stages.6.activities.2.guards.0.params.count
minimum: 9, maximum: 14 => minimum: 9, maximum: 13
    bands.cover @ scoring.bands
minimum: 15, maximum: 18 => minimum: 14, maximum: 18
    bands.cover @ scoring.bands
key: shift, weight: 0.05 => key: mood, weight: 0.05
    choice.unknown @ scoring.indicators.10.key
key: shift, weight: 0.05 => key: quality, weight: 0.05
    key.repeated @ scoring.indicators.10.key
weight: 0.35 => weight: 1.35
    number.share @ reward.components.0.weight
weight: 0.35 => weight: 0.36
    weights.sum @ reward.components
groups: [teachers, pupils] => groups: [teachers, teachers]
    key.repeated @ reward.groups
groups: [teachers, pupils] => groups: []
    field.count @ reward.groups
tie_rule: shared_place => tie_rule: coin
    choice.unknown @ reward.tie_rule
  - key: waivers =>   - key: excuses
    catalogue.missing @ catalogues
key: motivation, name => key: studies, name
    key.repeated @ catalogues.0.items.1.key
year: 2021, percent: 20 => year: 2020, percent: 20
    key.repeated @ district_indicators.0.plan.1.year
percent: 70} => percent: 170}
    number.whole @ district_indicators.0.plan.4.percent
places: [conditions] => places: [condition]
    reference.place @ notes.0.places.0
code: order_428 => code: order_428\ncode: order_429
    yaml.duplicate @ code
code: order_428 => code: !!python/name:os.system order_428
    yaml.tag @ code
code: order_428 => code: &a order_428
    yaml.alias @ code
code: order_428 => [code]: order_428
    yaml.key @
code: order_428 => <<: {code: order_428}
    field.unknown @ <<
code: order_428\n =>
    field.required @ code
notes:\n => ---\nnotes:\n
    yaml.documents @
"""


def cases() -> list[tuple[str, str, str, str]]:
    lines = TABLE.strip().split("\n")
    read: list[tuple[str, str, str, str]] = []
    for change, place in zip(lines[::2], lines[1::2], strict=True):
        old, _, new = change.partition(" =>")
        code, _, path = place.strip().partition(" @")
        read.append((_unescaped(old), _unescaped(new.removeprefix(" ")), code, path.strip()))
    return read


def _unescaped(text: str) -> str:
    return text.replace("\\n", "\n")


@pytest.mark.parametrize(("old", "new", "code", "path"), cases())
def test_a_mistake_is_named_with_its_place(old: str, new: str, code: str, path: str) -> None:
    assert old in TEXT
    with pytest.raises(PackInvalid) as invalid:
        load_pack(TEXT.replace(old, new, 1))
    assert (path, code) in {(problem.path, problem.code) for problem in invalid.value.problems}
