"""What the codes of a pack mean in a person's record: forms, questionnaires, questions, activities; knows no rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from shared.pack.model import LocalText, Pack

Names = Mapping[tuple[str, str], LocalText]
"""(column, code) -> words; a question's code is side.moment.key, since its words differ before and after."""


def names_in(packs: Iterable[Pack]) -> Names:
    """Return the words of all codes of the packs; of two packs with the same code the later one's."""
    return {key: text for pack in packs for key, text in _names(pack)}


def _names(pack: Pack) -> Iterator[tuple[tuple[str, str], LocalText]]:
    for form in pack.forms:
        yield ("form", form.key), form.name
        for variant in form.role_variants:
            yield ("role_variant", variant.key), variant.name
    for questionnaire in pack.questionnaires:
        yield ("questionnaire", questionnaire.key), questionnaire.title
        for question in questionnaire.questions:
            code = f"{questionnaire.side}.{questionnaire.moment}.{question.key}"
            yield ("question", code), question.text
    for activity in pack.activities():
        yield ("activity_key", activity.key), activity.short
