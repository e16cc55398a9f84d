"""Makes .venv from the hashed requirement files: `python3 deploy/bootstrap.py runtime|dev`.

Uses the standard library alone, since nothing is installed yet. Must not know what the packages are for.
Nothing is done when the stamp in .venv matches the requirement files.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = {"runtime": "requirements.txt", "dev": "requirements-dev.txt"}
"""What to install -> its file. `dev` holds everything of `runtime` in the same versions."""
FLOOR = (3, 11)
_PIP_TO_UV = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "cert": "SSL_CERT_FILE",
    "trusted-host": "UV_INSECURE_HOST",
    "default-timeout": "UV_HTTP_TIMEOUT",
    "timeout": "UV_HTTP_TIMEOUT",
}
_COMMA_SEPARATED = ("find-links",)


class SetupError(RuntimeError):
    """The environment cannot be made here; the message is one sentence for the person at the terminal."""


def main(arguments: list[str]) -> int:
    """Make or complete .venv; returns the exit code."""
    if len(arguments) != 1 or arguments[0] not in REQUIREMENTS:
        print(f"usage: python3 deploy/bootstrap.py {'|'.join(REQUIREMENTS)}", file=sys.stderr)
        return 2
    try:
        prepare(arguments[0], ROOT / ".venv")
    except SetupError as error:
        print(f"nastavnik: {error}", file=sys.stderr)
        return 1
    return 0


def prepare(kind: str, venv_dir: Path) -> None:
    """Bring `venv_dir` to what `kind` needs. Raises SetupError with a sentence."""
    if sys.version_info < FLOOR:
        raise SetupError(f"Python {FLOOR[0]}.{FLOOR[1]} or later is needed; {sys.executable} is {_version()}.")
    if _is_stamped(kind, venv_dir):
        return
    with _alone(venv_dir):
        if _is_stamped(kind, venv_dir):  # another `make` was quicker
            return
        began = time.monotonic()
        _say(f"setting up {venv_dir.name} ({kind}) with Python {_version()}; done once")
        has_pip = _ensure_environment(venv_dir)
        _install(ROOT / REQUIREMENTS[kind], venv_dir=venv_dir, has_pip=has_pip)
        _stamp_file(kind, venv_dir).write_text(_fingerprint(kind), encoding="ascii")
        _say(f"{venv_dir.name} is ready after {time.monotonic() - began:.0f} s")


def _version() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _say(text: str) -> None:
    print(f"nastavnik: {text}", file=sys.stderr, flush=True)


@contextmanager
def _alone(venv_dir: Path) -> Iterator[None]:
    lock = venv_dir.with_name(venv_dir.name + ".lock")
    try:
        file = lock.open("a")
    except OSError as error:
        raise SetupError(f"{venv_dir.parent} cannot be written: {error.strerror}.") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- the stamp: what .venv was made from -------------------------------------------------------------------


def _stamp_file(kind: str, venv_dir: Path) -> Path:
    return venv_dir / f".nastavnik-{kind}"


def _fingerprint(kind: str) -> str:
    return hashlib.sha256((ROOT / REQUIREMENTS[kind]).read_bytes()).hexdigest()


def _is_stamped(kind: str, venv_dir: Path) -> bool:
    """Whether .venv works and was made for `kind` (or for `dev`, which holds `runtime`)."""
    for made_for in {kind, "dev"}:
        stamp = _stamp_file(made_for, venv_dir)
        if stamp.exists() and stamp.read_text(encoding="ascii") == _fingerprint(made_for):
            return _works(venv_dir)
    return False


def _works(venv_dir: Path) -> bool:
    """Its Python runs, is young enough, and believes to live here (a moved .venv does not)."""
    probe = f"import sys; print(sys.version_info >= {FLOOR}, sys.prefix, sep='\\n')"
    try:
        done = subprocess.run(
            [_python(venv_dir), "-I", "-c", probe], capture_output=True, text=True, timeout=60, check=True
        )
        activate = (venv_dir / "bin" / "activate").read_text(encoding="utf-8", errors="replace")
    except (OSError, subprocess.SubprocessError):
        return False
    is_young, prefix = done.stdout.splitlines()
    is_at_home = Path(prefix) == venv_dir and str(venv_dir) in activate
    return is_young == "True" and is_at_home and (venv_dir / "pyvenv.cfg").exists()


def _python(venv_dir: Path) -> str:
    return str(venv_dir / "bin" / "python")


# --- the environment ---------------------------------------------------------------------------------------


def _ensure_environment(venv_dir: Path) -> bool:
    """Make the virtual environment unless a working one is there; returns whether it has its own pip."""
    if not _works(venv_dir):
        if venv_dir.exists():
            if not (venv_dir / "pyvenv.cfg").exists() and any(venv_dir.iterdir()):
                raise SetupError(f"{venv_dir} exists and is no virtual environment: move it away.")
            shutil.rmtree(venv_dir)
        _make_environment(venv_dir)
    return _has_module(_python(venv_dir), "pip")


def _make_environment(venv_dir: Path) -> None:
    if not _importable("venv"):
        raise SetupError(f"{sys.executable} lacks the module venv. {_debian_advice()}")
    if _importable("ensurepip"):
        command = [sys.executable, "-m", "venv", str(venv_dir)]
    else:
        _find_installer(venv_dir)  # complain before anything is made
        _say("this Python lacks ensurepip; using the uv or pip that is installed beside it")
        command = [sys.executable, "-m", "venv", "--without-pip", str(venv_dir)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(venv_dir, ignore_errors=True)
        raise SetupError(f"{' '.join(command)} failed: {(done.stdout + done.stderr).strip()[-500:]}")


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def _has_module(python: str, module: str) -> bool:
    probe = f"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)"
    return subprocess.run([python, "-I", "-c", probe], check=False).returncode == 0


def _debian_advice() -> str:
    return "On Debian and Ubuntu: apt-get install python3-venv. Or put uv or pip on PATH."


# --- the packages ------------------------------------------------------------------------------------------


def _install(requirements: Path, *, venv_dir: Path, has_pip: bool) -> None:
    """uv first, since it is several times quicker; plain pip when uv is not to be had or fails."""
    if not has_pip:
        installer = _find_installer(venv_dir)
        if not _run([*installer, "--require-hashes", "-r", str(requirements)], _uv_environment([])):
            raise SetupError(f"installing {requirements.name} failed; the reason stands above.")
        return
    pip = [_python(venv_dir), "-m", "pip"]
    uv = venv_dir / "bin" / "uv"
    bootstrap = ROOT / "requirements-bootstrap.txt"
    hashed = ["--require-hashes", "-r"]
    if uv.exists() or _run([*pip, "install", "--quiet", *hashed, str(bootstrap)]):
        command = [
            str(uv),
            "pip",
            "install",
            "--quiet",
            "--python",
            _python(venv_dir),
            *hashed,
            str(requirements),
        ]
        if _run(command, _uv_environment(pip)):
            return
        _say("uv did not manage it; trying pip")
    if not _run([*pip, "install", "--quiet", *hashed, str(requirements)]):
        raise SetupError(f"installing {requirements.name} failed; the reason stands above.")


def _find_installer(venv_dir: Path) -> list[str]:
    """A command outside .venv that installs into it. Raises SetupError when there is none."""
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", _python(venv_dir)]
    if _importable("pip"):
        return [sys.executable, "-m", "pip", "--python", _python(venv_dir), "install", "--quiet"]
    pip = shutil.which("pip3") or shutil.which("pip")
    if pip:
        return [pip, "--python", _python(venv_dir), "install", "--quiet"]
    raise SetupError(
        f"{sys.executable} lacks ensurepip, so it cannot make a virtual environment with pip, "
        f"and neither uv nor pip is on PATH. {_debian_advice()}"
    )


def _uv_environment(pip: list[str]) -> dict[str, str]:
    """Our environment plus what pip's settings (variables and files) mean for uv, where uv's own are silent.

    Every file is pinned by hash, so taking the best match of several indexes, as pip does, is safe.
    """
    env = dict(os.environ)
    env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    env.setdefault("UV_SYSTEM_CERTS", "1")
    if any(key in env for key in ("UV_INDEX_URL", "UV_DEFAULT_INDEX")):
        return env
    for option, value in _pip_settings(pip).items():
        separator = "," if option in _COMMA_SEPARATED else " "
        env.setdefault(_PIP_TO_UV[option], separator.join(value.split()))
    return env


def _pip_settings(pip: list[str]) -> Mapping[str, str]:
    """pip's own view of the options that uv shares; its variables alone when there is no pip to ask."""
    found = {}
    if pip:
        done = subprocess.run([*pip, "config", "list"], capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            key, _, value = line.partition("=")
            option = key.rpartition(".")[2]
            if option in _PIP_TO_UV and key.startswith(("global.", "install.")):
                found[option] = value.strip("'\"").replace("\\n", " ")
    for option in _PIP_TO_UV:
        variable = os.environ.get("PIP_" + option.upper().replace("-", "_"))
        if variable:
            found[option] = variable
    return found


def _run(command: list[str], env: Mapping[str, str] | None = None) -> bool:
    try:
        return subprocess.run(command, check=False, env=env).returncode == 0
    except OSError as error:
        _say(f"{command[0]}: {error.strerror}")
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
