"""How commands are declared: words, help and the function that carries them out; knows no command."""

from __future__ import annotations

import argparse
from collections.abc import Callable

Command = Callable[[argparse.Namespace], int]
Words = argparse._SubParsersAction  # noqa: SLF001  argparse names the type nowhere else
"""The place where further words are added."""


def group(words: Words[argparse.ArgumentParser], name: str, text: str) -> Words[argparse.ArgumentParser]:
    """Add a word that only others follow; return the place for those."""
    return words.add_parser(name, help=text).add_subparsers(required=True, metavar="COMMAND")


def add(words: Words[argparse.ArgumentParser], name: str, text: str, command: Command) -> argparse.ArgumentParser:
    """Add a word that does something; return its parser, for its options."""
    parser = words.add_parser(name, help=text, description=text)
    parser.set_defaults(command=command)
    return parser
