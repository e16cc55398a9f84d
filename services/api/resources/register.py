"""Which nouns the API has."""

from __future__ import annotations

from flask_smorest import Blueprint

from services.api.resources import (
    documents,
    evaluation,
    packs,
    pairs,
    people,
    places,
    principals,
    programmes,
    roster,
)


def blueprints() -> list[Blueprint]:
    """Return all blueprints under /api/v1, in the order of the documentation."""
    modules = (principals, places, packs, programmes, documents, people, roster, pairs, evaluation)
    return [module.blueprint() for module in modules]
