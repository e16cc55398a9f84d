"""All words that the pages themselves say, Russian first; knows no rule and no page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType

from services.api.console.account_words import ACCOUNT_WORDS
from services.api.console.consent_page_words import CONSENT_WORDS
from services.api.console.erasure_words import ERASURE_WORDS
from services.api.console.job_words import JOB_WORDS
from shared.errors import Lang
from shared.pack.model import LocalText
from shared.programme.guards.sentences import day_words

WORDS: Mapping[str, LocalText] = MappingProxyType(
    {
        **ACCOUNT_WORDS,
        **JOB_WORDS,
        **CONSENT_WORDS,
        **ERASURE_WORDS,
        "product": LocalText("Наставник", "Nastavnik"),
        "to_content": LocalText("К содержанию", "To the content"),
        "navigation": LocalText("Навигация", "Navigation"),
        "programmes": LocalText("Программы", "Programmes"),
        "documentation": LocalText("Описание API", "API documentation"),
        "leave": LocalText("Выйти", "Leave"),
        "other_language": LocalText("English", "Русский"),
        # entering
        "enter_title": LocalText("Вход", "Entry"),
        "enter_lead": LocalText(
            "Вставьте токен, который вам выдали: он начинается с nst_.",
            "Paste the token you were given: it begins with nst_.",
        ),
        "token": LocalText("Токен", "Token"),
        "enter": LocalText("Войти", "Enter"),
        "enter_note": LocalText(
            "Токен остаётся в этом браузере, пока он открыт, и нигде больше не виден.",
            "The token stays in this browser while it is open and is seen nowhere else.",
        ),
        "token_refused": LocalText(
            "Токен не подошёл: он неверен, истёк или отозван.", "The token was not accepted: wrong, expired or revoked."
        ),
        "enter_needed": LocalText("Чтобы открыть эту страницу, войдите.", "Enter to open this page."),
        "entered": LocalText("Вы вошли.", "You have entered."),
        "sign_on_by": LocalText("Войти через {host}", "Enter through {host}"),
        "go_on": LocalText("Открыть программы", "Open the programmes"),
        # list
        "none_seen": LocalText("Программ, которые вам видны, пока нет.", "There are no programmes you can see yet."),
        "none_platform": LocalText(
            "Администратор системы не видит программ: войдите токеном методиста или сотрудника школы.",
            "The administrator sees no programmes: enter with a token of a methodist or of a school's staff.",
        ),
        "school": LocalText("Школа", "School"),
        "school_year": LocalText("Учебный год", "School year"),
        "stage": LocalText("Этап", "Stage"),
        "next_page": LocalText("Дальше", "Next"),
        # programme
        "programme_of": LocalText("Программа наставничества", "Mentoring programme"),
        "template_year": LocalText("сроки по шаблону", "dates by the template"),
        "by_order": LocalText("По документу", "By the document"),
        "shown_of": LocalText("Выполнено мероприятий: {shown} из {of}", "Activities done: {shown} of {of}"),
        "today": LocalText("сегодня {day}", "today is {day}"),
        "stages": LocalText("Этапы", "Stages"),
        "next_step": LocalText("Следующий шаг: «{name}»", "Next step: “{name}”"),
        "blocks": LocalText("Что мешает", "What blocks"),
        "blocks_count": LocalText("Не выполнено условий: {count}", "Conditions unmet: {count}"),
        "nothing_blocks": LocalText("Ничего не мешает: можно переходить.", "Nothing blocks: it can be done now."),
        "what_next": LocalText("Что дальше", "What is next"),
        "is_paused": LocalText(
            "Программа приостановлена. Возобновляет её {roles}; она вернётся сюда: «{stage}».",
            "The programme is suspended. It is resumed by {roles} and returns to: “{stage}”.",
        ),
        "is_over": LocalText("Программа закончена и хранится как есть.", "The programme is over and kept as it is."),
        "done_by": LocalText("Это делает: {roles}.", "Done by: {roles}."),
        "not_your_role": LocalText("не ваша роль", "not your role"),
        "can_be_done": LocalText("можно", "possible"),
        "cannot_be_done": LocalText("пока нельзя", "not yet"),
        "reason_needed": LocalText("нужна причина", "a reason is needed"),
        "other_moves": LocalText("Другие действия", "Other actions"),
        "moves_note": LocalText(
            "Здесь показано, что возможно; само действие выполняется через API:",
            "This shows what is possible; the action itself is made over the API:",
        ),
        "records": LocalText("записи", "records"),
        "records_of": LocalText("Записи API: {what}", "API records: {what}"),
        "in_agenda": LocalText("к мероприятию", "to the activity"),
        "and_more": LocalText("и ещё {count}", "and {count} more"),
        "number": LocalText("№ {id}", "No. {id}"),
        "remarks": LocalText("Учтено, но не мешает", "Noted, blocks nothing"),
        "carried_to": LocalText("Отложено до {day}", "Carried to {day}"),
        "waived": LocalText("Не применяется", "Not applicable"),
        "warning": LocalText("Обратите внимание", "Note"),
        # agenda
        "agenda": LocalText("Что осталось", "What is left"),
        "nothing_left": LocalText("Ничего не осталось.", "Nothing is left."),
        "by_day": LocalText("до {day}", "by {day}"),
        "needed_earlier": LocalText(
            "нужно раньше: этого ждут следующие мероприятия", "needed earlier: later activities wait for it"
        ),
        "days_passed": LocalText("срок прошёл {count} дн. назад", "{count} d. ago"),
        "due_today": LocalText("сегодня", "today"),
        "days_left": LocalText("через {count} дн.", "in {count} d."),
        "printed": LocalText("Срок в документе", "Date in the document"),
        "moved": LocalText("с выходного перенесён на {day}", "moved from a day off to {day}"),
        "extended": LocalText("продлён до {day}", "extended to {day}"),
        "overdue_by": LocalText("Просрочено на {count} дн.", "Overdue by {count} d."),
        "late_by": LocalText("с опозданием на {count} дн.", "late by {count} d."),
        "activity": LocalText("Мероприятие", "Activity"),
        "responsible": LocalText("Отвечает", "Responsible"),
        "tick": LocalText("Отметка", "Tick"),
        "no_responsible": LocalText("не назначен", "nobody yet"),
        "planned_on": LocalText("план: {day}", "planned: {day}"),
        "done": LocalText("Выполнено мероприятий: {count}", "Activities done: {count}"),
        "fulfilled_on": LocalText("Выполнено", "Done on"),
        "entered_on": LocalText("внесено {day}", "entered on {day}"),
        # results
        "results": LocalText("Расчёты", "Computations"),
        "computed_on": LocalText("посчитано {at}", "computed {at}"),
        "approved_on": LocalText("утверждён {day}", "approved {day}"),
        "is_stale": LocalText("Нужен пересчёт", "Recompute needed"),
        "under_way": LocalText("выполняется, {percent} %", "under way, {percent} %"),
        "queued": LocalText("в очереди", "queued"),
        "failed": LocalText("не получилось: {why}", "failed: {why}"),
        # history
        "history": LocalText("История", "History"),
        "created": LocalText("Программа начата", "Programme begun"),
        "reason": LocalText("Причина", "Reason"),
        "conditions_were": LocalText("Условия", "Conditions"),
        "were_met": LocalText("выполнено {count}", "met {count}"),
        "were_carried": LocalText("отложено {count}", "carried {count}"),
        "were_waived": LocalText("не применяется {count}", "not applicable {count}"),
        "hash": LocalText("отпечаток", "hash"),
        "chain_whole": LocalText("цепочка цела", "the chain holds"),
        "chain_broken": LocalText("цепочка нарушена", "the chain is broken"),
        # refusals
        "to_programmes": LocalText("К программам", "To the programmes"),
        "request_id": LocalText("Номер обращения", "Request id"),
        "docs_need_script": LocalText(
            "Этой странице нужен JavaScript; сам документ: ", "This page needs JavaScript; the document itself: "
        ),
    }
)

ROLES: Mapping[str, LocalText] = MappingProxyType(
    {
        "curator": LocalText("школьный куратор", "the school's curator"),
        "methodist": LocalText("методист", "the methodist"),
    }
)


def speaker(lang: Lang) -> Callable[..., str]:
    """Return what a template calls as say('key', count=3); KeyError for a key that is not in ``WORDS``."""

    def say(key: str, **values: object) -> str:
        return WORDS[key].text(lang).format_map(values)

    return say


def day_text(day: date, lang: Lang) -> str:
    """Return «30 ноября 2020» or "30 November 2020"."""
    return f"{day_words(day).text(lang)} {day.year}"


def moment_text(local_at: datetime, lang: Lang) -> str:
    """Return «27 ноября 2020, 10:15»."""
    return f"{day_text(local_at.date(), lang)}, {local_at:%H:%M}"


def duration_text(seconds: float, lang: Lang) -> str:
    """Return how long something lasts, in its largest unit: «40 с», «3 мин», «2 ч», «5 дн.»."""
    for size, ru, en in ((86400, "дн.", "d."), (3600, "ч", "h"), (60, "мин", "min")):
        if seconds >= size:
            return f"{int(seconds // size)}\N{NO-BREAK SPACE}{ru if lang == 'ru' else en}"
    return f"{int(max(seconds, 0))}\N{NO-BREAK SPACE}{'с' if lang == 'ru' else 's'}"
