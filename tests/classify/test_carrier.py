"""Which carrier a mail names, and which words are only a scarf, a car or an interjection."""

from __future__ import annotations

import pytest

from triage.classify.facts import carrier


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("PostNL zegt dat het bezorgd is", "PostNL", id="PostNL"),
        pytest.param("volgens post nl is het bezorgd", "PostNL", id="Post NL in two words"),
        pytest.param("bij het postnl-punt", "PostNL", id="PostNL in a compound"),
        pytest.param("den DPD is niet geweest", "DPD", id="DPD"),
        pytest.param("dpd'er", "", id="not a name we know"),
        pytest.param("mijn dhl pakket", "DHL", id="DHL in small letters"),
        pytest.param("DHL-Paket", "DHL", id="DHL with a hyphen"),
        pytest.param("dhlpakket", "DHL", id="DHL in one word"),
        pytest.param("bij bpost", "bpost", id="bpost"),
        pytest.param("het ligt bij GLS, mijn pakket", "GLS", id="GLS"),
        pytest.param("UPS has my parcel", "UPS", id="UPS"),
        pytest.param("sent with ups, where is the parcel", "UPS", id="ups behind a preposition"),
        pytest.param("bezorgd door FedEx", "FedEx", id="FedEx"),
        pytest.param("Budbee kwam niet", "Budbee", id="Budbee"),
        pytest.param("opgehaald bij Homerr", "Homerr", id="Homerr"),
        pytest.param("trunkrs heeft het", "Trunkrs", id="Trunkrs"),
        pytest.param("en point Mondial Relay", "Mondial Relay", id="Mondial Relay"),
        pytest.param("Colissimo indique livré", "Colissimo", id="Colissimo"),
        pytest.param("Colis Privé ne répond pas", "Colis Privé", id="Colis Privé"),
        pytest.param("Chronopost m'a livré", "Chronopost", id="Chronopost"),
        pytest.param("Hermes hat das Paket", "Hermes", id="Hermes"),
        pytest.param("Evri left it in the rain", "Evri", id="Evri"),
        pytest.param("Royal Mail say delivered", "Royal Mail", id="Royal Mail"),
        pytest.param("bei der Deutschen Post", "", id="an inflected name is not known"),
        pytest.param("die Deutsche Post", "Deutsche Post", id="Deutsche Post"),
        pytest.param("Red je Pakketje bracht hem", "Red je Pakketje", id="Red je Pakketje"),
        pytest.param("Dragonfly zou het pakket brengen", "Dragonfly", id="Dragonfly"),
        pytest.param("via Vinted Go", "Vinted Go", id="Vinted Go"),
        pytest.param("eerst DPD en toen PostNL", "DPD", id="the first one named"),
        pytest.param("Ups, verkeerd pakket besteld", "", id="interjection"),
        pytest.param("ups and downs with my parcel", "", id="ups and downs"),
        pytest.param("these push ups bars, my parcel", "", id="push ups"),
        pytest.param("de zijden Hermès sjaal is niet geleverd", "", id="scarf with its accent"),
        pytest.param("my Hermes scarf was not delivered", "", id="scarf"),
        pytest.param("een hoes voor mijn Mercedes GLS, bestelling 1", "", id="car"),
        pytest.param("ik heb een dragonfly hanger besteld", "", id="pendant"),
        pytest.param("de post", "", id="any post"),
        pytest.param("andhlik", "", id="inside a word"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_carrier(text: str, name: str) -> None:
    assert carrier(text) == name
