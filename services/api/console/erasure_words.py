"""What the pages of erasures say, Russian first; knows no row."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.pack.words import LocalText

ERASURE_WORDS: Mapping[str, LocalText] = MappingProxyType(
    {
        "erasures": LocalText("Уничтожение данных", "Erasures"),
        "erasures_lead": LocalText(
            "После отзыва согласия с данными больше ничего не делают; через {grace} дн. они уничтожаются, по закону — "
            "не позднее {due} дн. со дня отзыва: если он внесён поздно, то раньше. До этого новое согласие или "
            "исправленный отзыв всё отменяют.",
            "After a withdrawal nothing more is done with the data; they are destroyed after {grace} days, by law "
            "within {due} of the withdrawal: sooner where it was entered late. Until then a new consent, or the "
            "withdrawal taken back, cancels it.",
        ),
        "erasures_none": LocalText("Уничтожать нечего.", "Nothing is to be erased."),
        "erasures_waiting": LocalText("Ждут", "Waiting"),
        "erasures_done": LocalText("Уничтожены", "Done"),
        "erasures_cancelled": LocalText("Отменены", "Cancelled"),
        "erasure_no": LocalText("запись № {id}", "No. {id}"),
        "erasure_person_no": LocalText("человек № {id}", "person No. {id}"),
        "erasure_planned": LocalText(
            "будут уничтожены {day}, по закону до {due}", "to be erased {day}, by law by {due}"
        ),
        "erasure_soon": LocalText("будут уничтожены в ближайшие часы", "to be erased within hours"),
        "erasure_held": LocalText(
            "мешает незакрытое обращение о безопасности", "held by an open safety case about this person"
        ),
        "erasure_overdue": LocalText("срок прошёл {day}", "was due {day}"),
        "erasure_done_at": LocalText("уничтожены {day}", "erased {day}"),
        "erasure_act": LocalText("акт", "act"),
        "erasure_log": LocalText("выгрузка из журнала", "extract of the log"),
        "erasure_withdrawn": LocalText("согласие отозвано", "the consent was withdrawn"),
        "erasure_request": LocalText("по обращению", "by request"),
        "erasure_retention": LocalText("истёк срок хранения", "kept long enough"),
        "erasure_consented": LocalText("дано новое согласие", "a new consent was given"),
        "erasure_undone": LocalText("отзыв исправлен", "the withdrawal was taken back"),
        "erasure_in_use": LocalText("человек снова участвует в программе", "takes part in a programme again"),
        "erasure_by_hand": LocalText("оставлено: {why}", "kept: {why}"),
        "act_kept": LocalText(
            "Хранится до {day}; видят только куратор и директор школы.",
            "Kept until {day}; seen by the school's curator and director alone.",
        ),
    }
)
