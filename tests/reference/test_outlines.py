"""In which country a place lies: capitals, coasts, neighbours, and what is disputed."""

from __future__ import annotations

import pytest

from jointops.reference.catalogue import catalogue
from jointops.reference.outlines import country_at, is_within, outlines

CAPITALS = {
    "AT": (48.21, 16.37), "BE": (50.85, 4.35), "BG": (42.70, 23.32), "CY": (35.17, 33.36), "CZ": (50.08, 14.44),
    "DE": (52.52, 13.40), "DK": (55.68, 12.57), "EE": (59.44, 24.75), "ES": (40.42, -3.70), "FI": (60.17, 24.94),
    "FR": (48.86, 2.35), "GB": (51.51, -0.13), "GR": (37.98, 23.73), "HR": (45.81, 15.98), "HU": (47.50, 19.04),
    "IE": (53.35, -6.26), "IT": (41.90, 12.50), "LT": (54.69, 25.28), "LU": (49.61, 6.13), "LV": (56.95, 24.11),
    "MT": (35.90, 14.51), "NL": (52.37, 4.90), "PL": (52.23, 21.01), "PT": (38.72, -9.14), "RO": (44.43, 26.10),
    "SE": (59.33, 18.07), "SI": (46.05, 14.51), "SK": (48.15, 17.11), "RS": (44.79, 20.45), "UA": (50.45, 30.52),
    "MD": (47.01, 28.86), "AL": (41.33, 19.82), "XK": (42.66, 21.17), "TR": (39.93, 32.86), "CH": (46.95, 7.45),
    "NO": (59.91, 10.75), "US": (38.90, -77.04), "CO": (4.71, -74.07), "AU": (-35.28, 149.13),
}  # fmt: skip


@pytest.mark.parametrize("country", CAPITALS)
def test_a_capital_lies_in_its_country_alone(country: str) -> None:
    latitude, longitude = CAPITALS[country]
    assert is_within(country, latitude, longitude, 25)
    if country not in {"SK", "LU", "MT", "DK", "XK"}:  # close to a neighbour, or to the sea
        others = [code for code in CAPITALS if code != country and is_within(code, latitude, longitude, 25)]
        assert others == []


@pytest.mark.parametrize(
    ("country", "latitude", "longitude", "inside"),
    [
        ("UA", 44.95, 34.10, True),  # Simferopol
        ("RU", 44.95, 34.10, False),
        ("CY", 35.34, 33.32, True),  # Kyrenia
        ("FR", -20.88, 55.45, True),  # Saint-Denis on Réunion
        ("ES", 28.47, -16.25, True),  # Santa Cruz de Tenerife
        ("ES", 35.89, -5.32, True),  # Ceuta, within the tolerance of the strait
        ("RO", 43.90, 25.97, True),  # Giurgiu
        ("BG", 43.90, 25.97, True),  # across the river, within the tolerance
        ("HU", 43.90, 25.97, False),
        ("IT", 40.50, 13.50, True),  # off the coast, in the territorial sea
        ("IT", 39.50, 6.00, False),  # on the high seas
        ("DE", 52.09, 5.12, False),  # Utrecht
        ("NL", 5.12, 52.09, False),  # Utrecht with latitude and longitude exchanged
    ],
)
def test_borders_and_coasts(country: str, latitude: float, longitude: float, inside: bool) -> None:
    assert is_within(country, latitude, longitude, 25) is inside


def test_the_high_seas_are_no_country_and_an_unknown_one_has_no_edge() -> None:
    assert country_at(45.0, -30.0) is None
    assert is_within("EUROPOL", 45.0, -30.0, 25) is None


def test_the_members_of_the_union_and_their_partners_have_outlines() -> None:
    home = [code for code, party in catalogue().countries.items() if party.eu or party.associated]
    assert [code for code in home if code not in outlines()] == []
