"""`nastavnik pack`, `nastavnik diagram`: what a methodology pack says and how it is drawn."""

from __future__ import annotations

import argparse
from pathlib import Path

from services.cli.words import Words, add, group
from shared.pack.check import memo, render_text
from shared.pack.library import shipped
from shared.pack.load import load_pack
from shared.programme import diagram


def add_commands(words: Words[argparse.ArgumentParser]) -> None:
    """Declare them."""
    check = add(group(words, "pack", "methodology packs"), "check", "check a pack, print its memo", _check)
    check.add_argument("file", type=Path, nargs="?", help="YAML; the shipped pack of order 428 by default")
    draw = add(words, "diagram", "print the stages of a pack as Mermaid or SVG", _diagram)
    draw.add_argument("file", type=Path, nargs="?")
    draw.add_argument("--svg", action="store_true")


def _check(options: argparse.Namespace) -> int:
    print(render_text(memo(load_pack(_bytes(options.file))), options.lang))
    return 0


def _diagram(options: argparse.Namespace) -> int:
    pack = load_pack(_bytes(options.file))
    print(diagram.svg(pack, current=None, lang=options.lang) if options.svg else diagram.mermaid(pack, options.lang))
    return 0


def _bytes(path: Path | None) -> bytes:
    return path.read_bytes() if path else shipped("order_428", 1).text.encode()
