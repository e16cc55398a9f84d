"""`make seed`: fill the running system with the demonstration district and print the ways in."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import psycopg

from services.demo.client import Client, UnexpectedAnswerError
from services.seed.admission import first_administrator, token_for_a_day
from services.seed.district import Seeded, seed
from services.seed.plan import DISTRICT
from shared.errors import NastavnikError
from shared.settings import SettingInvalid, Settings, load_settings

ZONE = ZoneInfo("Europe/Moscow")


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse, fill, print; returns the exit status. A refusal is printed as one sentence."""
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        url = (options.url or settings.public_url or f"http://{settings.bind}").rstrip("/")
        if options.token:
            _run(url, options.token, links=options.links)
        else:
            _run_as_operator(settings, url, links=options.links)
    except UnexpectedAnswerError as error:
        print(f"nastavnik: {error}", file=sys.stderr)
    except NastavnikError as error:
        print(f"nastavnik: {error.text('ru')}", file=sys.stderr)
    except SettingInvalid as error:
        print(f"nastavnik: {error}; or give --url and the --token of an administrator", file=sys.stderr)
    except psycopg.OperationalError as error:
        print(f"nastavnik: the database does not answer: {error}", file=sys.stderr)
    except OSError as error:
        print(f"nastavnik: the system does not answer ({error}): start it with `make run` first", file=sys.stderr)
    else:
        return 0
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.seed", description=__doc__)
    parser.add_argument("--url", default="", help="address of the system; from the settings by default")
    parser.add_argument("--token", default="", help="an administrator's token; made from the settings by default")
    parser.add_argument("--links", action="store_true", help="grant new tokens for the schools that are there already")
    return parser


def _run_as_operator(settings: Settings, url: str, *, links: bool) -> None:
    """Act as the first administrator, made now where there is none, else by a token that ends with this run."""
    first = first_administrator(settings)
    if first is not None:
        print(f"Первый администратор создан, его токен (показан один раз): {first}")
    token = first or token_for_a_day(settings)
    try:
        _run(url, token, links=links)
    finally:
        if first is None:
            number = token.split("_")[1]
            Client(url, token).call("DELETE", f"/tokens/{number}")


def _run(url: str, token: str, *, links: bool) -> None:
    begun = time.monotonic()
    admin = Client(url, token)
    print(f"{DISTRICT}: {url}", flush=True)
    today = datetime.now(ZONE).date()
    seeded = seed(admin, today, links=links, say=lambda text: print(text, flush=True))
    _tell(url, seeded)
    if seeded.made:
        print(f"Создано школ: {len(seeded.made)}; {time.monotonic() - begun:.1f} с.")


def _tell(url: str, seeded: Seeded) -> None:
    if seeded.kept:
        print(f"Уже есть и не изменены: {', '.join(seeded.kept)}.")
    if seeded.astray:
        print(f"Из них не на этапе плана (прошлый запуск прерван или с ними работали): {', '.join(seeded.astray)}.")
    if not seeded.doors:
        print("Токены показываются один раз. Новые ссылки для входа: make seed SEED_ARGS=--links")
        return
    print("Вход (ссылка содержит токен: она для того, кому названа):")
    for door in seeded.doors:
        target = "" if door.programme_id is None else f"&programme={door.programme_id}"
        print(f"  {door.who}\n      {url}/enter?token={door.token}{target}")


if __name__ == "__main__":
    sys.exit(main())
