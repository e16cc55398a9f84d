"""Consent documents over HTTP and on paper: who may make one, what is filled in, and that it is logged."""

from __future__ import annotations

import re
from html import unescape

from flask import Flask

from services.api.console.consent_pages import KIND_WORDS
from shared.roster.consent_words import KINDS
from tests.builders import School
from tests.http import Account, Api


def page(app: Flask, path: str, account: Account, status: int = 200) -> str:
    """Return a page as the owner of a token sees it."""
    client = app.test_client()
    client.set_cookie("nastavnik_token", account.token)
    answer = client.get(path)
    assert answer.status_code == status
    return unescape(answer.get_data(as_text=True))


def test_a_persons_document_is_filled_with_what_is_kept_and_its_making_is_logged(app: Flask, api: Api) -> None:
    school = School.begin(api, "Школа № 7")
    fields = {"kind": "pupil", "family_name": "Ёлкина", "given_name": "Анна"}
    person = school.curator.post("/people", fields)["id"]
    assert list(KIND_WORDS) == list(KINDS)
    for kind in KINDS:
        form = school.curator.get(f"/people/{person}/consent-forms/{kind}")
        assert (form["kind"], form["signer"]) == (kind, "minor")
        lines = {line["label"]: line["value"] for line in form["parties"][1]["lines"]}
        assert (lines["Фамилия, имя, отчество"], lines["Дата рождения"]) == ("Ёлкина Анна", "")
        text = page(app, f"/people/{person}/consent/{kind}", school.curator)
        for words in (form["title"], form["opening"], "Школа № 7", "Ёлкина Анна", form["clauses"][0]["paragraphs"][0]):
            assert words in text
    deeds = [deed["action"] for deed in school.curator.get(f"/people/{person}/record")["deeds"]]
    assert deeds.count("person.consent_form") == 2 * len(KINDS)
    record = page(app, f"/people/{person}/record", school.curator)
    assert "составлен бланк согласия" in record
    assert record.count(f'href="/people/{person}/consent/processing"') == 1


def test_an_adult_signs_for_themselves(api: Api) -> None:
    school = School.begin(api)
    person = school.person("teacher", "Орлов", "Олег")
    assert school.curator.get(f"/people/{person}/consent-forms/processing")["signer"] == "adult"


def test_a_blank_form_is_for_either_signer(app: Flask, api: Api) -> None:
    school = School.begin(api, "Школа № 7")
    path = f"/schools/{school.school_id}/consent-forms/publication"
    assert school.curator.get(path)["signer"] == "minor"
    assert school.curator.get(f"{path}?signer=adult")["signer"] == "adult"
    assert school.curator.call("GET", f"{path}?signer=nobody").status_code == 422
    text = page(app, f"/schools/{school.school_id}/consent/publication?signer=adult", school.curator)
    assert "Законный представитель" not in text
    assert f"/schools/{school.school_id}/consent/publication?signer=minor" in text
    assert '<html lang="en"' in page(app, f"/schools/{school.school_id}/consent/photo?lang=en", school.curator)


def test_the_programmes_page_leads_to_the_blank_forms_for_those_who_may_see_people(app: Flask, api: Api) -> None:
    school = School.begin(api)
    programme = school.programme()
    link = f'href="/schools/{school.school_id}/consent/processing"'
    assert link in page(app, f"/programmes/{programme}", school.curator)
    assert link not in page(app, f"/programmes/{programme}", api.account(school.municipality_id, "methodist"))


def test_strangers_and_kinds_that_are_none_are_not_found_and_who_has_left_signs_nothing(app: Flask, api: Api) -> None:
    school = School.begin(api)
    person = school.person("pupil", "Ёлкина", "Анна")
    stranger = School.begin(api, "Школа № 2").curator
    methodist = api.account(school.municipality_id, "methodist")
    for path, path_of_page in (
        (f"/people/{person}/consent-forms/photo", f"/people/{person}/consent/photo"),
        (f"/schools/{school.school_id}/consent-forms/photo", f"/schools/{school.school_id}/consent/photo"),
    ):
        assert school.curator.call("GET", path.replace("photo", "cookies")).status_code == 404
        assert (stranger.call("GET", path).status_code, methodist.call("GET", path).status_code) == (404, 403)
        page(app, path_of_page, stranger, 404)
        page(app, path_of_page.replace("photo", "cookies"), school.curator, 404)
    school.curator.end(f"/people/{person}")
    assert school.curator.call("GET", f"/people/{person}/consent-forms/photo").get_json()["code"] == "record.ended"
    assert "/consent/" not in page(app, f"/people/{person}/record", school.curator)


def test_what_users_write_is_never_markup(app: Flask, api: Api) -> None:
    school = School.begin(api, "<b>Школа</b>")
    person = school.person("pupil", "<script>", "Анна")
    client = app.test_client()
    client.set_cookie("nastavnik_token", school.curator.token)
    raw = client.get(f"/people/{person}/consent/processing").get_data(as_text=True)
    assert not re.search(r"<(script|b)>", raw)
    assert "&lt;script&gt; Анна" in raw
