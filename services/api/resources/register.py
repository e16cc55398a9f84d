"""Which nouns the API has."""

from __future__ import annotations

from services.api.blueprint import Blueprint
from services.api.resources import (
    accounts,
    bulk,
    confidential,
    consent_forms,
    deliveries,
    documents,
    erasures,
    evaluation,
    events,
    identities,
    imports,
    jobs,
    jobs_overview,
    links,
    notices,
    packs,
    pairs,
    people,
    places,
    principals,
    privacy,
    programmes,
    results,
    rewards,
    roster,
    surveys,
    tokens,
    webhooks,
)


def blueprints() -> list[Blueprint]:
    """Return all blueprints under /api/v1, in the order of the documentation."""
    modules = (
        principals,
        accounts,
        identities,
        tokens,
        places,
        packs,
        programmes,
        documents,
        people,
        consent_forms,
        privacy,
        erasures,
        roster,
        imports,
        pairs,
        confidential,
        bulk,
        surveys,
        links,
        evaluation,
        results,
        rewards,
        jobs,
        jobs_overview,
        notices,
        events,
        webhooks,
        deliveries,
    )
    return [module.blueprint() for module in modules]
