"""The drill as a whole, as short as it can be."""

from __future__ import annotations

import pytest

from deploy.drill.__main__ import Plan, drill
from deploy.embedded.folders import temporary_data_folder


@pytest.mark.serial
def test_what_was_acknowledged_before_a_backup_survives_the_loss_of_everything(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with temporary_data_folder() as folder:
        drill(folder, Plan(seconds=1, schools=1, postgres_settings={"fsync": "off"}, steps=1))
    said = capsys.readouterr().out
    assert "lost: 0" in said
    assert said.count("violations: 0") == 3
