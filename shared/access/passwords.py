"""Which passwords are taken, by NIST SP 800-63B-4 (2025), section 3.1.1.2; pure: knows no hash and no table.

As there: length instead of composition rules, all of Unicode in one normal form, no forced changes, and a list of what
is guessed first. That list is not the one of leaked passwords, whose members almost all are shorter than what is
asked for here: it is what people do to reach a length, and what stands on the person's own door.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from shared.errors import Lang

SHORTEST = 15
"""Characters, where the password is all that is asked for (there: 15; 8 with a second factor)."""
LONGEST = 200
"""There at least 64; long enough for any sentence, short enough to hash."""
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "йцукенгшщзхъ",
    "фывапролджэ",
    "ячсмитьбю",
)
_SERVICE = ("nastavnik", "наставник", "наставничество", "password", "пароль", "школа", "school")
_NEIGHBOURS = frozenset(pair for row in _ROWS for one in (row, row[::-1]) for pair in pairwise(one))
_OWN_LEFT = 8
"""Characters that must be left when names and words of the service are taken out."""
_DISTINCT = 6


@dataclass(frozen=True, slots=True)
class Weakness:
    """Why a password is refused: a stable code and the sentence in both languages."""

    code: str
    ru: str
    en: str

    def text(self, lang: Lang) -> str:
        """Return the sentence in ``lang``."""
        return self.ru if lang == "ru" else self.en


_LENGTH = Weakness(
    "password.length",
    f"Нужно от {SHORTEST} до {LONGEST} знаков: проще всего запомнить несколько слов подряд.",
    f"From {SHORTEST} to {LONGEST} characters are needed: a few words in a row are easiest to remember.",
)
_TRIVIAL = Weakness(
    "password.trivial",
    "Такой пароль подбирают первым: повторы и соседние клавиши не считаются.",
    "Such a password is guessed first: repetitions and neighbouring keys do not count.",
)
_OWN = Weakness(
    "password.own",
    "Пароль почти весь состоит из вашего имени, логина или слов этой программы.",
    "The password is made almost wholly of your name, your login or words of this program.",
)


def normal(password: str) -> str:
    """Return the form that is judged and hashed (NFKC): the same keys on another keyboard give the same password."""
    return unicodedata.normalize("NFKC", password)


def weaknesses(password: str, *, own: Sequence[str] = ()) -> list[Weakness]:
    """Return all that is wrong with a new password; ``own`` are the person's name and login."""
    if len(password) > LONGEST or len(normal(password)) > LONGEST:
        return [_LENGTH]  # what follows takes the square of the length
    folded = normal(password).casefold()
    found = [] if len(normal(password)) >= SHORTEST else [_LENGTH]
    if _is_trivial(folded):
        found.append(_TRIVIAL)
    elif len(_without(folded, own)) < _OWN_LEFT <= len(folded):
        found.append(_OWN)
    return found


def _is_trivial(text: str) -> bool:
    """A few different characters, a short piece repeated, or mostly neighbours of the alphabet or the keyboard."""
    if len(set(text)) < min(_DISTINCT, len(text)):
        return True
    if any(text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1)):
        return True
    steps = list(pairwise(text))
    return bool(steps) and sum(step in _NEIGHBOURS for step in steps) > 0.6 * len(steps)


def _without(text: str, own: Sequence[str]) -> str:
    parts = {part for word in (*own, *_SERVICE) for part in re.split(r"[\W_]+", normal(word).casefold())}
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= 3:
            text = text.replace(part, "")
    return re.sub(r"[\W\d_]+", "", text)
