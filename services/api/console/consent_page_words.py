"""What the pages of the consent documents say around them, Russian first; the documents' own words are Russian only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from shared.pack.words import LocalText

CONSENT_WORDS: Mapping[str, LocalText] = MappingProxyType(
    {
        "consent_forms": LocalText("Бланки согласий", "Consent forms"),
        "consent_signer_minor": LocalText("подписывает представитель", "signed by the representative"),
        "consent_signer_adult": LocalText("подписывает сам человек", "signed by the person"),
        "consent_processing": LocalText("участие в программе", "taking part"),
        "consent_publication": LocalText("публикация", "publication"),
        "consent_photo": LocalText("фото и видео", "photo and video"),
        "consent_transfer": LocalText("передача партнёру", "transfer to a partner"),
        "consent_psych": LocalText("работа психолога", "psychological support"),
    }
)
