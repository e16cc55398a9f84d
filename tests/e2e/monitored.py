"""A whole installation that is watched, and a client that remembers every word it sent."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from deploy.embedded.stack import Stack
from services.demo.client import Answer, Client

TOKEN = "of-prometheus"
SECONDS = 120.0


@dataclass(slots=True)
class Remembering(Client):
    """Keeps what people wrote and what must stay secret: ``said`` is shared by all accounts made from this one."""

    said: set[str] = field(default_factory=set)

    def call(
        self, method: str, path: str, body: Any = None, *, version: int | None = None, key: str | None = None
    ) -> Answer:
        answer = Client.call(self, method, path, body, version=version, key=key)
        self.said |= {text for text in _texts(body) if _is_recognisable(text)}
        self.said |= {text for text in _texts(answer.body) if text.startswith("nst_")}
        for address in _texts(answer.body):
            self.said |= set(re.findall(r"/(?:answers|links)/(\S{20,})", address))
        return answer


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _is_recognisable(text: str) -> bool:
    """Words of people: codes and dates are not told apart from what a log may hold."""
    return len(text) >= 4 and bool(re.search(r"[а-яё]|@|^nst_", text, re.IGNORECASE))


def log_files(stack: Stack) -> list[Path]:
    """Every file that a process or a server of the installation writes lines to."""
    found = [path for path in stack.data_dir.rglob("*") if path.is_file() and path.suffix == ".log"]
    assert {"api.log", "dispatcher.log", "worker.log"} <= {path.name for path in found}
    assert any("postgres" in str(path.relative_to(stack.data_dir)) for path in found)
    return found


def lines_of(stack: Stack, name: str) -> list[dict[str, Any]]:
    """The whole lines of a process of ours; each must be one JSON object."""
    text = (stack.data_dir / "logs" / f"{name}.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]


def scraped(address: str, *, token: str = "") -> dict[str, float]:
    """Sample with its labels -> value; OSError when nobody answers."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(address, headers=headers)  # noqa: S310  our own address
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        text = answer.read().decode()
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def wait_until(is_true: Callable[[], bool]) -> None:
    """Wait for something to become true; fail when it does not."""
    until = time.monotonic() + SECONDS
    while not is_true():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)
