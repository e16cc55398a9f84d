"""docker-compose.yml, Dockerfile and .dockerignore as data; knows how they are written, not what they should say."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Service:
    """One service of ours: argument lists and the environment as a container gets them; ``grace`` in seconds."""

    name: str
    command: tuple[str, ...]
    health: tuple[str, ...]
    environment: dict[str, str]
    grace: float


@cache
def composition() -> dict[str, Any]:
    """Return docker-compose.yml with anchors, defaults and short forms resolved by Compose itself."""
    program = Path(sys.executable).with_name("docker-compose")
    done = subprocess.run(
        [program, "--profile", "*", "--env-file", os.devnull, "config", "--format", "json"],
        cwd=ROOT,
        env={"PATH": os.defpath, "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def our_services() -> dict[str, Service]:
    """Return the services that run our image."""
    found = {}
    for name, raw in composition()["services"].items():
        if "build" in raw:
            check = raw["healthcheck"]
            found[name] = Service(
                name,
                command=(*(raw.get("entrypoint") or ()), *raw["command"]),
                health=() if check.get("disable") else tuple(check["test"][1:]),
                environment=image_environment() | raw["environment"],
                grace=_seconds(raw.get("stop_grace_period", "10s")),
            )
    return found


@cache
def instructions() -> tuple[tuple[str, str], ...]:
    """Return the Dockerfile as (instruction, rest), continued lines joined."""
    lines = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#")).replace("\\\n", " ")
    return tuple((word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in text.split("\n")))


def final_stage() -> tuple[tuple[str, str], ...]:
    """Return the instructions after the last FROM."""
    last = max(place for place, (word, _) in enumerate(instructions()) if word == "FROM")
    return instructions()[last + 1 :]


def image_command(word: str = "CMD") -> tuple[str, ...]:
    """Return the exec form of CMD, or of the command in HEALTHCHECK."""
    (text,) = (rest for found, rest in final_stage() if found == word)
    return tuple(json.loads(text[text.index("[") :]))


def image_run(word: str) -> tuple[str, ...]:
    """Return the words of the final stage's only RUN that contains ``word``."""
    (text,) = (rest for found, rest in final_stage() if found == "RUN" and word in rest)
    return tuple(shlex.split(text))


def image_environment() -> dict[str, str]:
    """Return what the image sets for our code: NASTAVNIK_ names only."""
    (text,) = (rest for word, rest in final_stage() if word == "ENV")
    pairs = dict(part.split("=", 1) for part in shlex.split(text))
    return {key: value for key, value in pairs.items() if key.startswith("NASTAVNIK_")}


def copied(among: tuple[tuple[str, str], ...]) -> list[tuple[list[str], str]]:
    """Return (sources, destination) of every COPY from the repository among instructions."""
    found = []
    for word, rest in among:
        words = rest.split()
        if word == "COPY" and not words[0].startswith("--from"):
            found.append((words[:-1], words[-1]))
    return found


def is_in_context(path: Path) -> bool:
    """Say whether .dockerignore lets a file of the repository (relative path) through: the last match decides."""
    is_out = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        pattern = line.removeprefix("!")
        if pattern and not pattern.startswith("#") and _matches(path, pattern):
            is_out = not line.startswith("!")
    return not is_out


def _matches(path: Path, pattern: str) -> bool:
    """A pattern takes a file when it names the file or a folder above it; ** stands for any folders."""
    for part in (path, *path.parents):
        if pattern.startswith("**/"):
            if fnmatch(part.name, pattern[3:]):
                return True
        elif "/" not in pattern:
            if len(part.parts) == 1 and fnmatch(str(part), pattern):
                return True
        elif str(part) == pattern:
            return True
    return False


def _seconds(text: str) -> float:
    """Compose prints durations as 10m30s."""
    units = {"h": 3600.0, "m": 60.0, "s": 1.0}
    return sum(float(number) * units[unit] for number, unit in re.findall(r"([\d.]+)([hms])", text))
