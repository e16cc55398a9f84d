"""Pages of the consent documents: one kind on one sheet, with a person's data or blank; knows no wording of theirs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, Response, request

from services.api.console import head
from services.api.request_scope import scope, scoped
from services.api.resources.consent_forms import RIGHT
from shared.roster.consent_form import ConsentForm, Signer, blank_form, form_for

KIND_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "processing": "consent_processing",
        "publication": "consent_publication",
        "photo": "consent_photo",
        "transfer": "consent_transfer",
        "psych": "consent_psych",
    }
)
"""Kind -> the word that its link says; of the signers likewise."""
SIGNER_WORDS: Mapping[Signer, str] = MappingProxyType(
    {Signer.MINOR: "consent_signer_minor", Signer.ADULT: "consent_signer_adult"}
)


def add_consent_pages(blueprint: Blueprint) -> None:
    """Add the two addresses."""
    blueprint.add_url_rule("/people/<id:person_id>/consent/<kind>", "consent", consent, methods=["GET"])
    blueprint.add_url_rule("/schools/<id:school_id>/consent/<kind>", "blank_consent", blank_consent, methods=["GET"])


@scoped(RIGHT)
def consent(person_id: int, kind: str) -> Response:
    """A person's document."""
    form = form_for(scope().conn, scope().actor, person_id, kind)
    return _page(form, {one: head.link("consent", person_id=person_id, kind=one) for one in KIND_WORDS}, {})


@scoped(RIGHT)
def blank_consent(school_id: int, kind: str) -> Response:
    """A document of the school, to be filled by hand; ``?signer=adult`` is the one that the person signs."""
    signer = Signer.ADULT if request.args.get("signer") == Signer.ADULT else Signer.MINOR
    form = blank_form(scope().conn, school_id, kind, signer)
    links = {one: _blank(school_id, one, signer) for one in KIND_WORDS}
    return _page(form, links, {one: _blank(school_id, kind, one) for one in SIGNER_WORDS})


def _blank(school_id: int, kind: str, signer: Signer) -> str:
    return head.link("blank_consent", school_id=school_id, kind=kind, signer=signer.value)


def _page(form: ConsentForm, kinds: Mapping[str, str], signers: Mapping[Signer, str]) -> Response:
    rows = (
        [(KIND_WORDS[kind], address, kind == form.kind) for kind, address in kinds.items()],
        [(SIGNER_WORDS[signer], address, signer == form.signer) for signer, address in signers.items()],
    )
    return head.page("consent.html", form=form, rows=rows)
