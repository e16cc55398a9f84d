"""Why a webhook was not taken; knows no socket and no table.

PermanentError
├── ReceiverGone          410: the subscription is switched off
├── SubscriptionOver      switched off or ended before the delivery's turn came
└── AddressForbidden      the address may not be used, or leads into a private network
TemporaryError
├── ReceiverRefused       any other answer than 2xx
├── ReceiverSilent        no connection, no certificate, no answer in time
└── SecretSealed          the key that the secret was sealed with is not there
"""

from __future__ import annotations

from shared.jobs.errors import PermanentError, TemporaryError


class ReceiverGone(PermanentError):
    """The receiver answered 410: it is gone for good, the subscription was switched off."""

    code = "webhook.gone"
    ru = "Получатель ответил 410: его больше нет, подписка выключена."


class SubscriptionOver(PermanentError):
    """The subscription was switched off or ended before the delivery was sent."""

    code = "webhook.off"
    ru = "Подписку выключили или завершили раньше, чем дошла очередь до этой доставки."


class AddressForbidden(PermanentError):
    """Nothing may be sent to this address: {why}"""

    code = "webhook.address"
    ru = "По этому адресу ничего не отправляется: {why}"


class ReceiverRefused(TemporaryError):
    """The receiver answered {http_status}."""

    code = "webhook.status"
    ru = "Получатель ответил {http_status}."


class ReceiverSilent(TemporaryError):
    """The receiver could not be reached ({what})."""

    code = "webhook.silent"
    ru = "Получатель недоступен ({what})."


class SecretSealed(TemporaryError):
    """The secret that signs cannot be opened: this process does not have the key that sealed it."""

    code = "webhook.sealed"
    ru = "Секрет для подписи не открывается: у этого процесса нет ключа, которым он запечатан."
