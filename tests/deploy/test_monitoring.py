"""What Prometheus is told to ask is answered, and what alerts and panels ask for is what is answered."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from services.demo.client import Client
from shared.metrics import TABLE, Kind, Source
from tests.deploy.conftest import Installation, end
from tests.deploy.deploy_files import ROOT, Service, composition

MONITORING = ROOT / "deploy/monitoring"
ASKED = ("api", "auditor", "dispatcher", "worker")
OF_OTHERS = {"up", "node_filesystem_avail_bytes", "node_filesystem_size_bytes"}
"""Made by Prometheus itself, and by a node exporter where there is one."""
WORDS = {"by", "without", "on", "and", "or", "unless", "le", "ignoring", "bool", "offset", "group_left", "group_right"}
SECONDS = 180.0


def scraped(installation: Installation, name: str) -> str:
    """Ask a process as deploy/monitoring/prometheus.yml says; '' while it does not answer."""
    token = (installation.secrets / "metrics_token").read_text(encoding="ascii")
    where = installation.bind if name == "api" else f"127.0.0.1:{installation.metrics[name]}"
    headers = {"Authorization": f"Bearer {token}"} if "authorization" in _job(name) else {}
    try:
        request = urllib.request.Request(f"http://{where}/metrics", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310  our own address
            return str(answer.read().decode())
    except OSError:
        return ""


@pytest.fixture(scope="module")
def answers(installation: Installation, services: Mapping[str, Service]) -> Iterator[dict[str, str]]:
    """Service -> what it shows after a refused transition, a job and a check of the invariants."""
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in ASKED:
            running[name] = installation.start(services[name])
        for name in ASKED:
            installation.wait_healthy(services[name], running[name], seconds=180)
        _work(installation, services["cli"])
        _wait(lambda: "job_run_seconds_bucket" in scraped(installation, "worker"))
        _wait(lambda: "invariant_violations{" in scraped(installation, "auditor"))
        yield {name: scraped(installation, name) for name in ASKED}
    finally:
        for process in running.values():
            end(process)


def _work(installation: Installation, cli: Service) -> None:
    entry = cli.command[: cli.command.index("--help")]
    token = installation.run(cli, (*entry, "admin", "bootstrap")).stdout.strip()
    admin = Client(f"http://{installation.bind}", token)
    admin.municipality_id = admin.post("/municipalities", {"name": "Калининский район"})["id"]
    school = admin.post("/schools", {"name": "Школа № 1"})["id"]
    principal = admin.post("/principals", {"name": "curator", "role": "curator", "school_id": school})
    curator = admin.account(admin.post("/tokens", {"principal_id": principal["id"], "label": "test"})["token"])
    body = {"school_id": school, "school_year": "2020/21", "pack": {"code": "order_428", "version": 1}}
    programme = curator.post("/programmes", body)["id"]
    curator.transition(programme, "advance", status=409)
    curator.post(f"/programmes/{programme}/feedback-summary", status=202)


def test_each_process_shows_what_is_declared_for_it(answers: Mapping[str, str]) -> None:
    engine = {spec.name for spec in TABLE if spec.source is Source.ENGINE}
    for name, text in answers.items():
        declared = {spec.name for spec in TABLE if spec.source == name}
        wanted = declared | (engine if name in ("dispatcher", "worker") else set())
        assert families(text) == wanted, name


def test_the_database_is_up_and_every_process_of_the_engine_is_seen(answers: Mapping[str, str]) -> None:
    text = answers["dispatcher"]
    assert "database_up 1.0" in text
    assert 'worker_alive{duty="worker"} 1.0' in text
    assert 'worker_alive{duty="dispatcher"} 1.0' in text


def test_every_invariant_is_shown_and_none_is_broken(answers: Mapping[str, str]) -> None:
    found = dict(re.findall(r'^invariant_violations\{invariant="(\w+)"\} (\S+)$', answers["auditor"], re.MULTILINE))
    assert found == {f"I{number}": "0.0" for number in range(1, 12)}


def test_no_label_holds_an_id(answers: Mapping[str, str]) -> None:
    for text in answers.values():
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                for label, value in sample.labels.items():
                    assert label == "le" or not re.search(r"\d{3,}|[0-9a-f]{8}-", value), (sample.name, label, value)


def test_prometheus_asks_each_service_where_it_answers_and_with_its_token() -> None:
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))
    assert {job["job_name"] for job in config["scrape_configs"]} == set(ASKED)
    services = composition()["services"]
    for job in config["scrape_configs"]:
        (names,) = job["dns_sd_configs"]
        assert names["names"] == [job["job_name"]]
        environment = services[job["job_name"]]["environment"]
        bind = environment.get("NASTAVNIK_METRICS_BIND") or environment["NASTAVNIK_BIND"]
        assert bind == f"0.0.0.0:{names['port']}"
    token = _job("api")["authorization"]["credentials_file"]
    assert token == services["api"]["environment"]["NASTAVNIK_METRICS_TOKEN_FILE"]
    mounts = {mount["target"] for mount in services["prometheus"]["volumes"]}
    assert {*config["rule_files"], "/etc/prometheus/prometheus.yml"} <= mounts


def test_alerts_and_panels_ask_only_for_what_is_shown(answers: Mapping[str, str]) -> None:
    shown = {
        sample.name for text in answers.values() for f in text_string_to_metric_families(text) for sample in f.samples
    }
    for title, query in {**alert_queries(), **panel_queries()}.items():
        unknown = names(query) - shown - OF_OTHERS
        assert unknown == set(), f"{title}: {query}"


def test_every_metric_has_its_panel_and_its_row_in_the_guide() -> None:
    asked = {re.sub(r"_(bucket|count|sum)$", "", name) for query in panel_queries().values() for name in names(query)}
    assert {spec.name for spec in TABLE} <= asked
    guide = (ROOT / "docs/howto/watch_the_system.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)(?:\{[\w, ]*\})?` \| (\w+) \|", guide, re.MULTILINE))
    assert rows == {spec.name: spec.source.value for spec in TABLE}
    for spec in TABLE:
        labels = f"{{{', '.join(spec.labels)}}}" if spec.labels else ""
        assert f"| `{spec.name}{labels}` | {spec.source} | {spec.kind} | {spec.text} |" in guide


def test_every_alert_is_explained_and_leads_into_the_runbook() -> None:
    guide = (ROOT / "docs/howto/watch_the_system.md").read_text(encoding="utf-8")
    for rule in rules():
        assert f"| `{rule['alert']}` |" in guide
        assert rule["labels"]["severity"] in ("warning", "critical")
        place = rule["annotations"]["runbook"]
        assert f"../{place.removeprefix('docs/')}" in guide
    assert set(re.findall(r"^\| `([A-Z]\w+)` \|", guide, re.MULTILINE)) == {rule["alert"] for rule in rules()}


def test_panels_have_a_place_each_and_ask_the_provisioned_source() -> None:
    board = json.loads((MONITORING / "grafana/dashboards/nastavnik.json").read_text(encoding="utf-8"))
    (source,) = yaml.safe_load((MONITORING / "grafana/datasources/prometheus.yml").read_text())["datasources"]
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
        assert all(target["datasource"]["uid"] == source["uid"] for target in panel.get("targets", ()))
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_grafana_finds_what_is_provisioned() -> None:
    grafana = composition()["services"]["grafana"]
    mounts = {mount["target"]: Path(mount["source"]) for mount in grafana["volumes"] if mount["type"] == "bind"}
    assert all(path.exists() for path in mounts.values())
    (provider,) = yaml.safe_load((MONITORING / "grafana/provider.yml").read_text())["providers"]
    boards = mounts[provider["options"]["path"]]
    home = Path(grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"])
    assert (boards / home.name).exists()


def families(text: str) -> set[str]:
    found = set()
    for family in text_string_to_metric_families(text):
        found.add(f"{family.name}_total" if family.type == Kind.COUNTER else family.name)
    return found


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alert_queries() -> dict[str, str]:
    return {rule["alert"]: rule["expr"] for rule in rules()}


def panel_queries() -> dict[str, str]:
    board = json.loads((MONITORING / "grafana/dashboards/nastavnik.json").read_text(encoding="utf-8"))
    return {
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in board["panels"]
        for target in panel.get("targets", ())
    }


def names(query: str) -> set[str]:
    """Return the metrics of a PromQL query: words that are no function, no label and no keyword."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]', " ", query)
    bare = re.sub(r"\b(by|without|on|ignoring)\s*\([^)]*\)", " ", bare)
    return {match[1] for match in re.finditer(r"\b([a-zA-Z_]\w*)\b(?!\s*\()", bare) if match[1] not in WORDS}


def _job(name: str) -> dict[str, Any]:
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))
    found: dict[str, Any] = next(job for job in config["scrape_configs"] if job["job_name"] == name)
    return found


def _wait(is_true: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not is_true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.1)
