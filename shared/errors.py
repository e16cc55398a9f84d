"""The tree of errors a user can meet; knows codes and sentences, no HTTP.

NastavnikError
├── BadInput            the request cannot be understood or breaks a rule on its own
│   ├── FieldsInvalid   a list of places and reasons
│   └── ReferenceMissing
├── AccessError
│   ├── NotAuthenticated
│   │   └── LinkNotValid
│   ├── Forbidden
│   └── NotFound        also for another tenant's row
├── Refused             understood, allowed, and not possible now
│   ├── WrongState
│   ├── UnknownTrigger
│   ├── GuardsUnmet
│   ├── ReadOnly
│   ├── Duplicate
│   ├── RecordEnded
│   ├── ConsentMissing
│   ├── RuleBroken      a named rule of one noun
│   └── KeyInFlight
├── VersionMismatch
├── KeyReused
├── PreconditionMissing
├── TooManyAttempts
├── AnswerUnusable      of another system that we have asked
└── Unavailable

The first line of a docstring is the English sentence, ``ru`` the Russian one; both are templates.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

Lang = Literal["ru", "en"]


class NastavnikError(Exception):
    """Something went wrong on our side."""

    code: ClassVar[str] = "internal"
    ru: ClassVar[str] = "Внутренняя ошибка."
    retry_after: int | None = None
    """seconds after which the same request may succeed, None when waiting does not help"""

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code)
        self.params = params

    def text(self, lang: Lang) -> str:
        """Return the sentence for a user in ``lang``."""
        template = self.ru if lang == "ru" else (type(self).__doc__ or "").strip().splitlines()[0]
        return template.format_map({key: _pick(value, lang) for key, value in self.params.items()})

    def extra(self, lang: Lang) -> dict[str, Any]:
        """Return the machine-readable members the answer carries besides the sentence."""
        return {}


def _pick(value: Any, lang: Lang) -> Any:
    return value.get(lang, value) if isinstance(value, dict) else value


class BadInput(NastavnikError):
    """The request cannot be understood: {why}"""

    code = "input.invalid"
    ru = "Запрос не понят: {why}"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One mistake: the place as a dotted path, a stable code and the sentence in both languages."""

    path: str
    code: str
    ru: str
    en: str

    def as_json(self, lang: Lang) -> dict[str, str]:
        return {"path": self.path, "code": self.code, "detail": self.ru if lang == "ru" else self.en}


class FieldsInvalid(BadInput):
    """Some fields are wrong; see errors."""

    code = "input.fields"
    ru = "Некоторые поля заполнены неверно; см. errors."

    def __init__(self, errors: list[FieldError]) -> None:
        super().__init__()
        self.errors = errors

    def extra(self, lang: Lang) -> dict[str, Any]:
        return {"errors": [error.as_json(lang) for error in self.errors]}


class ReferenceMissing(FieldsInvalid):
    """A record the request refers to does not exist here; see errors."""

    code = "input.reference"
    ru = "Запись, на которую ссылается запрос, не найдена; см. errors."


class AccessError(NastavnikError):
    """Access is refused."""

    code = "access.refused"
    ru = "Доступ закрыт."


class NotAuthenticated(AccessError):
    """A valid token is needed: Authorization: Bearer nst_..."""

    code = "access.token"
    ru = "Нужен действующий токен: Authorization: Bearer nst_…"


class LinkNotValid(NotAuthenticated):
    """This link is not valid, or not any more; ask the school for a new one."""

    code = "access.link"
    ru = "Эта ссылка недействительна или уже не действует; попросите школу выдать новую."


class Forbidden(AccessError):
    """Your role does not allow this: {right}."""

    code = "access.forbidden"
    ru = "Ваша роль не даёт этого права: {right}."


class NotFound(AccessError):
    """There is no such record here."""

    code = "not_found"
    ru = "Такой записи здесь нет."


class Refused(NastavnikError):
    """This is not possible now."""

    code = "refused"
    ru = "Сейчас это невозможно."


class WrongState(Refused):
    """{trigger} is not possible from the state {state}."""

    code = "state.wrong"
    ru = "Действие «{trigger}» невозможно из состояния «{state}»."

    def extra(self, lang: Lang) -> dict[str, Any]:
        return {"state": self.params.get("state_key"), "allowed": list(self.params.get("allowed", ()))}


class UnknownTrigger(BadInput):
    """There is no trigger {trigger}."""

    code = "trigger.unknown"
    ru = "Действия «{trigger}» нет."


class GuardsUnmet(Refused):
    """The programme cannot go on yet: {count} condition(s) unmet; see blockers."""

    code = "guards.unmet"
    ru = "Переход пока невозможен, не выполнено условий: {count}; см. blockers."

    def __init__(self, *, blockers: dict[Lang, list[dict[str, Any]]]) -> None:
        super().__init__(count=len(blockers["ru"]))
        self.blockers = blockers

    def extra(self, lang: Lang) -> dict[str, Any]:
        return {"blockers": self.blockers[lang]}


class ReadOnly(Refused):
    """The programme is {state}: it is kept as it is and cannot be changed."""

    code = "programme.read_only"
    ru = "Программа в состоянии «{state}»: она хранится как есть и не меняется."


class Duplicate(Refused):
    """Such a record exists already: {what}."""

    code = "duplicate"
    ru = "Такая запись уже есть: {what}."


class RecordEnded(Refused):
    """The record was ended on {on} and cannot be changed."""

    code = "record.ended"
    ru = "Запись завершена {on} и не меняется."


class ConsentMissing(Refused):
    """No consent in force ({kind}) for person {person_id}: only name and class may be kept."""

    code = "consent.missing"
    ru = "Нет действующего согласия ({kind}) для человека {person_id}: можно хранить только имя и класс."


class RuleBroken(Refused):
    """{en}"""

    code = "rule.broken"
    ru = "{ru}"

    def __init__(self, *, rule: str, ru: str, en: str, **params: Any) -> None:
        super().__init__(rule=rule, ru=ru, en=en, **params)

    def extra(self, lang: Lang) -> dict[str, Any]:
        return {"rule": self.params["rule"]}


class KeyInFlight(Refused):
    """A request with this Idempotency-Key is being processed; repeat it in a moment."""

    code = "idempotency.in_flight"
    ru = "Запрос с этим Idempotency-Key выполняется; повторите чуть позже."
    retry_after = 1


class VersionMismatch(NastavnikError):
    """The record has changed: version {current} now, your request was for {expected}."""

    code = "version.mismatch"
    ru = "Запись изменилась: сейчас версия {current}, запрос был для {expected}."

    def extra(self, lang: Lang) -> dict[str, Any]:
        return {"current": self.params["current"]}


class KeyReused(NastavnikError):
    """This Idempotency-Key was used with another request body; take a new key."""

    code = "idempotency.reused"
    ru = "Этот Idempotency-Key уже использован с другим телом запроса; возьмите новый ключ."


class PreconditionMissing(NastavnikError):
    """Send If-Match with the version you have seen, for example: If-Match: "v7"."""

    code = "precondition.missing"
    ru = 'Укажите в If-Match версию, которую вы видели, например: If-Match: "v7".'


class TooManyAttempts(NastavnikError):
    """Too many attempts: the next one is possible in {minutes} min."""

    code = "attempts.too_many"
    ru = "Слишком много попыток: следующая возможна через {minutes} мин."

    def __init__(self, *, seconds: int) -> None:
        super().__init__(minutes=-(-seconds // 60))
        self.retry_after = seconds


class AnswerUnusable(NastavnikError):
    """Another system that this one relies on has given an answer that cannot be used."""

    code = "answer.unusable"
    ru = "Другая система, на которую опирается эта, дала непригодный ответ."


class Unavailable(NastavnikError):
    """The database cannot be reached; repeat the request with the same Idempotency-Key."""

    code = "unavailable"
    ru = "База данных недоступна; повторите запрос с тем же Idempotency-Key."
    retry_after = 2
