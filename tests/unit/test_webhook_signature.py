"""Signatures of webhooks against the published example of Standard Webhooks."""

from __future__ import annotations

import base64

from shared.webhooks.signature import headers, new_secret, sign

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""Secret, id, time, body and signature are the test vector of the Standard Webhooks reference libraries."""
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = b'{"test": 2432232314}'


def test_a_signature_is_that_of_the_published_example() -> None:
    made = sign(SECRET, message_id=MESSAGE, timestamp=1614265330, body=BODY)
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_id_time_and_body_are_all_signed() -> None:
    made = {
        sign(SECRET, message_id=MESSAGE, timestamp=1614265330, body=BODY),
        sign(SECRET, message_id=MESSAGE + "x", timestamp=1614265330, body=BODY),
        sign(SECRET, message_id=MESSAGE, timestamp=1614265331, body=BODY),
        sign(SECRET, message_id=MESSAGE, timestamp=1614265330, body=BODY + b" "),
        sign(new_secret(), message_id=MESSAGE, timestamp=1614265330, body=BODY),
    }
    assert len(made) == 5


def test_while_a_secret_is_replaced_both_sign() -> None:
    old, new = new_secret(), new_secret()
    made = headers([new, old], message_id="a", timestamp=5, body=BODY)
    both = [sign(secret, message_id="a", timestamp=5, body=BODY) for secret in (new, old)]
    assert made == {"Webhook-Id": "a", "Webhook-Timestamp": "5", "Webhook-Signature": " ".join(both)}


def test_a_new_secret_is_32_random_bytes() -> None:
    made = {new_secret() for _ in range(10)}
    assert len(made) == 10
    assert {len(base64.b64decode(secret.removeprefix("whsec_"))) for secret in made} == {32}
