"""Guards of stages II and III: the bases of mentees and mentors; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.pack.words import LocalText
from shared.programme.fact_values import Collected, Facts, Lack, Profile
from shared.programme.guards.sentences import CANDIDATES, MENTEES, MENTORS, TOPICS, lacking, listed
from shared.programme.guards.verdict import Remark, Verdict, latest, met, unmet

Params = Mapping[str, Any]

SOURCES: Mapping[str, LocalText] = {
    "parents": LocalText("родители", "parents"),
    "homeroom_teachers": LocalText("классные руководители", "homeroom teachers"),
    "psychologists": LocalText("педагоги-психологи", "psychologists"),
    "career_tests": LocalText("профориентационные тесты", "career tests"),
    "teachers": LocalText("педагоги", "teachers"),
    "pupils_9_11": LocalText("обучающиеся 9-11 классов", "pupils of grades 9-11"),
}


def collections_recorded(facts: Facts, params: Params) -> Verdict:
    """Each source is used, or does not apply for a reason that the school's profile bears out."""
    held = facts.bases.collections
    missing = [source for source in params["sources"] if source not in held]
    unfounded = [
        source for source in params["sources"] if source in held and not _holds(source, held[source], facts.profile)
    ]
    if not missing and not unfounded:
        waivers = [held[source].waiver for source in params["sources"] if held[source].waiver is not None]
        return met(latest(held[source].on for source in params["sources"]), waived=waivers[0] if waivers else None)
    if missing:
        names = listed(SOURCES[source] for source in missing)
        return unmet(
            "collections_recorded.missing",
            LocalText(f"Нет сведений о сборе данных: {names.ru}", f"No record of collecting data from: {names.en}"),
            Lack(len(missing), len(params["sources"]), tuple(missing)),
        )
    names = listed(SOURCES[source] for source in unfounded)
    return unmet(
        "collections_recorded.unfounded",
        LocalText(
            f"«Не применяется» расходится с профилем школы: {names.ru}",
            f"“Not applicable” contradicts the school's profile: {names.en}",
        ),
        Lack(len(unfounded), len(params["sources"]), tuple(unfounded)),
    )


def _holds(source: str, collected: Collected, profile: Profile | None) -> bool:
    """Say whether a source was used, or whether the profile agrees that it does not apply."""
    if collected.waiver is None:
        return True
    if profile is None:
        return False
    if source == "psychologists":
        return collected.waiver == "not_in_staff" and not profile.has_psychologist
    if source == "career_tests" and collected.waiver == "no_grades_9_11":
        return not profile.has_grades_9_11
    return (
        source == "career_tests"
        and collected.waiver in ("form_not_used", "not_in_staff")
        and not profile.has_career_tests
    )


def mentees_active(facts: Facts, params: Params) -> Verdict:
    """Enough mentees have a consent in force and a topic; those who wait for a consent are a warning."""
    bases, minimum = facts.bases, params["minimum"]
    awaiting = lacking("Нет действующего согласия", "No consent in force", bases.awaiting, MENTEES)
    if bases.mentees >= minimum:
        remark = Remark(
            "mentees_active.awaiting_consent",
            awaiting,
            bases.awaiting.count,
            bases.awaiting.of,
            bases.awaiting.items,
        )
        return met(warnings=(remark,) if bases.awaiting.count else ())
    if bases.awaiting.count:
        return unmet("mentees_active.no_consent", awaiting, bases.awaiting)
    if bases.topicless.count:
        message = lacking("Нет темы запроса", "No request topic", bases.topicless, MENTEES)
        return unmet("mentees_active.no_topic", message, bases.topicless)
    return unmet(
        "mentees_active.too_few",
        LocalText(
            f"В базе наставляемых: {bases.mentees}, нужно не менее {minimum}",
            f"In the base of mentees: {bases.mentees}, at least {minimum} needed",
        ),
        Lack(minimum - bases.mentees, minimum),
    )


def results_expected(facts: Facts, _params: Params) -> Verdict:
    """Each topic of the base has an expected result; a base without topics shows nothing."""
    lack = facts.bases.unexpected
    if not lack.of:
        return unmet(
            "results_expected.no_topics",
            LocalText("В базе наставляемых нет тем запросов", "The base of mentees has no request topics"),
        )
    if not lack.count:
        return met()
    message = lacking("Нет ожидаемого результата", "No expected result", lack, TOPICS)
    return unmet("results_expected.missing", message, lack, in_words=True)


def candidates_from_sources(facts: Facts, params: Params) -> Verdict:
    """Candidates come from each source; pupils of 9-11 only where there are any. Others are a warning."""
    origins, outside = facts.bases.origins, facts.bases.outside
    warnings: tuple[Remark, ...] = ()
    if outside.count:
        message = lacking("Вне приказа", "Outside the order", outside, CANDIDATES)
        warnings = (Remark("candidates_from_sources.outside", message, outside.count, outside.of, outside.items),)
    absent = [source for source in params["sources"] if not origins.get(source)]
    is_waived = facts.profile is not None and not facts.profile.has_grades_9_11
    missing = [source for source in absent if not (is_waived and source == "pupils_9_11")]
    if not missing:
        if any(origins.get(source) for source in params["sources"]):
            return met(waived="no_grades_9_11" if absent else None, warnings=warnings)
        missing = absent
    names = listed(SOURCES[source] for source in missing)
    return unmet(
        "candidates_from_sources.missing",
        LocalText(f"Нет кандидатов: {names.ru}", f"No candidates: {names.en}"),
        Lack(len(missing), len(params["sources"]), tuple(missing)),
        warnings=warnings,
    )


def mentors_active(facts: Facts, params: Params) -> Verdict:
    """Enough mentors take part: in the base and not turned down."""
    count, minimum = facts.bases.unconsented.of, params["minimum"]
    if count >= minimum:
        return met()
    return unmet(
        "mentors_active.too_few",
        LocalText(
            f"В базе наставников: {count}, нужно не менее {minimum}",
            f"In the base of mentors: {count}, at least {minimum} needed",
        ),
        Lack(minimum - count, minimum),
    )


def mentors_described(facts: Facts, _params: Params) -> Verdict:
    """Each mentor has a form of the programme and a capacity."""
    lack = facts.bases.undescribed
    if not lack.of:
        return _no_mentors("mentors_described.no_mentors")
    if not lack.count:
        return met()
    message = lacking("Нет формы программы или числа мест", "No form of the programme or no capacity", lack, MENTORS)
    return unmet("mentors_described.missing", message, lack)


def mentors_consented(facts: Facts, _params: Params) -> Verdict:
    """Each mentor's consent is in force."""
    lack = facts.bases.unconsented
    if not lack.of:
        return _no_mentors("mentors_consented.no_mentors")
    if not lack.count:
        return met()
    return unmet(
        "mentors_consented.missing",
        lacking("Нет действующего согласия", "No consent in force", lack, MENTORS),
        lack,
    )


def _no_mentors(code: str) -> Verdict:
    return unmet(code, LocalText("В базе нет наставников", "The base has no mentors"))
