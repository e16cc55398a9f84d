"""What the codes in a person's record mean in words; knows no rows. Completeness is held by a test."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.pack.model import LocalText

CODES: Mapping[str, LocalText] = MappingProxyType(
    {
        "after": LocalText("после", "after"),
        "answer": LocalText("ответить на анкету", "answer a questionnaire"),
        "before": LocalText("до", "before"),
        "career_tests": LocalText("профессиональные тесты", "career tests"),
        "carried_over": LocalText("перенесена на следующий год", "carried over"),
        "completed": LocalText("завершена", "completed"),
        "confirm_pair": LocalText("подтвердить пару", "confirm a pair"),
        "confirm_pair_guardian": LocalText("подтвердить пару (представитель)", "confirm a pair (representative)"),
        "curator": LocalText("куратор", "curator"),
        "declined": LocalText("отказ", "declined"),
        "early": LocalText("прекращена раньше срока", "ended early"),
        "effectiveness": LocalText("эффективность", "effectiveness"),
        "feedback": LocalText("обратная связь", "feedback"),
        "group": LocalText("группа", "group"),
        "growth_area": LocalText("зона роста", "growth area"),
        "homeroom_teachers": LocalText("классные руководители", "homeroom teachers"),
        "log_meeting": LocalText("записать встречу", "log a meeting"),
        "member": LocalText("член рабочей группы", "member"),
        "mentee": LocalText("наставляемый", "mentee"),
        "mentor": LocalText("наставник", "mentor"),
        "monitoring": LocalText("мониторинг влияния", "monitoring"),
        "no": LocalText("нет", "no"),
        "on_request": LocalText("по запросу", "on request"),
        "other": LocalText("иное", "other"),
        "outside": LocalText("не из школы", "from outside"),
        "pair": LocalText("пара", "pair"),
        "parent": LocalText("родитель", "parent"),
        "parents": LocalText("родители", "parents"),
        "partly": LocalText("частично", "partly"),
        "photo": LocalText("фото и видео", "photo"),
        "planned": LocalText("запланировано", "planned"),
        "processing": LocalText("обработка персональных данных", "processing"),
        "psych": LocalText("работа психолога", "psychological support"),
        "psychologist": LocalText("педагог-психолог", "psychologist"),
        "psychologists": LocalText("педагоги-психологи", "psychologists"),
        "publication": LocalText("публикация", "publication"),
        "pupil": LocalText("обучающийся", "pupil"),
        "pupils_9_11": LocalText("обучающиеся 9–11 классов", "pupils of grades 9 to 11"),
        "rematched": LocalText("подобрана другая пара", "re-matched"),
        "report": LocalText("сообщил сотрудник", "reported by staff"),
        "representative": LocalText("законный представитель", "representative"),
        "reserve": LocalText("резерв", "reserve"),
        "selected": LocalText("отобран", "selected"),
        "self": LocalText("сам(а)", "self"),
        "staff": LocalText("сотрудник", "staff"),
        "strength": LocalText("сильная сторона", "strength"),
        "survey": LocalText("ответ на анкету", "an answer to a survey"),
        "teacher": LocalText("педагог", "teacher"),
        "teachers": LocalText("педагоги", "teachers"),
        "transfer": LocalText("передача сведений району", "transfer to the district"),
        "yes": LocalText("да", "yes"),
    }
)
