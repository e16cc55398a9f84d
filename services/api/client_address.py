"""From which address a request came, through our own proxies; knows no rule about addresses."""

from __future__ import annotations

import ipaddress

from flask import request

from services.api.request_scope import state


def client_address() -> str:
    """Return whose attempts they are: the address that came through our own proxies, IPv6 by its /64 network."""
    hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies = state().settings.trusted_proxies
    text = hops[-proxies] if 0 < proxies <= len(hops) else request.remote_addr or ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((address, 64), strict=False))
        address = address.ipv4_mapped
    return str(address)
