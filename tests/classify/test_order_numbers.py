"""Which numbers of a mail are order numbers, and which only look like them."""

from __future__ import annotations

import time

import pytest

from triage.classify.facts import order_numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        pytest.param("Waar blijft bestelling 100234?", ("100234",), id="nl behind the word"),
        pytest.param("mijn bestelling met nummer 100234 is er nog niet", ("100234",), id="nl with 'met nummer'"),
        pytest.param("bestelling van 3 mei, nummer 100234", ("100234",), id="nl number apart from the word"),
        pytest.param("Ordernr. NL-2024-00123", ("NL-2024-00123",), id="letters, year, serial"),
        pytest.param("bestelnummer: 2025-1234", ("2025-1234",), id="year and serial"),
        pytest.param("Bestelnummer\n100234", ("100234",), id="on the next line"),
        pytest.param("bestelnr 100234/1", ("100234/1",), id="with a part"),
        pytest.param("mijn order nl-2024-00123", ("NL-2024-00123",), id="made upper case"),
        pytest.param("Bestelling #10482 is kapot", ("10482",), id="hash goes"),
        pytest.param("#10482", ("10482",), id="hash alone"),
        pytest.param("# 10482 graag annuleren", ("10482",), id="hash and a space"),
        pytest.param("order #1234", ("1234",), id="en"),
        pytest.param("Order number is 55810.", ("55810",), id="en with 'is'"),
        pytest.param("order no. 558 has not come", ("558",), id="three digits with 'no.'"),
        pytest.param("(order: 2024)", (), id="a bare year is a year"),
        pytest.param("order #2024", ("2024",), id="a year behind a hash is a number"),
        pytest.param("commande n° 4512", ("4512",), id="fr n°"),
        pytest.param("commande numéro 4512", ("4512",), id="fr numéro"),
        pytest.param("ma commande n°4512-B", ("4512-B",), id="fr with a letter"),
        pytest.param("Bestellnummer 77120", ("77120",), id="de"),
        pytest.param("meine Bestellung mit der Nummer 77120", ("77120",), id="de with 'mit der Nummer'"),
        pytest.param("Auftragsnummer: A-77120", ("A-77120",), id="de Auftrag"),
        pytest.param("bestellingen 100234, 100235 en 100236", ("100234", "100235", "100236"), id="a list"),
        pytest.param("order 100234 en nog eens order 100234", ("100234",), id="each once"),
        pytest.param("Via bol.com besteld, 2871234560", ("2871234560",), id="bol.com, ten digits"),
        pytest.param("Order 171-1234567-1234567", ("171-1234567-1234567",), id="Amazon"),
        pytest.param("ik heb besteld, ORD-12345", ("ORD-12345",), id="a prefix that says it"),
        pytest.param("order 100234 van 12-05-2025", ("100234",), id="number, then date"),
        pytest.param("bestelling 100234, tel. 0612345678", ("100234",), id="number, then telephone"),
        pytest.param("bestelling WEB123456", ("WEB123456",), id="letters and digits in one"),
        pytest.param("Bestelling *100234*", ("100234",), id="in stars"),
        pytest.param('Bestelling "100234"', ("100234",), id="in quotation marks"),
    ],
)
def test_order_numbers_are_found(text: str, numbers: tuple[str, ...]) -> None:
    assert order_numbers(text) == numbers


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("bel me op 06-12345678 over de bestelling", id="mobile number"),
        pytest.param("bestelling, bel 0612345678", id="mobile number without a dash"),
        pytest.param("bestelling: +31 6 12345678", id="international number"),
        pytest.param("mijn telefoonnummer is 0201234567, het gaat om mijn bestelling", id="telefoonnummer"),
        pytest.param("order, phone number 2079460000", id="phone number of ten digits"),
        pytest.param("Kerkstraat 12, 1234 AB Utrecht, bestelling", id="postcode"),
        pytest.param("bestelling 1234 AB 12", id="postcode behind the word"),
        pytest.param("bestelling van 12-05-2025", id="date"),
        pytest.param("bestelling 2025-05-12", id="ISO date"),
        pytest.param("bestelling van 12 oktober 2025", id="date in words"),
        pytest.param("bestelling 149,95", id="price with cents"),
        pytest.param("bestelling van € 1250", id="price behind the sign"),
        pytest.param("bestelling van 250 euro", id="price before the word"),
        pytest.param("order maat 42", id="size"),
        pytest.param("de bestelling, 3SABCD123456789", id="PostNL tracking code"),
        pytest.param("bestelling JVGL06123456789012", id="DHL tracking code"),
        pytest.param("order 1Z999AA10123456784", id="UPS tracking code"),
        pytest.param("order RR123456789NL", id="postal tracking code"),
        pytest.param("bestelling, betaald van NL91ABNA0417164300", id="IBAN"),
        pytest.param("bestelling NL123456789B01", id="VAT number"),
        pytest.param("order BE0123456789", id="Belgian VAT number"),
        pytest.param("KvK-nummer 12345678 van de order", id="KvK number"),
        pytest.param("bestelling 120 mokken", id="so many mugs"),
        pytest.param("I would like to order 120 mugs", id="so many mugs, en"),
        pytest.param("order 500 pieces", id="so many pieces"),
        pytest.param("bestelling in 2024", id="year"),
        pytest.param("bestelling 12", id="too short"),
        pytest.param("klantnummer 100234, over mijn bestelling", id="customer number"),
        pytest.param("factuurnummer 2025118, over mijn order", id="invoice number"),
        pytest.param("artikelnummer 4471 bestellen", id="article number"),
        pytest.param("jullie zijn #1", id="number one"),
        pytest.param("ik heb 100234 kilometer gelopen op deze schoenen", id="no order anywhere"),
        pytest.param("afmeting 120x80x200, bestelling", id="measures"),
        pytest.param("Border 100234", id="inside another word"),
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    assert order_numbers(text) == ()


@pytest.mark.parametrize(
    ("subject", "numbers"),
    [
        pytest.param("Re: Bestelling 100234", ("100234",), id="of a reply"),
        pytest.param("[Order #1234] Verzonden", ("1234",), id="in brackets"),
        pytest.param("100234", ("100234",), id="nothing else"),
        pytest.param("Re: Re: 100234", ("100234",), id="nothing else in a reply"),
        pytest.param("2025", (), id="a year"),
        pytest.param("Factuur 2025118", (), id="an invoice"),
    ],
)
def test_the_subject_may_name_it(subject: str, numbers: tuple[str, ...]) -> None:
    assert order_numbers("hallo", subject) == numbers


@pytest.mark.parametrize(
    "piece", ["#", "order ", "#1", "1234567890 ", "nr ", "-1", "bestelnummer:\n", "A1-", "order 1,"]
)
def test_hostile_text_takes_no_longer(piece: str) -> None:
    started = time.process_time()
    order_numbers(piece * (50_000 // len(piece)), piece * 1000)
    assert time.process_time() - started < 1.5
