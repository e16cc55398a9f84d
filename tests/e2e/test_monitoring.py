"""Several processes are watched as one, whoever dies; their lines are JSON that tells of nobody."""

from __future__ import annotations

import http.client
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil
import pytest

from deploy.embedded.children import free_port
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import Stack
from services.demo.journey import Told, walk
from shared.access.principals import bootstrap
from tests.e2e.monitored import TOKEN, Remembering, lines_of, log_files, scraped, wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
LIVEZ = 'http_requests_total{method="GET",rule="/livez",status="2xx"}'


@pytest.fixture(scope="module")
def dispatcher_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def stack(dispatcher_port: int) -> Iterator[Stack]:
    """An installation whose dispatcher already shows its figures."""
    with temporary_data_folder() as folder:
        clock = folder / "clock"
        clock.write_text("", encoding="ascii")
        environment = {"NASTAVNIK_CLOCK_FILE": str(clock), "NASTAVNIK_METRICS_TOKEN": TOKEN}
        start = ("api", "worker")
        with Stack(
            folder / "data", environment=environment, postgres_settings={"fsync": "off"}, start=start
        ) as running:
            running.start_process("dispatcher", env={"NASTAVNIK_METRICS_BIND": f"127.0.0.1:{dispatcher_port}"})
            wait_until(lambda: _answers(dispatcher_port))
            yield running


def _answers(port: int) -> bool:
    try:
        return bool(scraped(f"http://127.0.0.1:{port}/metrics"))
    except OSError:
        return False


@pytest.fixture(scope="module")
def admin(stack: Stack) -> Remembering:
    token = bootstrap(stack.env["NASTAVNIK_OWNER_DATABASE_URL"], name="Администратор")
    made = Remembering(stack.url, token)
    made.said.add(token)
    return made


@pytest.fixture(scope="module")
def told(stack: Stack, admin: Remembering) -> Told:
    """A programme's whole life, and what goes wrong around it."""
    clock = Path(stack.env["NASTAVNIK_CLOCK_FILE"])

    def set_clock(instant: str) -> None:
        clock.write_text(instant, encoding="ascii")

    walked = walk(admin, set_clock=set_clock, say=lambda _text: None)
    _misuse(stack, admin, walked)
    return walked


def _misuse(stack: Stack, admin: Remembering, walked: Told) -> None:
    """Send names, secrets and free texts where they do not belong; each is remembered by the client."""
    curator = walked.school.curator
    person = {"kind": "pupil", "family_name": "Приметный", "given_name": "Корней"}
    assert curator.call("POST", "/people", person | {"kind": "Неведомый"}).status == 422
    assert curator.call("POST", "/people", person | {"Прозвище": "Зоркий Глаз"}).status == 422
    assert curator.call("POST", "/people", person | {"given_name": "Корней\0Нулевой"}).status == 422
    assert curator.call("POST", "/people", person | {"given_name": "Длиннейший" * 300}).status == 422
    for _ in range(2):
        admin.call("POST", "/schools", {"name": "Школа имени Приметного"})
    assert curator.call("GET", f"/people?q={quote('Скрытный')}").status in (200, 422)
    assert curator.call("GET", f"/programmes/{quote('Неуловимый')}").status == 404
    assert admin.account("nst_999_ВорованныйТокен".encode().decode("latin-1")).call("GET", "/programmes").status == 401
    admin.said |= {"Скрытный", "Неуловимый", "ВорованныйТокен", "Кривая-Строка", quote("Скрытный"), "Обрывочный"}
    target = urlsplit(stack.url)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {curator.token}"}
    connection.request("POST", "/api/v1/people", '{"family_name": "Обрывочный'.encode(), headers)
    assert connection.getresponse().status in (400, 422)
    connection.close()
    with socket.create_connection((target.hostname or "", target.port or 0), timeout=60) as raw:
        raw.sendall("GET /Кривая-Строка?name=Кривая-Строка БЕЗОБРАЗИЕ\r\n\r\n".encode())
        assert raw.recv(100)


def test_no_line_of_any_process_tells_of_anybody(stack: Stack, admin: Remembering, told: Told) -> None:
    assert len(admin.said) > 100
    assert {"Приметный", "Зоркий Глаз"} <= admin.said
    assert sum(text.startswith("nst_") for text in admin.said) >= 4
    for path in log_files(stack):
        text = path.read_text(encoding="utf-8", errors="replace")
        found = [said for said in admin.said if said in text or repr(said.encode())[2:-1] in text]
        assert found == [], path.name


def test_every_line_is_json_and_names_the_work_it_belongs_to(stack: Stack, told: Told) -> None:
    requests = [line for line in lines_of(stack, "api") if line["event"] == "request"]
    assert all({"request_id", "trace", "span", "status", "rule", "ms"} <= line.keys() for line in requests)
    of_programme = [line for line in requests if line["rule"].startswith("/api/v1/programmes/<id:programme_id>")]
    assert {line["programme"] for line in of_programme if line["status"] < 300} >= {str(told.school.programme_id)}
    assert all("municipality" in line for line in of_programme if line["status"] < 300)
    done = [line for line in lines_of(stack, "worker") if line["event"] == "job_done"]
    ids = {"job", "municipality", "programme", "trace", "span", "worker"}
    assert [line for line in done if line["kind"] == "aggregate_feedback"]
    assert all(ids <= line.keys() for line in done if line["kind"] == "aggregate_feedback")
    assert all("event" in line and "level" in line for line in lines_of(stack, "dispatcher"))


def test_a_job_and_its_lines_belong_to_the_trace_of_the_request(stack: Stack, told: Told) -> None:
    curator, late = told.late.curator, told.late.programme
    target = urlsplit(stack.url)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
    headers = {"Authorization": f"Bearer {curator.token}", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    connection.request("POST", f"/api/v1{late}/feedback-summary", None, headers)
    assert connection.getresponse().status == 202
    connection.close()

    def of_trace(name: str) -> list[dict[str, object]]:
        return [line for line in lines_of(stack, name) if line.get("trace") == TRACE]

    wait_until(lambda: any(line["event"] == "job_done" for line in of_trace("worker")))
    (request,) = of_trace("api")
    spans = {line["span"] for line in of_trace("worker")}
    assert request["span"] not in spans | {"00f067aa0ba902b7"}
    assert len(spans) == 1


def test_the_processes_of_the_api_are_shown_as_one_and_a_killed_one_keeps_what_it_counted(stack: Stack) -> None:
    before = figures(stack).get(LIVEZ, 0)
    for held in workers(stack):
        others = [process for process in workers(stack) if process != held]
        for process in others:
            process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(5):
                _ask(stack, "/livez")
        finally:
            for process in others:
                process.send_signal(signal.SIGCONT)
    assert figures(stack)[LIVEZ] == before + 10
    killed = workers(stack)[0]
    killed.kill()
    wait_until(lambda: len(workers(stack)) == 2 and killed not in workers(stack))
    assert figures(stack)[LIVEZ] == before + 10
    _ask(stack, "/livez")
    assert figures(stack)[LIVEZ] == before + 11


def test_while_postgresql_is_away_the_figures_go_on_and_none_is_old(stack: Stack, dispatcher_port: int) -> None:
    address = f"http://127.0.0.1:{dispatcher_port}/metrics"
    wait_until(lambda: scraped(address).get("database_up") == 1)
    assert "outbox_pending" in scraped(address)
    stack.kill_process("postgres")
    try:
        wait_until(lambda: scraped(address).get("database_up") == 0)
        assert "outbox_pending" not in scraped(address)
        assert any(name.startswith("http_requests_total") for name in figures(stack))
    finally:
        stack.start_process("postgres")
    wait_until(lambda: scraped(address).get("outbox_pending") == 0)


def figures(stack: Stack) -> dict[str, float]:
    return scraped(f"{stack.url}/metrics", token=TOKEN)


def workers(stack: Stack) -> list[psutil.Process]:
    """gunicorn's own children that live."""
    children = psutil.Process(stack.processes["api"].pid).children()
    return [child for child in children if child.status() != psutil.STATUS_ZOMBIE]


def _ask(stack: Stack, path: str) -> None:
    target = urlsplit(stack.url)
    connection = http.client.HTTPConnection(target.hostname or "", target.port, timeout=60)
    connection.request("GET", path)
    assert connection.getresponse().status == 200
    connection.close()
