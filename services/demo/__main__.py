"""`make demo`: the whole system on an embedded PostgreSQL and Valkey, the journey, a summary."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.folders import temporary_data_folder
from deploy.embedded.stack import Stack
from services.demo.client import UnexpectedAnswerError
from services.demo.journey import run
from shared.access.principals import bootstrap


def main() -> int:
    """Run the journey on a fresh installation that is removed at the end; returns the exit status."""
    begun = time.monotonic()
    try:
        with temporary_data_folder() as folder:
            clock = folder / "clock"
            clock.write_text("", encoding="ascii")
            print("Запускаю PostgreSQL, Valkey, API, диспетчер и исполнитель…", flush=True)
            with Stack(folder / "data", environment={"NASTAVNIK_CLOCK_FILE": str(clock)}) as stack:
                ready = time.monotonic()
                token = bootstrap(stack.env["NASTAVNIK_OWNER_DATABASE_URL"], name="Администратор")
                _walk(stack, token, clock, started=ready - begun)
    except (EmbeddedError, UnexpectedAnswerError) as error:
        print(f"nastavnik: {error}", file=sys.stderr)
        return 1
    return 0


def _walk(stack: Stack, token: str, clock: Path, *, started: float) -> None:
    begun = time.monotonic()

    def set_clock(instant: str) -> None:
        clock.write_text(instant, encoding="ascii")

    told = run(stack.url, token, set_clock=set_clock, say=lambda text: print(text, flush=True))
    walked = time.monotonic() - begun
    print()
    print(f"Готово: программа {told.school.programme_id} прошла этапы I-VI и завершена.")
    print(f"Запросов HTTP: {told.calls}; запуск {started:.1f} с, путь {walked:.1f} с.")
    print("Дальше: make run (система остаётся работать), make seed (демонстрационный район).")


if __name__ == "__main__":
    sys.exit(main())
