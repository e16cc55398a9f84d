"""A consent document holds what the law asks for, of its own kind, and forgets nothing that is kept."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from shared.errors import NotFound
from shared.privacy.words import SECTIONS
from shared.roster.consent_form import ConsentForm, Signer, Subject, consent_form
from shared.roster.consent_words import KEPT, KEPT_WITH_PSYCH, KINDS

ANNA = Subject("Ёлкина Анна Петровна", date(2010, 5, 4), "Ёлкина Мария Ивановна")
EVERY = [(kind, signer) for kind in KINDS for signer in Signer]


def labels(form: ConsentForm) -> set[str]:
    return {line.label for party in form.parties for line in party.lines}


def values(form: ConsentForm) -> set[str]:
    return {line.value for party in form.parties for line in party.lines if line.value}


def text(form: ConsentForm) -> str:
    clauses = itertools.chain.from_iterable((*one.paragraphs, *one.items, *one.choices) for one in form.clauses)
    return " ".join((form.title, form.opening, *clauses))


@pytest.mark.parametrize(("kind", "signer"), EVERY)
def test_every_document_has_what_article_9_part_4_asks_for(kind: str, signer: Signer) -> None:
    form = consent_form(kind, signer, school="Школа № 1", subject=ANNA)
    titles = [party.title for party in form.parties]
    assert titles[0] == "Оператор"
    assert {"Наименование школы", "Адрес", "ИНН, ОГРН", "Фамилия, имя, отчество"} <= labels(form)
    assert any("кем и когда выдан" in label for label in labels(form)), "an identity document"
    assert [clause.title for clause in form.clauses if clause.title in ("Цель", "Действия с данными", "Срок")]
    (data,) = [clause for clause in form.clauses if clause.title == "Перечень персональных данных"]
    assert data.items or data.choices
    for words in ("свободно, своей волей", "уничтожение", "отдельно от других документов", "___"):
        assert words in text(form)
    assert len(form.signatures) == (2 if signer is Signer.MINOR else 1)
    assert "юрист" in form.note
    assert "юрист" not in text(form), "the note is no part of what is signed"


@pytest.mark.parametrize("kind", KINDS)
def test_the_representative_signs_for_a_minor_and_an_adult_for_themselves(kind: str) -> None:
    minor = consent_form(kind, Signer.MINOR, school="Школа № 1", subject=ANNA)
    assert "Законный представитель" in [party.title for party in minor.parties]
    assert any("полномочиях" in label for label in labels(minor))
    assert {ANNA.name, ANNA.representative, "04.05.2010", "Школа № 1"} == values(minor)
    adult = consent_form(kind, Signer.ADULT, school="Школа № 1", subject=ANNA)
    assert len(adult.parties) == 2
    assert ANNA.representative not in values(adult)
    assert "в своём интересе" in adult.opening


@pytest.mark.parametrize(("kind", "signer"), EVERY)
def test_a_blank_form_holds_the_schools_name_alone(kind: str, signer: Signer) -> None:
    assert values(consent_form(kind, signer, school="Школа № 1", subject=Subject())) == {"Школа № 1"}


def test_the_documents_differ_in_purpose_and_title() -> None:
    assert len({words.title for words in KINDS.values()}) == len({words.purpose for words in KINDS.values()}) == 5


def test_what_is_allowed_one_by_one_is_allowed_by_hand_only() -> None:
    for kind in ("publication", "transfer"):
        form = consent_form(kind, Signer.MINOR, school="Школа № 1", subject=ANNA)
        assert any(clause.choices for clause in form.clauses)
        assert "пустая клетка значит «нет»" in text(form)
    published = consent_form("publication", Signer.MINOR, school="Школа № 1", subject=ANNA)
    assert "ст. 10.1" in published.law
    assert any("Телефон" in label for label in labels(published)), "order 18 asks for a contact"


def test_every_kind_of_row_that_is_kept_about_a_person_is_named_in_a_document() -> None:
    """The answer to an access request shows these sections; the proof of a destruction is kept by law instead."""
    named = [section for sections in KEPT.values() for section in sections] + list(KEPT_WITH_PSYCH)
    assert sorted(named) == sorted(set(SECTIONS) - {"erasure"})


def test_a_kind_that_is_none_is_not_found() -> None:
    with pytest.raises(NotFound):
        consent_form("cookies", Signer.MINOR, school="Школа № 1", subject=ANNA)
