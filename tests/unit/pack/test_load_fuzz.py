"""Whatever is uploaded, the loader answers with a pack or with its mistakes, never with another failure."""

from __future__ import annotations

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.pack.library import FOLDER
from shared.pack.load import PackInvalid, load_pack

TEXT = (FOLDER / "order_428.v1.yaml").read_text(encoding="utf-8")
LINES = TEXT.split("\n")
DATA = yaml.load(TEXT, Loader=yaml.BaseLoader)  # noqa: S506 - the base loader makes strings only
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates())
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)


def answers(data: str | bytes) -> bool:
    """Return whether the pack was accepted; a refusal must name at least one mistake in both languages."""
    try:
        load_pack(data)
    except PackInvalid as error:
        problems = error.problems
    else:
        return True
    assert problems
    assert all(problem.message_ru and problem.message_en for problem in problems)
    return False


def dumped(tree: object) -> str:
    return str(yaml.dump(tree, Dumper=yaml.CSafeDumper, allow_unicode=True))


def places(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """List the path of every value of the pack."""
    found = [path]
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        found += places(value, (*path, key))
    return found


PLACES = places(DATA)[1:]


def replaced(node: object, path: tuple[str | int, ...], value: object) -> object:
    """Return a copy of the tree with one value replaced."""
    if not path:
        return value
    if isinstance(node, dict):
        return {key: replaced(old, path[1:], value) if key == path[0] else old for key, old in node.items()}
    assert isinstance(node, list)
    return [replaced(old, path[1:], value) if at == path[0] else old for at, old in enumerate(node)]


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data: bytes) -> None:
    assert not answers(data)


@given(st.text(alphabet=st.sampled_from("{}[]:,-&*!|>'\"%@#?\n\t ab1.\\~<"), max_size=120))
def test_any_yaml_punctuation_is_answered(text: str) -> None:
    assert not answers(text)


@given(TREES)
def test_any_yaml_document_is_answered(tree: object) -> None:
    assert not answers(dumped(tree))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PLACES), TREES)
def test_the_pack_with_any_value_replaced_is_answered(path: tuple[str | int, ...], value: object) -> None:
    answers(dumped(replaced(DATA, path, value)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(LINES) - 1), st.sampled_from(["drop", "double", "indent", "cut"]))
def test_the_pack_with_any_line_damaged_is_answered(number: int, damage: str) -> None:
    line = LINES[number]
    damaged = {"drop": [], "double": [line, line], "indent": [f"  {line}"], "cut": [line[: len(line) // 2]]}
    answers("\n".join([*LINES[:number], *damaged[damage], *LINES[number + 1 :]]))
