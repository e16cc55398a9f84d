"""Why a job could not be done, and why a person's wish about a job is refused; knows no SQL.

NastavnikError
├── PermanentError   the inputs cannot give a result: dead at once, asking again would give the same
│   ├── ArgumentsInvalid   a message of another release, or a forged row
│   └── SubjectGone        a row that the arguments name is gone
├── TemporaryError   what is outside did not answer: tried again after a pause
├── Refused
│   ├── JobOver      cancel: the job has ended already
│   ├── JobNotOver   retry: the job did not end dead or cancelled
│   └── JobRetried   retry: somebody did it already
"""

from __future__ import annotations

from shared.errors import NastavnikError, Refused
from shared.jobs.model import Sentence


class PermanentError(NastavnikError):
    """This job cannot be done with the data as they are."""

    code = "job.impossible"
    ru = "Эту работу нельзя выполнить при таких данных."


class TemporaryError(NastavnikError):
    """This could not be done now; it will be tried again."""

    code = "job.not_now"
    ru = "Сейчас это сделать не удалось; будет ещё попытка."


class ArgumentsInvalid(PermanentError):
    """The job's arguments cannot be read ({name})."""

    code = "job.arguments"
    ru = "Аргументы работы не читаются ({name})."


class SubjectGone(PermanentError):
    """What this job is about is no longer there ({what})."""

    code = "job.subject_gone"
    ru = "Того, о чём эта работа, больше нет ({what})."


class JobOver(Refused):
    """The job has ended already ({status}) and cannot be cancelled."""

    code = "job.over"
    ru = "Работа уже закончилась ({status}), отменить её нельзя."


class JobNotOver(Refused):
    """Only a dead or cancelled job can be repeated; this one is {status}."""

    code = "job.not_over"
    ru = "Повторить можно только сорвавшуюся или отменённую работу; эта в состоянии «{status}»."


class JobRetried(Refused):
    """The job was repeated already; see job {job_id}."""

    code = "job.retried"
    ru = "Работу уже повторили; см. работу {job_id}."


WORKER_LOST = Sentence(
    "job.worker_lost",
    "Исполнитель остановился, не закончив работу.",
    "The worker stopped before the job was done.",
)
TIMED_OUT = Sentence(
    "job.timed_out",
    "Работа не уложилась в отведённое время.",
    "The job did not end within the time it is given.",
)
OUT_OF_MEMORY = Sentence(
    "job.memory",
    "Для этой работы не хватило памяти.",
    "There was not enough memory for this job.",
)
DATABASE_AWAY = Sentence(
    "job.database",
    "База данных была недоступна.",
    "The database could not be reached.",
)


KIND_UNKNOWN = Sentence(
    "job.kind_unknown",
    "Эта версия программы не знает такой работы; она ждёт версии, которая знает.",
    "This release does not know such work; it waits for one that does.",
)


def unexpected(error: BaseException) -> Sentence:
    """Name an error we did not foresee by its type alone: its message may hold personal data."""
    name = type(error).__name__
    return Sentence("job.unexpected", f"Непредвиденная ошибка ({name}).", f"Unexpected error ({name}).")


def killed(signal_number: int) -> Sentence:
    """Say that the operating system ended the job's process: most often memory ran out."""
    return Sentence(
        "job.killed",
        f"Процесс работы был прерван (сигнал {signal_number}): возможно, не хватило памяти.",
        f"The job's process was killed (signal {signal_number}): perhaps memory ran out.",
    )


def sentence_of(error: NastavnikError) -> Sentence:
    """Return what people are told about ``error``."""
    return Sentence(error.code, error.text("ru"), error.text("en"))
