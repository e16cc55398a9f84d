"""The fields of a pack's YAML and the bounds of each; relations between two of them are rules.py's."""

from __future__ import annotations

from marshmallow import fields

from shared.pack.fields import (
    REQUIRED,
    Choice,
    Day,
    Flag,
    Key,
    SchoolYear,
    Share,
    Slug,
    Strict,
    Text,
    Whole,
    many,
    one,
    words,
)
from shared.pack.guard_names import INDICATORS, REWARD_COMPONENTS
from shared.pack.words import Provenance

SIDES = ("mentor", "mentee")
MOMENTS = ("before", "after")
PERSON_KINDS = ("pupil", "teacher", "student", "employer")
FLAGS = ("satisfied", "safety", "continue", "become_mentor")
_PROVENANCES = tuple(item.value for item in Provenance)


class LocalTextSchema(Strict):
    ru = Text()
    en = Text()


class ItemSchema(Strict):
    """A named item: a role variant, a catalogue's choice."""

    key = Key(required=True)
    name = one(LocalTextSchema)


class SourcedSchema(Strict):
    """Anything that says where it comes from."""

    provenance = Choice(_PROVENANCES)


class GuardSchema(SourcedSchema):
    name = Key(required=True)
    # Names and values are judged by guard_names.py in rules.py, which knows the guard.
    params = fields.Dict(load_default=dict, error_messages=REQUIRED)
    carried = Flag(load_default=False)


class DeadlineSchema(SourcedSchema):
    printed = Text(200)
    day = Whole(1, 31)
    month = Whole(1, 12)
    year_offset = Whole(0, 1)
    stands_in = Key(load_default=None)


class ActivitySchema(SourcedSchema):
    key = Key(required=True)
    label = Text(20)
    text = Text(1000)
    short = one(LocalTextSchema)
    guards = many(GuardSchema, 1, 10)
    deadline = one(DeadlineSchema, required=False, load_default=None)


class StageSchema(SourcedSchema):
    key = Slug(required=True)
    label = Text(20)
    title = Text(500)
    name = one(LocalTextSchema)
    deadline = one(DeadlineSchema)
    on_enter = words(Key(), 5)
    activities = many(ActivitySchema, 1, 30)


class FormSchema(SourcedSchema):
    key = Key(required=True)
    name = one(LocalTextSchema)
    enabled = Flag(required=True)
    mentor_kind = Choice(PERSON_KINDS)
    mentee_kind = Choice(PERSON_KINDS)
    role_variants = many(ItemSchema, 0, 20)


class QuestionSchema(Strict):
    key = Key(required=True)
    kind = Choice(("scale", "yes_no", "open"))
    text = one(LocalTextSchema)
    flags = words(Choice(FLAGS), 4)
    scale = Key(load_default=None)
    minimum = Whole(0, 100, required=False, load_default=None)
    maximum = Whole(1, 100, required=False, load_default=None)


class QuestionnaireSchema(SourcedSchema):
    key = Key(required=True)
    side = Choice(SIDES)
    moment = Choice(MOMENTS)
    form = Key(load_default=None)
    title = one(LocalTextSchema)
    questions = many(QuestionSchema, 1, 60)


class SideQuestionsSchema(Strict):
    mentor = Key()
    mentee = Key()


class SatisfactionSchema(SourcedSchema):
    minimum = Whole(0, 100)
    questions = one(SideQuestionsSchema)


class SafetySchema(SourcedSchema):
    maximum = Whole(0, 100)
    questions = one(SideQuestionsSchema)


class CriterionSchema(SourcedSchema):
    key = Key(required=True)
    text = one(LocalTextSchema)


class BandSchema(ItemSchema):
    minimum = Whole(0, 1000)
    maximum = Whole(0, 1000)


class IndicatorSchema(SourcedSchema):
    key = Choice(INDICATORS)
    name = one(LocalTextSchema)
    weight = Share(required=True)


class ScoringSchema(Strict):
    rating_maximum = Whole(1, 10)
    criteria = many(CriterionSchema, 1, 30)
    bands_provenance = Choice(_PROVENANCES)
    bands = many(BandSchema, 1, 10)
    indicators = many(IndicatorSchema, 1, 30)


class RewardComponentSchema(SourcedSchema):
    key = Choice(REWARD_COMPONENTS)
    name = one(LocalTextSchema)
    weight = Share(required=True)
    estimate = Choice(("share", "mean"))
    minimum_evidence = Whole(1, 1000)


class RewardSchema(SourcedSchema):
    groups = fields.List(Choice(("teachers", "pupils")), required=True, error_messages=REQUIRED)
    places = Whole(1, 100)
    minimum_meetings = Whole(0, 1000)
    tie_rule = Choice(("shared_place",))
    components = many(RewardComponentSchema, 1, 10)


class CatalogueSchema(SourcedSchema):
    key = Key(required=True)
    name = one(LocalTextSchema)
    items = many(ItemSchema, 1, 100)


class PlanValueSchema(Strict):
    year = Whole(2000, 2100)
    percent = Whole(0, 100)


class DistrictIndicatorSchema(SourcedSchema):
    key = Key(required=True)
    name = one(LocalTextSchema)
    plan = many(PlanValueSchema, 1, 30)


class OrderSchema(Strict):
    number = Text(40)
    date = Day(required=True)
    appendix = Text(40)
    issuer = Text(300)
    body_held = Flag(required=True)


class NoteSchema(SourcedSchema):
    key = Key(required=True)
    places = words(Key(), 30)
    text = one(LocalTextSchema)


class PackSchema(Strict):
    code = Slug(required=True)
    version = Whole(1, 10_000)
    title = one(LocalTextSchema)
    order = one(OrderSchema)
    school_year = SchoolYear(required=True)
    stages = many(StageSchema, 2, 20)
    complete = many(GuardSchema, 1, 20)
    forms = many(FormSchema, 1, 30)
    questionnaires = many(QuestionnaireSchema, 1, 60)
    satisfaction = one(SatisfactionSchema)
    safety = one(SafetySchema)
    scoring = one(ScoringSchema)
    reward = one(RewardSchema)
    catalogues = many(CatalogueSchema, 1, 20)
    district_indicators = many(DistrictIndicatorSchema, 0, 30)
    notes = many(NoteSchema, 0, 30)
