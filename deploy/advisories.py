"""Asks for known vulnerabilities of every version that we install: `python -m deploy.advisories` (make audit).

pip-audit does the asking. It is silent where its source knows nothing, a source that is cut off included, so a release
with vulnerabilities that the world knows is asked about first: a source that does not name them has no data, and then
nothing was checked. Knows the requirement files; must not know what is in them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = ("requirements.txt", "deploy/requirements.txt", "requirements-dev.txt", "requirements-bootstrap.txt")
CANARY = "jinja2==2.10"
"""Of 2018; GHSA-462w-v97r-4m45 and others since."""
SOURCES = ("pypi", "osv")
FOUND, UNCHECKED = 1, 2
"""Exit codes beside 0: vulnerabilities are known; nothing, or not all, could be checked."""


class UncheckedError(RuntimeError):
    """The source gave no answer that counts; says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """A known vulnerability of a version; ``fixed_in`` names the first versions without it."""

    package: str
    version: str
    id: str
    fixed_in: tuple[str, ...]

    def __str__(self) -> str:
        cure = f"fixed in {', '.join(self.fixed_in)}" if self.fixed_in else "no fixed version yet"
        return f"{self.package} {self.version}: {self.id}, {cure}"


def ask(requirements: Path, source: Sequence[str]) -> list[Known]:
    """Return what the source knows of the pinned versions in a file. UncheckedError.

    ``source``: options of pip-audit that name it.
    """
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--timeout", "30"]
    command += ["--disable-pip", "--no-deps", *source, "--requirement", str(requirements)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        answered = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = done.stderr.strip().splitlines()
        raise UncheckedError(said[-1] if said else f"pip-audit ended with {done.returncode}") from None
    skipped = [item["name"] for item in answered if "skip_reason" in item]
    if skipped or not answered:
        raise UncheckedError(f"the source does not know {', '.join(skipped) or 'any of them'}")
    return [
        Known(item["name"], item["version"], one["id"], tuple(one["fix_versions"]))
        for item in answered
        for one in item["vulns"]
    ]


def source_with_data(sources: Sequence[Sequence[str]]) -> Sequence[str]:
    """Return the first source that knows what the world knows. UncheckedError names what each said."""
    said = []
    with tempfile.TemporaryDirectory() as folder:
        canary = Path(folder) / "canary.txt"
        canary.write_text(f"{CANARY}\n", encoding="ascii")
        for source in sources:
            try:
                if ask(canary, source):
                    return source
                said.append(f"{' '.join(source)}: knows nothing about {CANARY}, which is known to be vulnerable")
            except UncheckedError as error:
                said.append(f"{' '.join(source)}: {error}")
    raise UncheckedError("; ".join(said))


def main(arguments: list[str]) -> int:
    """Check the files and say what is known; 0 only when a source with data knows nothing against them."""
    parser = argparse.ArgumentParser(description="Ask for known vulnerabilities of the required versions.")
    parser.add_argument("files", nargs="*", type=Path, default=[ROOT / name for name in FILES])
    parser.add_argument("--osv-url", help="ask this OSV server alone")
    options = parser.parse_args(arguments)
    sources: list[list[str]] = [["--vulnerability-service", name] for name in SOURCES]
    if options.osv_url:
        sources = [[*sources[-1], "--osv-url", options.osv_url]]
    try:
        source = source_with_data(sources)
        known = {str(one) for path in options.files for one in ask(path, source)}
    except UncheckedError as error:
        print(f"nastavnik: NOT CHECKED for vulnerabilities: {error}", file=sys.stderr)
        return UNCHECKED
    print("\n".join([*sorted(known), f"nastavnik: {len(known)} known in {len(options.files)} files ({source[1]})"]))
    return FOUND if known else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
