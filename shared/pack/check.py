"""The memo on a pack: what its text hides and where its items come from; knows the pack only, no school.

Traps are computed from the pack, so that the next order's are found as well; what cannot be computed stands
in the pack's own notes. None of them rejects the order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.pack.model import LocalText, Note, Pack, Provenance
from shared.pack.traps import Trap, find_traps


@dataclass(frozen=True, slots=True)
class Tally:
    """How many items of a kind come from where; provenances without items are 0."""

    kind: str
    name: LocalText
    counts: Mapping[Provenance, int]


@dataclass(frozen=True, slots=True)
class Memo:
    """What a person should know before running a programme by the pack."""

    code: str
    version: int
    checksum: str
    title: LocalText
    traps: tuple[Trap, ...]
    notes: tuple[Note, ...]
    tallies: tuple[Tally, ...]

    def count(self, provenance: Provenance) -> int:
        """Return how many items of the whole pack come from there."""
        return sum(tally.counts[provenance] for tally in self.tallies)

    @property
    def may_claim_conformity(self) -> bool:
        """Whether a report may say «соответствует»: no item is from memory."""
        return self.count(Provenance.MEMORY) == 0

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "code": self.code,
            "version": self.version,
            "checksum": self.checksum,
            "title": self.title.text(lang),
            "traps": [trap.as_json(lang) for trap in self.traps],
            "notes": [
                {"key": note.key, "places": list(note.places), "text": note.text.text(lang)} for note in self.notes
            ],
            "provenance": {
                tally.kind: {source.value: tally.counts[source] for source in Provenance} for tally in self.tallies
            },
            "may_claim_conformity": self.may_claim_conformity,
        }


def memo(pack: Pack) -> Memo:
    """Return the memo of a pack."""
    return Memo(
        code=pack.code,
        version=pack.version,
        checksum=pack.checksum,
        title=pack.title,
        traps=find_traps(pack),
        notes=pack.notes,
        tallies=_tallies(pack),
    )


def render_text(memo: Memo, lang: str) -> str:
    """Return the memo as plain text for a terminal, lines of any length, ending with a newline."""
    words = _WORDS_EN if lang == "en" else _WORDS_RU
    lines = [memo.title.text(lang), f"{memo.code} v{memo.version}  sha256 {memo.checksum}", ""]
    lines.append(words["traps"].format(len(memo.traps)))
    for number, trap in enumerate(memo.traps, start=1):
        lines += [f"{number}. {trap.found.text(lang)}", f"   -> {trap.handled.text(lang)}"]
    if memo.notes:
        lines += ["", words["notes"]]
        lines += [f"- [{', '.join(note.places)}] {note.text.text(lang)}" for note in memo.notes]
    lines += ["", words["provenance"]]
    for tally in memo.tallies:
        parts = (f"{words[source]} {tally.counts[source]}" for source in Provenance if tally.counts[source])
        lines.append(f"- {tally.name.text(lang)}: {', '.join(parts)}")
    totals = ", ".join(f"{words[source]} {memo.count(source)}" for source in Provenance)
    lines += [f"{words['total']} {totals}", "" if memo.may_claim_conformity else words["unclaimed"]]
    return "\n".join(lines).rstrip("\n") + "\n"


_WORDS_RU = {
    "traps": "Особенности текста: {0}",
    "notes": "Примечания пакета:",
    "provenance": "Откуда взяты элементы:",
    "total": "Всего:",
    "unclaimed": "Есть элементы по памяти: отчёты не пишут «соответствует».",
    Provenance.ORDER: "из приказа",
    Provenance.MEMORY: "по памяти о целевой модели",
    Provenance.LOCAL: "наши правила",
}
_WORDS_EN = {
    "traps": "Traps in the text: {0}",
    "notes": "Notes of the pack:",
    "provenance": "Where the items come from:",
    "total": "In all:",
    "unclaimed": "Some items are from memory: reports do not claim conformity.",
    Provenance.ORDER: "from the order",
    Provenance.MEMORY: "from memory of the federal model",
    Provenance.LOCAL: "our own rules",
}


def _tallies(pack: Pack) -> tuple[Tally, ...]:
    guards = [guard for activity in pack.activities() for guard in activity.guards]
    own = [activity.deadline for activity in pack.activities() if activity.deadline]
    deadlines = [*(stage.deadline for stage in pack.stages), *own]
    bands = [pack.scoring.bands_provenance] * len(pack.scoring.bands)
    return (
        _tally("stages", "этапы", "stages", (stage.provenance for stage in pack.stages)),
        _tally("activities", "мероприятия", "activities", (item.provenance for item in pack.activities())),
        _tally("deadlines", "сроки", "deadlines", (item.provenance for item in deadlines)),
        _tally("guards", "условия", "guards", (guard.provenance for guard in guards)),
        _tally("complete", "условия завершения", "guards of completion", (g.provenance for g in pack.complete)),
        _tally("forms", "формы", "forms", (form.provenance for form in pack.forms)),
        _tally("questionnaires", "анкеты", "questionnaires", (q.provenance for q in pack.questionnaires)),
        _tally("rules", "пороги", "thresholds", (pack.satisfaction.provenance, pack.safety.provenance)),
        _tally("criteria", "критерии качества", "quality criteria", (c.provenance for c in pack.scoring.criteria)),
        _tally("bands", "уровни", "bands", bands),
        _tally("indicators", "показатели", "indicators", (i.provenance for i in pack.scoring.indicators)),
        _tally("reward", "правила поощрения", "reward rules", (c.provenance for c in pack.reward.components)),
        _tally("catalogues", "справочники", "catalogues", (c.provenance for c in pack.catalogues.values())),
        _tally(
            "district_indicators",
            "показатели района",
            "district indicators",
            (item.provenance for item in pack.district_indicators),
        ),
    )


def _tally(kind: str, ru: str, en: str, sources: Iterable[Provenance]) -> Tally:
    counter = Counter(sources)
    return Tally(kind, LocalText(ru, en), {source: counter[source] for source in Provenance})
