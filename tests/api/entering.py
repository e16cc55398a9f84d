"""People who enter by password, in a browser of their own: invited, let in, asked for codes; knows no rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

import psycopg
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from shared.db.pool import Conn
from tests.builders import School
from tests.http import Api

PASSWORD = "четыре вовсе не связанных слова"
OTHER_PASSWORD = "совсем другая длинная фраза"
LOGIN = "curator@school.example"


@dataclass(frozen=True, slots=True)
class Invited:
    """A principal with the path of the link that sets the password."""

    app: Flask
    principal_id: int
    login: str
    link: str

    def set_password(self, password: str = PASSWORD, again: str | None = None) -> TestResponse:
        """Send the form behind the link, in a new browser."""
        form = {"password": password, "again": password if again is None else again}
        return self.app.test_client().post(self.link, data=form)


def invite(school: School, login: str = LOGIN, *, role: str = "curator") -> Invited:
    """Make a principal of the school and invite it."""
    body = {"name": "Анна Куратор", "role": role, "school_id": school.school_id, "email": login}
    principal_id = int(school.methodist.post("/principals", body)["id"])
    made = school.methodist.post(f"/principals/{principal_id}/invitation")
    return Invited(school.api.app, principal_id, login, path_of(made["url"]))


def member(school: School, login: str = LOGIN, *, role: str = "curator") -> Invited:
    """The same, with the password set."""
    made = invite(school, login, role=role)
    assert made.set_password().status_code == 303
    return made


def begin_entering(api: Api) -> School:
    """Make a school with a curator who enters by password."""
    school = School.begin(api)
    member(school)
    return school


@contextmanager
def inside(dsns: dict[str, str], school: School) -> Iterator[psycopg.Connection]:
    """Open a transaction of the API's role inside the school's municipality, kept at the end."""
    with psycopg.connect(dsns["nastavnik_api"]) as conn:
        conn.execute(
            "SELECT set_config('app.municipality_id', %s, true), set_config('app.school_id', 'all', true)",
            (str(school.municipality_id),),
        )
        yield conn


def change(dsns: dict[str, str], school: School, statement: str, *values: object) -> None:
    """Run a statement in such a transaction."""
    with inside(dsns, school) as conn:
        conn.execute(statement, values)


def noted(conn: Conn) -> list[tuple[str, str]]:
    """Return actions and roles of the audit log about coming in, in their order."""
    words = ("login", "logout", "password", "session", "factor", "account")
    rows = conn.execute("SELECT action, actor_role FROM audit ORDER BY id").fetchall()
    return [(row["action"], row["actor_role"]) for row in rows if row["action"].startswith(words)]


def path_of(url: str) -> str:
    """Return the part of an address that the test client takes."""
    return urlsplit(url).path


def log_in(app: Flask, login: str = LOGIN, password: str = PASSWORD, **more: str) -> tuple[FlaskClient, TestResponse]:
    """Send the form in a new browser; return the browser and the answer."""
    client = app.test_client()
    return client, client.post("/enter/password", data={"login": login, "password": password}, headers=more)


def entered(app: Flask, login: str = LOGIN, password: str = PASSWORD) -> FlaskClient:
    """Return a browser that has entered."""
    client, answer = log_in(app, login, password)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/"), answer.get_data(as_text=True)
    return client


def is_in(client: FlaskClient) -> bool:
    """Say whether the browser's pages open."""
    return client.get("/account").status_code == 200


def press(client: FlaskClient, path: str, action: str, **fields: str) -> TestResponse:
    """Open a page and send its form to ``action``, with its mark."""
    page = unescape(client.get(path).get_data(as_text=True))
    form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.DOTALL)
    assert form is not None, f"{path} has no form to {action}"
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form[0]))
    return client.post(action, data={**hidden, **fields})
