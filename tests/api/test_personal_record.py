"""An access request over HTTP and on paper: who may answer it, what it says, and that its reading is logged."""

from __future__ import annotations

import re
from html import unescape

from flask import Flask

from tests.api.beginnings import begin
from tests.api.surveyed import WHOLE_ANSWER, invited, survey
from tests.builders import School
from tests.http import Account, Api


def page(app: Flask, path: str, account: Account, status: int = 200) -> str:
    """Return a page as the owner of a token sees it."""
    client = app.test_client()
    client.set_cookie("nastavnik_token", account.token)
    answer = client.get(path)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def test_everything_kept_is_answered_in_one_call_and_the_reading_is_logged(api: Api) -> None:
    school = School.begin(api)
    person = school.person("pupil", "Ёлкина", "Анна")
    school.consent(person)
    programme = school.programme()
    school.curator.post(f"/programmes/{programme}/mentees", {"person_id": person, "topics": ["учёба"]})
    first = school.curator.get(f"/people/{person}/record")
    assert [section["key"] for section in first["sections"]] == ["person", "consent", "mentee"]
    assert first["sections"][0]["title"] == "Сведения о человеке"
    assert first["sections"][0]["rows"][0]["family_name"] == "Ёлкина"
    assert first["sections"][2]["rows"][0]["topics"] == ["учёба"]
    assert [deed["action"] for deed in first["deeds"]] == ["person.create", "consent.create", "mentee.create"]
    again = school.curator.get(f"/people/{person}/record")
    assert again["deeds"][-1]["action"] == "person.record"
    assert again["deeds"][-1]["actor_role"] == "curator"


def test_the_page_says_it_in_words_and_in_the_readers_language(app: Flask, api: Api) -> None:
    school = School.begin(api, "Школа № 7")
    person = school.person("pupil", "Ёлкина", "Анна")
    school.consent(person)
    text = page(app, f"/people/{person}/record", school.curator)
    for words in ("Что о вас хранится", "Ёлкина Анна", "Школа № 7", "обучающийся", "1 сентября 2020", "Мать"):
        assert words in text
    assert "processing" not in re.sub(r"<[^>]+>", "", text)
    assert "What is kept about you" in page(app, f"/people/{person}/record?lang=en", school.curator)


def test_nobody_else_may_ask_and_a_stranger_is_not_found(app: Flask, api: Api) -> None:
    school, other = School.begin(api, "Школа № 1"), School.begin(api, "Школа № 2")
    person = school.person()
    path = f"/people/{person}/record"
    psychologist = api.account(school.municipality_id, "psychologist", school.school_id)
    director = api.account(school.municipality_id, "director", school.school_id)
    for account, status in ((school.methodist, 403), (psychologist, 403), (director, 403), (other.curator, 404)):
        assert account.call("GET", path).status_code == status
        page(app, path, account, status)
    assert school.curator.call("GET", "/people/999999/record").status_code == 404


def test_what_people_typed_is_shown_as_text(app: Flask, api: Api) -> None:
    school = School.begin(api)
    person = school.person("pupil", "<script>alert(1)</script>", "pupil")
    client = app.test_client()
    client.set_cookie("nastavnik_token", school.curator.token)
    raw = client.get(f"/people/{person}/record").get_data(as_text=True)
    assert "<script>" not in raw
    assert "<dd>pupil</dd>" in raw


def test_codes_of_the_pack_are_said_in_its_own_words(app: Flask, api: Api) -> None:
    beginning = begin(api)
    beginning.pair(1)
    (holder,) = invited(beginning, survey(beginning))
    holder.post("answers", {"answers": WHOLE_ANSWER})
    (mentee,) = beginning.curator.get(f"{beginning.path}/mentees")["items"]
    text = page(app, f"/people/{mentee['person_id']}/record", beginning.curator)
    assert "учитель - ученик" in text
    assert "Насколько безопасно вы чувствовали себя с наставником?" in text
    assert "teacher_pupil" not in text


def test_who_looked_at_a_child_is_told_by_role_and_number(app: Flask, api: Api) -> None:
    school = School.begin(api)
    person = school.person()
    director = api.account(school.municipality_id, "director", school.school_id)
    asked = director.call("GET", f"/people/{person}")
    assert school.methodist.call("GET", f"/people/{person}").status_code == 403
    looks = [
        deed for deed in school.curator.get(f"/people/{person}/record")["deeds"] if deed["action"] == "person.read"
    ]
    assert [(look["actor_role"], look["request_id"]) for look in looks] == [("director", asked.headers["X-Request-Id"])]
    assert "открыто. Директор, №" in page(app, f"/people/{person}/record", school.curator)


def test_looks_at_lists_and_files_are_counted_for_everybody_who_was_in_them(app: Flask, api: Api) -> None:
    school = School.begin(api)
    curator, programme = school.curator, school.programme()
    director = api.account(school.municipality_id, "director", school.school_id)
    person = school.person()
    director.get("/people")
    school.consent(person)
    mentee = curator.post(f"/programmes/{programme}/mentees", {"person_id": person, "topics": ["учёба"]})["id"]
    for _ in range(2):
        director.get(f"/programmes/{programme}/mentees?limit=1")
    director.get(f"/programmes/{programme}/mentees/{mentee}")
    director.call("GET", f"/programmes/{programme}/mentees:export?names=true")
    director.get(f"/people/{person}/consents")
    told = curator.get(f"/people/{person}/record")["deeds"]
    looks = {(deed["entity"], deed["action"]): deed["times"] for deed in told if deed["actor_role"] == "director"}
    assert looks == {
        ("person", "person.list"): 1,
        ("person", "consent.list"): 1,
        ("mentee", "mentee.list"): 2,
        ("mentee", "mentee.read"): 1,
        ("mentee", "mentee.export_names"): 1,
    }
    text = page(app, f"/people/{person}/record", curator)
    assert "открыт список, где есть эта запись (× 2). Директор, №" in text
    assert "выгружен файл, где есть эта запись, с именем. Директор, №" in text


def test_a_look_at_a_list_before_somebody_was_in_it_or_at_another_list_is_not_theirs(api: Api) -> None:
    school = School.begin(api)
    one, other = school.programme(), school.programme("2021/22")
    person, neighbour = school.person(), school.person("pupil", "Иванова")
    for somebody in (person, neighbour):
        school.consent(somebody)
    director = api.account(school.municipality_id, "director", school.school_id)
    school.curator.post(f"/programmes/{one}/mentees", {"person_id": neighbour, "topics": ["учёба"]})
    director.get(f"/programmes/{one}/mentees")
    for programme in (one, other):
        school.curator.post(f"/programmes/{programme}/mentees", {"person_id": person, "topics": ["учёба"]})
    director.get(f"/programmes/{other}/mentees")
    deeds = school.curator.get(f"/people/{person}/record")["deeds"]
    assert [deed["times"] for deed in deeds if deed["action"] == "mentee.list"] == [1]


def test_the_page_of_a_programme_is_a_look_where_it_shows_names(app: Flask, api: Api) -> None:
    school = School.begin(api)
    programme, person = school.programme(), school.person()
    school.consent(person)
    school.curator.post(f"/programmes/{programme}/mentees", {"person_id": person, "topics": ["учёба"]})
    for account in (school.methodist, school.curator):
        page(app, f"/programmes/{programme}", account)
    looks = [
        deed for deed in school.curator.get(f"/people/{person}/record")["deeds"] if deed["action"] == "programme.names"
    ]
    assert [(look["actor_role"], look["entity"], look["times"]) for look in looks] == [("curator", "mentee", 1)]
