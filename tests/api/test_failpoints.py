"""Who can make the API end itself: nobody, unless the process was armed for it."""

from __future__ import annotations

import pytest

from shared.settings import SettingInvalid, load_settings
from tests.http import Api


@pytest.mark.parametrize("point", ["after_statement_1", "before_commit", "after_commit", "before_poke"])
def test_a_process_that_is_not_armed_ignores_the_header(api: Api, point: str) -> None:
    answer = api.admin.call("POST", "/municipalities", {"name": point}, headers={"X-Failpoint": point})
    assert answer.status_code == 201
    assert answer.get_json()["name"] == point


def test_a_process_in_production_cannot_be_armed() -> None:
    with pytest.raises(SettingInvalid):
        load_settings({"NASTAVNIK_ENVIRONMENT": "production", "NASTAVNIK_FAILPOINT": "by_request"})
