"""Everybody who is foreign to the victim: accounts of other places, and those who have none that works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from shared.access.tokens import SESSION, new_secret
from tests.builders import School
from tests.http import Account, Api
from tests.security.scene import MUNICIPALITY, OUTSIDE, SCHOOL, Superuser, Walker


def of_other_places(api: Api, neighbour: School, stranger: School) -> list[Walker]:
    """Return accounts of every role that a foreign school and a foreign municipality have."""
    found = []
    for side, place in ((SCHOOL, neighbour), (MUNICIPALITY, stranger)):
        accounts = {"curator": place.curator}
        for role in ("director", "psychologist"):
            accounts[role] = api.account(place.municipality_id, role, place.school_id)
        if side == MUNICIPALITY:
            accounts["methodist"] = place.methodist
        found += [_walker(f"{role} of a foreign {side}", side, role, account) for role, account in accounts.items()]
    admin = api.admin.token
    inside = _walker("administrator inside another municipality", MUNICIPALITY, "admin", Account(api.app, admin))
    found.append(replace(inside, headers={**inside.headers, "X-Municipality": str(stranger.municipality_id)}))
    found.append(_walker("administrator inside no municipality", MUNICIPALITY, "admin", Account(api.app, admin)))
    return found


def without_an_account(
    api: Api, stranger: School, links: Mapping[str, tuple[str, ...]], conn: Superuser
) -> Iterator[Walker]:
    """Yield those who have no account that works."""
    yield Walker("nobody", OUTSIDE, None, {})
    accounts = {name: api.account(stranger.municipality_id, "methodist") for name in ("ended", "expired", "revoked")}
    ids = {name: int(account.token.split("_")[1]) for name, account in accounts.items()}
    conn.execute(
        "UPDATE principal SET ended_at = now() WHERE id = (SELECT principal_id FROM token WHERE id = %s)",
        (ids["ended"],),
    )
    conn.execute("UPDATE token SET expires_at = now() - interval '1 minute' WHERE id = %s", (ids["expired"],))
    conn.execute("UPDATE token SET revoked_at = now() WHERE id = %s", (ids["revoked"],))
    yield _walker("ended principal", OUTSIDE, None, accounts["ended"])
    yield _walker("expired token", OUTSIDE, None, accounts["expired"])
    yield _walker("revoked token", OUTSIDE, None, accounts["revoked"])
    yield _walker("holder of a personal link", OUTSIDE, None, Account(api.app, links[MUNICIPALITY][0]))
    for name, values in (("ended session", "now(), false"), ("session that waits for its code", "NULL, true")):
        secret = new_secret()
        row = conn.execute(
            "INSERT INTO account_session (municipality_id, principal_id, secret_hash, way, idle_until, expires_at,"
            " ended_at, awaits_code) SELECT municipality_id, id, %s, 'password', now() + interval '1 hour',"
            f" now() + interval '1 hour', {values} FROM principal WHERE municipality_id = %s AND role = 'methodist'"
            " ORDER BY id LIMIT 1 RETURNING id",
            (secret.digest, stranger.municipality_id),
        ).fetchone()
        assert row is not None
        yield _walker(name, OUTSIDE, None, Account(api.app, secret.token(SESSION, row[0])))


def _walker(name: str, side: str, role: str | None, account: Account) -> Walker:
    return Walker(name, side, role, {"Authorization": f"Bearer {account.token}"}, account.token)
