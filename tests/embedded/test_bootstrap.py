"""deploy/bootstrap.py on machines that lack things; nothing is fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BESIDE = f"{Path(sys.executable).parent}:/usr/bin"
"""A PATH with the uv and pip that run these tests."""
Done = subprocess.CompletedProcess[str]


def build_wheel(folder: Path, name: str) -> str:
    """A tiny real wheel; returns its line for a hashed requirements file."""
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "answer = 428\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
        record.append(f"{path},sha256={digest},{len(text.encode())}\n")
    files[f"{info}/RECORD"] = "".join(record) + f"{info}/RECORD,,\n"
    folder.mkdir(exist_ok=True)
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with the script and one requirement, in a path with a space."""
    root = tmp_path / "my clone"
    (root / "deploy").mkdir(parents=True)
    shutil.copy(ROOT / "deploy" / "bootstrap.py", root / "deploy")
    line = build_wheel(tmp_path / "wheels", "nastavnik_tiny")
    (root / "requirements.txt").write_text(line, encoding="utf-8")
    (root / "requirements-bootstrap.txt").write_text("uv==0.0.0 --hash=sha256:" + "0" * 64, encoding="utf-8")
    return root


@pytest.fixture
def bootstrap(clone: Path, tmp_path: Path) -> Callable[..., Done]:
    """Run it without any index; `lacking` modules cannot be imported."""

    def run(*, lacking: str = "", path: str = "", **env: str) -> Done:
        hidden = tmp_path / "hidden"
        hidden.mkdir(exist_ok=True)
        blocker = "import sys\n" + "".join(f"sys.modules[{name!r}] = None\n" for name in lacking.split())
        (hidden / "sitecustomize.py").write_text(blocker, encoding="utf-8")
        offline = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": (tmp_path / "wheels").as_uri(), "UV_OFFLINE": "1"}
        return subprocess.run(
            [sys.executable, clone / "deploy" / "bootstrap.py", "runtime"],
            env={"PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(hidden), **offline, **env},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def installed(clone: Path) -> bool:
    python = clone / ".venv" / "bin" / "python"
    return subprocess.run([python, "-c", "import nastavnik_tiny"], check=False).returncode == 0


def test_without_uv_plain_pip_installs_by_the_users_own_pip_settings(
    clone: Path, bootstrap: Callable[..., Done]
) -> None:
    done = bootstrap()
    assert done.returncode == 0, done.stderr
    assert "is ready after" in done.stderr
    assert installed(clone)

    assert bootstrap().stderr == ""  # the stamp matches: nothing to do, nothing to say


def test_a_wrong_hash_is_refused(clone: Path, bootstrap: Callable[..., Done]) -> None:
    (clone / "requirements.txt").write_text(f"nastavnik_tiny==1.0 --hash=sha256:{'1' * 64}\n", encoding="utf-8")
    done = bootstrap(lacking="ensurepip", path=BESIDE)
    assert done.returncode == 1
    assert "installing requirements.txt failed" in done.stderr
    assert not installed(clone)
    assert not (clone / ".venv" / ".nastavnik-runtime").exists()


def test_without_ensurepip_the_installer_on_path_is_used(clone: Path, bootstrap: Callable[..., Done]) -> None:
    done = bootstrap(lacking="ensurepip", path=BESIDE)
    assert done.returncode == 0, done.stderr
    assert "lacks ensurepip" in done.stderr
    assert installed(clone)


def test_an_environment_that_was_moved_or_broken_is_made_again(clone: Path, bootstrap: Callable[..., Done]) -> None:
    assert bootstrap(lacking="ensurepip", path=BESIDE).returncode == 0
    moved = clone.with_name("moved clone")
    clone.rename(moved)
    clone.symlink_to(moved)
    again = bootstrap(lacking="ensurepip", path=BESIDE)
    assert "is ready after" in again.stderr
    (moved / ".venv" / "bin" / "python").unlink()
    again = bootstrap(lacking="ensurepip", path=BESIDE)
    assert "is ready after" in again.stderr
    assert installed(moved)


def test_without_ensurepip_uv_and_pip_one_sentence_says_what_helps(clone: Path, bootstrap: Callable[..., Done]) -> None:
    done = bootstrap(lacking="ensurepip pip")
    assert done.returncode == 1
    assert done.stdout == ""
    lines = done.stderr.strip().splitlines()
    assert "lacks ensurepip" in lines[-1]
    assert "apt-get install python3-venv" in lines[-1]
    assert "Traceback" not in done.stderr
    assert not (clone / ".venv").exists()


def test_a_folder_that_is_no_environment_is_not_removed(clone: Path, bootstrap: Callable[..., Done]) -> None:
    (clone / ".venv").mkdir()
    (clone / ".venv" / "diary.txt").write_text("mine", encoding="utf-8")
    done = bootstrap()
    assert done.returncode == 1
    assert "is no virtual environment: move it away" in done.stderr
    assert (clone / ".venv" / "diary.txt").exists()
