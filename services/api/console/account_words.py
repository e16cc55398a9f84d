"""What the pages of accounts say, Russian first; part of ``words.WORDS``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.pack.model import LocalText

ACCOUNT_WORDS: Mapping[str, LocalText] = MappingProxyType(
    {
        # entering
        "login": LocalText("Логин (адрес электронной почты)", "Login (e-mail address)"),
        "password": LocalText("Пароль", "Password"),
        "forgotten": LocalText("Забыли пароль?", "Forgotten the password?"),
        "by_token": LocalText("Войти по токену", "Enter by a token"),
        "session_over": LocalText("Сеанс закончился: войдите снова.", "The session is over: enter again."),
        "password_is_set": LocalText(
            "Пароль задан, прежние сеансы завершены. Войдите с ним.",
            "The password is set, earlier sessions are over. Enter with it.",
        ),
        "session_note": LocalText(
            "Без действий сеанс заканчивается через час, в любом случае через 12 часов.",
            "Without a page opened the session ends after an hour, in any case after 12 hours.",
        ),
        # the code
        "code_title": LocalText("Второй шаг входа", "Second step"),
        "code_lead": LocalText(
            "Введите код из приложения на телефоне или один из кодов восстановления.",
            "Type the code from the app on your phone, or one of the recovery codes.",
        ),
        "code": LocalText("Код", "Code"),
        "confirm": LocalText("Подтвердить", "Confirm"),
        "begin_again": LocalText("Начать вход сначала", "Begin again"),
        # a new password
        "first_password": LocalText("Задайте пароль", "Set your password"),
        "reset_password": LocalText("Новый пароль", "A new password"),
        "your_login": LocalText("Ваш логин: {login}", "Your login: {login}"),
        "new_password": LocalText("Новый пароль", "New password"),
        "again": LocalText("Ещё раз", "Once more"),
        "password_rules": LocalText(
            "От {shortest} знаков. Надёжнее и проще всего — несколько слов подряд, можно с пробелами; цифры и особые"
            " знаки не обязательны.",
            "From {shortest} characters. Safest and easiest are a few words in a row, with spaces if you like; digits"
            " and special signs are not demanded.",
        ),
        "set_password": LocalText("Сохранить пароль", "Save the password"),
        # forgotten
        "forgotten_title": LocalText("Восстановление пароля", "Forgotten password"),
        "forgotten_lead": LocalText(
            "Введите свой логин: если такая учётная запись есть, на её адрес придёт ссылка, которая действует час.",
            "Type your login: if there is such an account, a link comes to its address and works for an hour.",
        ),
        "send_link": LocalText("Прислать ссылку", "Send the link"),
        "forgotten_done": LocalText(
            "Если такая учётная запись есть, письмо уже в пути. Не пришло за несколько минут — проверьте «Спам» или"
            " попросите ссылку у того, кто вас пригласил.",
            "If there is such an account, the letter is on its way. If it has not come in a few minutes, look into the"
            " spam folder or ask whoever invited you for a link.",
        ),
        "to_entry": LocalText("Ко входу", "To the entry"),
        # the account's page
        "account": LocalText("Учётная запись", "Account"),
        "role": LocalText("Роль", "Role"),
        "name": LocalText("Имя", "Name"),
        "no_account": LocalText(
            "Пароля у этой учётной записи нет. Его задают по приглашению от того, кто управляет учётными записями.",
            "This account has no password. It is set by an invitation from whoever manages accounts.",
        ),
        "sessions": LocalText("Где вы вошли", "Where you have entered"),
        "sessions_none": LocalText(
            "Сеансов нет: вы вошли по токену.", "There are no sessions: you came in by a token."
        ),
        "this_session": LocalText("этот сеанс", "this session"),
        "browser_unknown": LocalText("Неизвестный браузер", "Unknown browser"),
        "by_single_sign_on": LocalText("единый вход", "single sign-on"),
        "session_facts": LocalText("вход {since}, активность {seen}", "entered {since}, seen {seen}"),
        "end_session": LocalText("Завершить", "End"),
        "end_others": LocalText("Завершить все остальные", "End all others"),
        "change_password": LocalText("Сменить пароль", "Change the password"),
        "change_note": LocalText("Все остальные сеансы завершатся сразу.", "All other sessions end at once."),
        "old_password": LocalText("Прежний пароль", "Old password"),
        "old_password_wrong": LocalText("Прежний пароль не подошёл.", "The old password is wrong."),
        "password_wrong": LocalText("Пароль не подошёл.", "The password is wrong."),
        "said_password": LocalText(
            "Пароль сменён, остальные сеансы завершены.", "The password is changed, other sessions are over."
        ),
        "said_session": LocalText("Сеанс завершён.", "The session is over."),
        "said_sessions": LocalText("Остальные сеансы завершены.", "All other sessions are over."),
        # the second factor
        "factor": LocalText("Второй шаг при входе", "Second step at the entry"),
        "factor_on": LocalText(
            "Включён: после пароля спрашивается код из приложения.", "On: after the password a code is asked for."
        ),
        "factor_off": LocalText(
            "Выключен. С ним одного пароля мало: нужен ещё код из приложения на вашем телефоне.",
            "Off. With it the password alone is not enough: a code from an app on your phone is needed, too.",
        ),
        "codes_left": LocalText("Кодов восстановления осталось: {count}", "Recovery codes left: {count}"),
        "turn_on": LocalText("Включить…", "Turn on…"),
        "turn_off": LocalText("Выключить", "Turn off"),
        "new_codes": LocalText("Новые коды восстановления", "New recovery codes"),
        "factor_needs_key": LocalText(
            "В этой установке второй шаг не настроен: обратитесь к её администратору.",
            "This installation is not set up for a second step: ask its operator.",
        ),
        "factor_title": LocalText("Включение второго шага", "Turning the second step on"),
        "factor_scan": LocalText(
            "Отсканируйте код приложением (любым для одноразовых кодов: Яндекс Ключ, FreeOTP, Google Authenticator) или"
            " введите ключ вручную.",
            "Scan this with an app (any for one-time codes: FreeOTP, Google Authenticator), or type the key by hand.",
        ),
        "factor_picture": LocalText("QR-код для приложения", "QR code for the app"),
        "factor_secret": LocalText("Ключ", "Key"),
        "factor_confirm": LocalText(
            "Теперь введите код, который показывает приложение.", "Now type the code that the app shows."
        ),
        "code_wrong": LocalText(
            "Код не подошёл: проверьте часы телефона и введите следующий.",
            "The code was not accepted: check the phone's clock and type the next one.",
        ),
        "factor_offer_gone": LocalText("Начните включение заново.", "Begin turning it on again."),
        "codes_title": LocalText("Коды восстановления", "Recovery codes"),
        "codes_lead": LocalText(
            "Каждый заменяет код приложения один раз, если телефона нет под рукой. Они показаны только сейчас:"
            " распечатайте страницу или перепишите и храните отдельно от пароля.",
            "Each stands for a code of the app once, when the phone is not at hand. They are shown this once: print the"
            " page or write them down, and keep them apart from the password.",
        ),
        "codes_kept": LocalText("Сохранил, продолжить", "Kept, go on"),
        "said_factor_off": LocalText("Второй шаг выключен.", "The second step is off."),
    }
)

ALL_ROLES: Mapping[str, LocalText] = MappingProxyType(
    {
        "admin": LocalText("администратор системы", "administrator"),
        "methodist": LocalText("методист", "methodist"),
        "curator": LocalText("школьный куратор", "the school's curator"),
        "director": LocalText("директор", "head of the school"),
        "psychologist": LocalText("психолог", "psychologist"),
    }
)
