"""Errors as problem+json (RFC 9457) in the reader's language; the one table of HTTP statuses."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from services.api.language import language
from shared import errors
from shared.errors import FieldError, Lang, NastavnikError

LISTED_AT_MOST = 500
"""So many wrong fields are listed: an answer is no mirror of a hostile body."""
STATUS: dict[type[NastavnikError], int] = {
    errors.BadInput: 422,
    errors.NotAuthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Refused: 409,
    errors.VersionMismatch: 412,
    errors.KeyReused: 422,
    errors.PreconditionMissing: 428,
    errors.TooManyAttempts: 429,
    errors.AnswerUnusable: 502,
    errors.Unavailable: 503,
    NastavnikError: 500,
}

_HTTP_TEXTS: dict[int, tuple[str, str, str]] = {
    400: (
        "request.malformed",
        "Запрос не разобран: проверьте JSON.",
        "The request cannot be parsed: check the JSON.",
    ),
    404: ("not_found", "Такого адреса здесь нет.", "There is no such address here."),
    405: ("method.not_allowed", "Этот метод здесь не применяется.", "This method is not used here."),
    413: ("body.too_large", "Тело запроса слишком велико.", "The request body is too large."),
    415: (
        "media.unsupported",
        "Нужен Content-Type: application/json.",
        "Content-Type: application/json is needed.",
    ),
    422: (
        "input.fields",
        "Некоторые поля заполнены неверно; см. errors.",
        "Some fields are wrong; see errors.",
    ),
    500: (
        "internal",
        "Внутренняя ошибка; сообщите номер обращения (request_id).",
        "Internal error; report the request_id.",
    ),
}
_TITLES: dict[int, tuple[str, str]] = {
    400: ("Запрос не разобран", "Malformed request"),
    401: ("Нужен вход", "Authentication needed"),
    403: ("Нет права", "Not allowed"),
    404: ("Не найдено", "Not found"),
    405: ("Метод не применяется", "Method not allowed"),
    409: ("Сейчас невозможно", "Refused"),
    412: ("Версия устарела", "Stale version"),
    413: ("Слишком большой запрос", "Too large"),
    415: ("Не тот тип содержимого", "Unsupported media type"),
    422: ("Неверные данные", "Invalid input"),
    428: ("Нужен If-Match", "Precondition required"),
    429: ("Слишком много попыток", "Too many attempts"),
    500: ("Внутренняя ошибка", "Internal error"),
    502: ("Другая система ответила негодно", "Bad gateway"),
    503: ("Временно недоступно", "Unavailable"),
}


def status_of(error: NastavnikError) -> int:
    """Return the HTTP status of an error: that of its nearest ancestor in the table."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def problem(error: NastavnikError) -> Response:
    """Return the whole answer to an error a client caused or met."""
    lang = language()
    return _answer(status_of(error), error.code, error.text(lang), lang, error.extra(lang), error.retry_after)


def register_error_handlers(app: Flask) -> None:
    """Answer every error, ours or the framework's, in the one format."""
    app.register_error_handler(NastavnikError, problem)
    app.register_error_handler(HTTPException, _framework_problem)
    app.register_error_handler(Exception, _unexpected)
    # Flask's own line holds the path (a personal link) and the messages of all errors (what was sent).
    app.log_exception = _log_exception  # type: ignore[method-assign]


def _framework_problem(error: HTTPException) -> Response:
    if error.response is not None and error.code is None:
        return error.response  # type: ignore[return-value]
    lang = language()
    status = error.code or 500
    code, ru, en = _HTTP_TEXTS.get(status, ("http", error.name, error.name))
    extra: dict[str, Any] = {}
    messages = (getattr(error, "data", None) or {}).get("messages")
    if status == 422 and isinstance(messages, dict):
        extra["errors"] = [item.as_json(lang) for item in _field_errors(messages)[:LISTED_AT_MOST]]
    answer = _answer(status, code, ru if lang == "ru" else en, lang, extra)
    if status == 405 and getattr(error, "valid_methods", None):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods))  # type: ignore[attr-defined]
    return answer


def _unexpected(error: Exception) -> Response:
    _log(error)
    lang = language()
    code, ru, en = _HTTP_TEXTS[500]
    return _answer(500, code, ru if lang == "ru" else en, lang, {})


def _log_exception(exc_info: tuple[Any, ...]) -> None:
    """Log an error of an error handler as any other."""
    if exc_info[1] is not None:
        _log(exc_info[1])


def _log(error: BaseException) -> None:
    structlog.get_logger().error(
        "request_failed", error=type(error).__name__, rule=str(request.url_rule), where=_frames(error)
    )


def _field_errors(messages: dict[str, Any]) -> list[FieldError]:
    found: list[FieldError] = []
    for location, content in messages.items():
        _walk(content, [] if location in ("json", "json_or_form") else [location], found)
    return found


def _walk(content: Any, path: list[str], found: list[FieldError]) -> None:
    if isinstance(content, dict):
        for key, inner in content.items():
            _walk(inner, path if key == "_schema" else [*path, str(key)[:80]], found)
    elif isinstance(content, list):
        for text in content:
            _walk(text, path, found)
    else:
        code, ru, en = _sentence(str(content))
        found.append(FieldError(".".join(path) or "body", code, ru, en))


def _sentence(text: str) -> tuple[str, str, str]:
    """Return code and sentences; our own validators write «code|Russian|English», marshmallow's are translated."""
    if text.count("|") == 2:
        code, ru, en = text.split("|")
        return code, ru, en
    return _MARSHMALLOW.get(text, ("invalid", "Неверное значение.", text))


_MARSHMALLOW: dict[str, tuple[str, str, str]] = {
    "Missing data for required field.": ("required", "Обязательное поле.", "This field is required."),
    "Unknown field.": ("unknown", "Такого поля нет.", "There is no such field."),
    "Field may not be null.": ("null", "Значение не может быть пустым.", "The value may not be null."),
    "Not a valid integer.": ("type", "Нужно целое число.", "A whole number is needed."),
    "Not a valid number.": ("type", "Нужно число.", "A number is needed."),
    "Not a valid string.": ("type", "Нужна строка.", "A string is needed."),
    "Not a valid boolean.": ("type", "Нужно true или false.", "true or false is needed."),
    "Not a valid list.": ("type", "Нужен список.", "A list is needed."),
    "Not a valid mapping type.": ("type", "Нужен объект.", "An object is needed."),
    "Not a valid date.": (
        "date",
        "Нужна существующая дата ГГГГ-ММ-ДД.",
        "An existing date YYYY-MM-DD is needed.",
    ),
    "Not a valid datetime.": ("datetime", "Нужен момент времени ISO 8601.", "An ISO 8601 instant is needed."),
    "Invalid input type.": ("type", "Нужен объект JSON.", "A JSON object is needed."),
    "Invalid JSON body.": ("json", "Тело запроса — не JSON.", "The body is not JSON."),
}


def _answer(
    status: int, code: str, detail: str, lang: Lang, extra: dict[str, Any], retry_after: int | None = None
) -> Response:
    title = _TITLES.get(status, ("Ошибка", "Error"))[0 if lang == "ru" else 1]
    content = {
        "type": f"urn:nastavnik:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        **extra,
    }
    response = jsonify(content)
    response.status_code = status
    response.mimetype = "application/problem+json"
    response.headers["Content-Language"] = lang
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="nastavnik"'
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _frames(error: BaseException) -> str:
    """Return where it happened, files and lines only: messages of errors may hold personal data."""
    frames, trace = [], error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(frames)
