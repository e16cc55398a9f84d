"""The single sign-on in a real browser: two sites, and cookies that keep to theirs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from deploy.embedded.children import free_port
from services.api.issuer import BACK
from shared.settings import Settings
from tests.api.local_issuer import Issuer, running_issuer
from tests.api.sign_on.browsing import EMAIL, signing_on
from tests.browser.chromium import Browser, find_chromium
from tests.builders import School
from tests.http import Account, Api, installed

PROGRAM = find_chromium()
if PROGRAM is None:
    pytest.skip("this machine has no Chromium (Debian: apt-get install chromium)", allow_module_level=True)


@dataclass(frozen=True)
class Site:
    """The application at `localhost` and its issuer at 127.0.0.1: to a browser these are two sites."""

    app: Flask
    url: str
    issuer: Issuer


@pytest.fixture
def site(built: Flask, settings: Settings) -> Iterator[Site]:
    port = free_port()
    url = f"http://localhost:{port}"
    with running_issuer() as issuer:
        issuer.tell_the_truth()
        issuer.back = url + BACK
        with installed(built, signing_on(settings, issuer.url, public_url=url)):
            server = make_server("localhost", port, built, threaded=True)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            yield Site(built, url, issuer)
            server.shutdown()
            thread.join()
            server.server_close()


def test_one_click_leads_away_and_back_to_the_page_that_was_wanted(
    site: Site, dsns: dict[str, str], tmp_path: Path
) -> None:
    school = School.begin(Api.begin(site.app, dsns["nastavnik_owner"]))
    manager = Account(site.app, school.api.admin.token, school.municipality_id)
    fields = {"name": "Орлова М. С.", "role": "curator", "school_id": school.school_id, "email": EMAIL}
    manager.post(f"/principals/{manager.post('/principals', fields)['id']}/invitation")
    wanted = f"/programmes/{school.programme()}"
    assert PROGRAM is not None
    with Browser(PROGRAM, tmp_path / "profile") as browser:
        page = browser.open_page(width=390)
        page.go(f"{site.url}/enter?programme={wanted.rpartition('/')[2]}")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.evaluate("document.querySelector('.sign-on a').click()")
        page.until(f"location.pathname === '{wanted}' && document.readyState === 'complete'")
        assert page.evaluate("document.querySelector('h1').textContent") == "Школа № 1"
        assert page.evaluate("document.cookie") == "", "no script reads them"
        assert page.complaints() == []
        site.issuer.tell_the_truth(sub="stranger", email="stranger@school.example")
        stranger = browser.open_page(width=390)
        stranger.go(f"{site.url}/enter/sso")
        stranger.until("document.readyState === 'complete' && document.querySelector('h1') !== null")
        assert "попросите пригласить вас" in stranger.evaluate("document.body.textContent")
