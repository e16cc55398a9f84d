"""Pages of the consent documents: one kind on one sheet, with a person's data or blank; knows no wording of theirs."""

from __future__ import annotations

from flask import Blueprint, Response, request

from services.api.console import head
from services.api.request_scope import scope, scoped
from services.api.resources.consent_forms import RIGHT
from shared.roster.consent_form import ConsentForm, Signer, blank_form, form_for
from shared.roster.consent_words import KINDS


def add_consent_pages(blueprint: Blueprint) -> None:
    """Add the two addresses."""
    blueprint.add_url_rule("/people/<id:person_id>/consent/<kind>", "consent", consent, methods=["GET"])
    blueprint.add_url_rule("/schools/<id:school_id>/consent/<kind>", "blank_consent", blank_consent, methods=["GET"])


@scoped(RIGHT)
def consent(person_id: int, kind: str) -> Response:
    """A person's document."""
    form = form_for(scope().conn, scope().actor, person_id, kind)
    return _page(form, {one: head.link("consent", person_id=person_id, kind=one) for one in KINDS})


@scoped(RIGHT)
def blank_consent(school_id: int, kind: str) -> Response:
    """A document of the school, to be filled by hand; ``?signer=adult`` is the one that the person signs."""
    signer = Signer.ADULT if request.args.get("signer") == Signer.ADULT else Signer.MINOR
    form = blank_form(scope().conn, school_id, kind, signer)
    links = {one: _blank(school_id, one, signer) for one in KINDS}
    return _page(form, links, {one.value: _blank(school_id, kind, one) for one in Signer})


def _blank(school_id: int, kind: str, signer: Signer) -> str:
    return head.link("blank_consent", school_id=school_id, kind=kind, signer=signer.value)


def _page(form: ConsentForm, kinds: dict[str, str], signers: dict[str, str] | None = None) -> Response:
    return head.page("consent.html", form=form, kinds=kinds, signers=signers or {})
