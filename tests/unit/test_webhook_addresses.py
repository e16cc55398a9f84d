"""Where a webhook may go, judged by hand: forms of addresses, the allow-list, addresses that lead inside."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from shared.settings import SettingInvalid
from shared.webhooks.addresses import AddressRefused, Place, allowed_places, is_public, judged, target

LIST = "hooks.example.org, hooks.example.org:8443, http://127.0.0.1:9000, http://localhost:9000, https://[2001:db8::7]"
ALLOWED = allowed_places(LIST)


def refusal(url: str) -> str:
    with pytest.raises(AddressRefused) as caught:
        target(url, ALLOWED)
    assert caught.value.ru
    assert caught.value.en
    return caught.value.code


def test_the_list_is_read_with_schemes_and_ports() -> None:
    assert (
        Place("https", "hooks.example.org", 443),
        Place("https", "hooks.example.org", 8443),
        Place("http", "127.0.0.1", 9000),
        Place("http", "localhost", 9000),
        Place("https", "2001:db8::7", 443),
    ) == ALLOWED
    assert allowed_places("") == allowed_places(" , ") == ()


@pytest.mark.parametrize(
    "text", ["ftp://a.example", "a.example/path", "user@a.example", "*.example.org", "a.example:0x50", "127.1", "a b"]
)
def test_a_strange_entry_of_the_list_is_named(text: str) -> None:
    with pytest.raises(SettingInvalid, match="NASTAVNIK_WEBHOOK_HOSTS"):
        allowed_places(f"good.example, {text}")


def test_an_address_of_the_list_is_taken_with_its_path_and_query() -> None:
    found = target("https://hooks.example.org/in/nastavnik?a=1", ALLOWED)
    assert (found.place, found.path) == (ALLOWED[0], "/in/nastavnik?a=1")
    assert target("https://HOOKS.example.org:443", ALLOWED).path == "/"
    assert target("https://[2001:db8::7]/x", ALLOWED).place == ALLOWED[4]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "https://hooks.example.org:9443/",
        "https://example.org/",
        "https://hooks.example.org.evil.example/",
        "https://localhost:9000/",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:9000/",
        "http://[::ffff:127.0.0.1]:9000/",
    ],
)
def test_another_scheme_host_or_port_is_not_on_the_list(url: str) -> None:
    assert refusal(url) == "host"


@pytest.mark.parametrize(
    "url",
    [
        "https://user:password@hooks.example.org/",
        "https://hooks.example.org@169.254.169.254/",
        "https://hooks.example.org\\@169.254.169.254/",
        "https://hooks.example.org/#fragment",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/\n",
        "https://узел.рф/",
        "http://2130706433:9000/",
        "http://127.1:9000/",
        "http://0177.0.0.1:9000/",
        "http://0x7f000001:9000/",
        "https://hooks.example.org:99999/",
        "https:///path",
        "//hooks.example.org/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "",
    ],
)
def test_a_strange_form_is_refused_before_the_list_is_looked_at(url: str) -> None:
    assert refusal(url) == "address"


def test_with_an_empty_list_webhooks_are_off() -> None:
    with pytest.raises(AddressRefused) as caught:
        target("https://hooks.example.org/", ())
    assert caught.value.code == "off"


@pytest.mark.parametrize(
    "inside",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 - an address to refuse, nothing is bound
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "fec0::1",
        "64:ff9b:1::7f00:1",
        "::7f00:1",
        "2001:0:7f00:1::80ff:fffe",
        "100::1",
    ],
)
def test_a_name_that_leads_inside_is_refused(inside: str) -> None:
    assert not is_public(ip_address(inside))
    for resolved in ([inside], ["93.184.216.34", inside]):
        with pytest.raises(AddressRefused) as caught:
            judged(Place("https", "hooks.example.org", 443), resolved)
        assert caught.value.code == "private"


def test_a_name_that_leads_outside_gives_the_address_to_connect_to() -> None:
    found = judged(Place("https", "hooks.example.org", 443), ["93.184.216.34", "2606:2800:220:1::"])
    assert str(found) == "93.184.216.34"
    assert is_public(ip_address("2606:2800:220:1::"))


def test_an_address_that_the_list_names_may_lead_inside_and_localhost_to_this_machine_only() -> None:
    assert str(judged(Place("http", "127.0.0.1", 9000), ["127.0.0.1"])) == "127.0.0.1"
    assert str(judged(Place("http", "localhost", 9000), ["::1", "127.0.0.1"])) == "::1"
    with pytest.raises(AddressRefused):
        judged(Place("http", "localhost", 9000), ["10.0.0.1"])
    with pytest.raises(AddressRefused) as caught:
        judged(Place("https", "hooks.example.org", 443), [])
    assert caught.value.code == "dns"
