"""The pages in a real browser: nothing complains, nothing scrolls sideways, everybody can read and print them."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from shared.db.tenancy import Tenant
from shared.roster.consent_words import KINDS
from tests.api.beginnings import Beginning, begin
from tests.api.test_notices import tell
from tests.api.watched import FOREIGN, Watched
from tests.browser.chromium import Browser, Page, find_chromium
from tests.conftest import ConnAs
from tests.http import Api

AXE = Path(__file__).with_name("axe-4.14.1") / "axe.min.js"
PROGRAM = find_chromium()
if PROGRAM is None:
    pytest.skip("this machine has no Chromium (Debian: apt-get install chromium)", allow_module_level=True)


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@dataclass(frozen=True)
class Site:
    """The application on a port of its own with one programme; ``name`` stands for what users write.

    ``job`` is a failed job of the programme; others wait, run and are done, and there are notices. ``erasure`` is done,
    another waits.
    """

    url: str
    token: str
    programme: str
    name: str
    job: str
    erasure: int

    def enter(self, page: Page) -> None:
        """Come in by the link and wait until the page it leads to stands."""
        page.go(f"{self.url}/enter?token={self.token}&programme={self.programme.rsplit('/', 1)[1]}")
        page.until("location.pathname.startsWith('/programmes/') && document.readyState === 'complete'")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests; each opens tabs of its own."""
    assert PROGRAM is not None
    with Browser(PROGRAM, tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture
def site(api: Api, clock: Callable[[str], None], conn_as: ConnAs) -> Iterator[Site]:
    """A late programme with long words, a person to answer and a pupil without a consent."""
    clock("2020-12-12T12:00:00+03:00")
    name = "<b>Муниципальная</b> общеобразовательная школа-интернат № 123 имени первопроходцев"
    beginning = begin(api, school=name)
    teacher = beginning.person("Константинопольская-Преображенская", "Александра", "teacher")
    for key in ("I.1", "I.2"):
        beginning.curator.patch(f"{beginning.path}/activities/{key}", {"responsible_id": teacher})
    pupil = beginning.person("Антонов", "Илья", with_consent=False)
    beginning.curator.post(f"{beginning.path}/mentees", {"person_id": pupil})
    watched = Watched(api, beginning, conn_as)
    for status in ("queued", "running", "done", "cancelled"):
        watched.put(status)
    watched.put("dead", kind=FOREIGN)
    (job,) = watched.put("dead")
    watched.live(silent_seconds=3600)
    tell(watched, "deadline.overdue", "deadline.soon", "case.survey", about=f": {name}")
    erased, _waiting = (erasure_of(beginning, beginning.person(name[:60], "Анна Мария")) for _ in range(2))
    engine = conn_as("engine", Tenant(beginning.municipality_id))
    engine.execute("SELECT erase_person(%s)", (erased,))
    engine.commit()
    server = make_server("127.0.0.1", 0, api.app, threaded=True, request_handler=_Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", beginning.curator.token, beginning.path, name, job, erased)
    server.shutdown()
    thread.join()
    server.server_close()


def erasure_of(beginning: Beginning, person: int) -> int:
    """Ask for a person's erasure; return its id."""
    return int(beginning.curator.post(f"/people/{person}/erasure")["id"])


def pages(site: Site) -> tuple[str, ...]:
    return (
        f"{site.url}{site.programme}",
        f"{site.url}/",
        f"{site.url}/enter",
        f"{site.url}/jobs?still=1",
        f"{site.url}/jobs/{site.job}",
        f"{site.url}/jobs/retry",
        f"{site.url}/notices",
        f"{site.url}/erasures",
        f"{site.url}/erasures/{site.erasure}/act",
        f"{site.url}/erasures/{site.erasure}/log",
        f"{site.url}/account",
        f"{site.url}/forgot",
        f"{site.url}/schools/1/consent/publication",
        f"{site.url}{site.programme}?lang=en",
    )


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_no_page_scrolls_sideways_or_complains(browser: Browser, site: Site, width: int) -> None:
    page = browser.open_page(width=width)
    site.enter(page)
    for url in pages(site):
        page.go(url)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, url
    assert page.complaints() == []


def test_the_checker_of_accessibility_finds_nothing(browser: Browser, site: Site) -> None:
    page = browser.open_page(width=1280)
    site.enter(page)
    for url in (*pages(site), f"{site.url}/nothing/here"):
        page.go(url)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        page.evaluate(AXE.read_text(encoding="utf-8") + ";0")
        found = page.evaluate(
            "axe.run().then(all => ({passed: all.passes.length,"
            " broken: all.violations.map(one => [one.id, one.nodes.map(node => node.html)])}))"
        )
        assert found["broken"] == [], url
        assert found["passed"] > 10


def test_a_phone_shows_activities_wide_enough_to_read(browser: Browser, site: Site) -> None:
    page = browser.open_page(width=360)
    site.enter(page)
    cell = "document.querySelector('.agenda tr[id] td:not(.tick)').getBoundingClientRect().width"
    assert page.evaluate(cell) > 200


def test_it_prints_as_a_table_to_tick_off(browser: Browser, site: Site) -> None:
    page = browser.open_page(width=1280)
    site.enter(page)
    shown = "getComputedStyle(document.querySelector('{}')).display"
    assert page.evaluate(shown.format(".agenda td.tick")) == "none"
    page.call("Emulation.setEmulatedMedia", media="print")
    assert page.evaluate(shown.format(".agenda td.tick")) == "table-cell"
    assert page.evaluate(shown.format(".top")) == "none"
    paper = page.pdf()
    assert paper.startswith(b"%PDF")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", paper)) <= 8
    sizes = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", paper)
    assert {(round(float(width)), round(float(height))) for width, height in sizes} == {(595, 842)}, "A4"


def test_a_consent_document_prints_on_two_sheets_without_what_is_said_to_the_school(
    browser: Browser, site: Site
) -> None:
    page = browser.open_page(width=1280)
    site.enter(page)
    page.call("Emulation.setEmulatedMedia", media="print")
    for kind in KINDS:
        page.go(f"{site.url}/schools/1/consent/{kind}")
        hidden = "[...document.querySelectorAll('.way')].map(one => getComputedStyle(one).display)"
        assert set(page.evaluate(hidden)) == {"none"}
        assert 1 <= len(re.findall(rb"/Type\s*/Page\b", page.pdf())) <= 2, kind


def test_it_reads_without_javascript(browser: Browser, site: Site) -> None:
    page = browser.open_page(width=1280)
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    site.enter(page)
    assert page.evaluate("document.querySelector('h1').textContent") == site.name
    assert page.evaluate("document.querySelectorAll('.agenda tr[id]').length") == 24


def test_a_button_works_in_a_real_browser_without_javascript(browser: Browser, site: Site) -> None:
    page = browser.open_page(width=390)
    page.call("Emulation.setScriptExecutionDisabled", value=True)
    site.enter(page)
    page.go(f"{site.url}/jobs/{site.job}")
    page.evaluate("document.querySelector('form[action$=\"/retry\"] button').click()")
    page.until("document.body.textContent.includes('Работа повторена')")


def test_the_token_stays_in_no_address_of_the_browsers_history(browser: Browser, site: Site) -> None:
    page = browser.open_page(width=1280)
    site.enter(page)
    entries = page.call("Page.getNavigationHistory")["entries"]
    assert [entry["url"] for entry in entries if "nst_" in entry["url"] + entry["userTypedURL"]] == []
    assert page.evaluate("document.cookie.includes('nst_')") is False


def test_the_apis_documentation_works_offline_under_its_policy(browser: Browser, site: Site) -> None:
    page = browser.open_page(width=1280)
    page.resize(1280, 20_000)  # operations are drawn when they come into view
    page.go(f"{site.url}/docs")
    page.until("document.querySelectorAll('#api .opblock').length > 100")
    page.evaluate("document.querySelector('#api .opblock-post button').click()")
    page.until("document.querySelector('#api .opblock-body') !== null")
    loaded = page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")
    assert loaded
    assert [url for url in loaded if not url.startswith(site.url)] == []
    assert page.complaints() == []
