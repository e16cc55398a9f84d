"""`python -m services.api.probe`: whether the API of this container can serve; for health checks.

Knows the address to ask and /readyz; must not open a database itself, since that would not be the API's answer.
"""

from __future__ import annotations

import http.client
import sys

from shared.settings import SettingInvalid, load_settings

_SECONDS = 4.0
_EVERY_ADDRESS = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - replaced by loopback


def main() -> int:
    """Ask /readyz; 0 for 200, else 1 with one line on stderr."""
    try:
        host, _, port = load_settings().bind.rpartition(":")
        host = host.strip("[]")
        connection = http.client.HTTPConnection(_EVERY_ADDRESS.get(host, host), int(port), timeout=_SECONDS)
        connection.request("GET", "/readyz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, SettingInvalid, ValueError) as error:
        sys.stderr.write(f"no answer: {type(error).__name__}\n")
        return 1
    if status != http.HTTPStatus.OK:
        sys.stderr.write(f"the API answers {status}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
