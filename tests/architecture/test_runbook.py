"""What the operators' pages tell to type can be typed: commands parse, services, targets, figures and columns exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import psycopg
import pytest

from deploy.embedded.postgres import PostgresServer
from deploy.make_secrets import ROTATIONS
from services.cli.__main__ import build_parser
from shared.metrics import TABLE
from tests.deploy.deploy_files import composition

ROOT = Path(__file__).resolve().parents[2]
RUNBOOK = ROOT / "docs/runbook.md"
PAGES = [
    RUNBOOK,
    *(ROOT / f"docs/howto/{name}.md" for name in ("back_up_and_restore", "rotate_tokens", "run_with_compose")),
]
PARTS = ("You notice", "It means", "It is over")
TROUBLES = (
    "outbox-is-stuck",
    "jobs-are-dead",
    "valkey-was-flushed",
    "disk-is-full",
    "a-worker-is-silent",
    "an-invariant-is-violated",
    "the-api-is-down",
)
TAKES_A_VALUE = {"--tail", "--volume", "--project-name", "--profile", "--username", "--user", "--file"}


def blocks(page: Path, language: str = "") -> list[str]:
    """Return the code blocks of a page that are in a language; '' for those that name none."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [block for named, block in found if named == language]


def commands(start: str) -> list[str]:
    """Return the lines of code blocks that begin with a word, without their remarks."""
    lines = [line.partition(" #")[0].strip() for page in PAGES for block in blocks(page) for line in block.splitlines()]
    return sorted({line for line in lines if line.startswith(start)})


def anchors(page: Path) -> dict[str, str]:
    """Return anchor -> text of the section, as GitHub makes anchors of headings."""
    parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    names = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in parts[::2]]
    return dict(zip(names, parts[1::2], strict=True))


@pytest.mark.parametrize("name", TROUBLES)
def test_every_trouble_has_its_section_with_how_it_is_noticed_and_how_it_ends(name: str) -> None:
    section = anchors(RUNBOOK)[name]
    assert [part for part in PARTS if f"**{part}**" not in section] == []
    assert "```" in section


def test_every_alert_leads_to_a_section() -> None:
    text = (ROOT / "deploy/monitoring/alerts.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"docs/runbook\.md#([\w-]+)", text))
    assert named
    assert named <= set(anchors(RUNBOOK))


def test_every_link_to_a_section_of_the_runbook_leads_to_one() -> None:
    known = set(anchors(RUNBOOK))
    for page in (ROOT / "docs").rglob("*.md"):
        text = page.read_text(encoding="utf-8")
        inside = re.findall(r"\]\(#([\w-]+)\)", text) if page == RUNBOOK else []
        assert {*inside, *re.findall(r"runbook\.md#([\w-]+)", text)} <= known, page


@pytest.mark.parametrize("line", commands("nastavnik "))
def test_the_operators_commands_parse(line: str) -> None:
    assert build_parser().parse_args(shlex.split(line)[1:]).command


@pytest.mark.parametrize("line", commands("docker compose "))
def test_the_services_that_compose_is_told_exist(line: str) -> None:
    words = shlex.split(line)[2:]
    rest = []
    while words:
        word = words.pop(0)
        if word in TAKES_A_VALUE and words:
            words.pop(0)
        elif word == "|":
            break
        elif not word.startswith("-"):
            rest.append(word)
    verb, *names = rest
    assert verb in {"up", "down", "ps", "logs", "restart", "exec", "run", "rm", "stop", "build"}
    if verb in ("exec", "run"):
        if names[0] == "cli":
            assert build_parser().parse_args(shlex.split(line.partition(" cli ")[2])).command
        names = names[:1]
    assert set(names) <= set(composition()["services"])


def test_what_is_to_be_rotated_can_be() -> None:
    lines = [
        *commands("python3 deploy/make_secrets.py --rotate "),
        *commands("python deploy/make_secrets.py --rotate "),
    ]
    assert {line.split()[-1] for line in lines} <= set(ROTATIONS)
    table = anchors(RUNBOOK)["rotating-passwords-and-keys"]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} == set(ROTATIONS)


@pytest.mark.parametrize("block", blocks(RUNBOOK, "sql"))
def test_every_question_in_sql_can_be_asked(block: str, dsns: dict[str, str], server: PostgresServer) -> None:
    name = psycopg.conninfo.conninfo_to_dict(dsns["nastavnik_owner"])["dbname"]
    with psycopg.connect(server.dsn(str(name), "postgres"), autocommit=True) as conn:
        conn.execute("SET default_transaction_read_only = on")
        for statement in filter(str.strip, block.split(";")):
            conn.execute(statement.encode())


def test_the_figures_and_alerts_that_are_named_exist() -> None:
    known = {spec.name for spec in TABLE}
    text = RUNBOOK.read_text(encoding="utf-8")
    endings = "total|seconds|pending|open|alive|up|violations|age"
    named = {word for word in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", text) if re.search(rf"_(?:{endings})$", word)}
    assert named
    assert named <= known
    alerts = set(re.findall(r"alert: (\w+)", (ROOT / "deploy/monitoring/alerts.yml").read_text(encoding="utf-8")))
    assert set(re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", text)) <= alerts
    assert alerts <= set(re.findall(r"`(\w+)`", text))
