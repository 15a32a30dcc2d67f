"""Listening sockets: their text, their entries, and what is none."""

import pytest
from hypothesis import given, strategies as st

from vedette.errors import ParseError
from vedette.inventory.sockets import entry_of, socket_of, sockets_of, text_of
from vedette.model.listening import Socket
from vedette.model.network import Transport

TCP, UDP = Transport.TCP, Transport.UDP


@pytest.mark.parametrize(
    ("text", "socket"),
    [
        ("tcp/443", Socket(transport=TCP, port=443)),
        ("tcp/*:443 nginx", Socket(transport=TCP, port=443, program="nginx")),
        (
            "udp/[fe80::1]:53 named bind9",
            Socket(transport=UDP, port=53, address="fe80::1", program="named", package="bind9"),
        ),
        ("tcp6/[::]:22", Socket(transport=TCP, port=22)),
        ("tcp/0.0.0.0:22 - ssh", Socket(transport=TCP, port=22, package="ssh")),
        (" tcp/127.0.0.1:5432 ", Socket(transport=TCP, port=5432, address="127.0.0.1")),
    ],
)
def test_texts(text: str, socket: Socket) -> None:
    assert socket_of(text) == socket
    assert socket_of(text_of(socket)) == socket


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tcp",
        "tcp/",
        "tcp/0",
        "tcp/65536",
        "sctp/80",
        "icmp/1",
        "tcp/::1:80",
        "tcp/80 a b c",
        "tcp/٨٠",
    ],
)
def test_texts_that_are_no_sockets(text: str) -> None:
    with pytest.raises(ParseError):
        socket_of(text)


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    try:
        found = socket_of(text)
    except ParseError:
        return
    assert socket_of(text_of(found)) == found


def test_a_component_is_the_package() -> None:
    assert sockets_of([("tcp/80", "nginx"), ("tcp/81 x y", "nginx")]) == (
        Socket(transport=TCP, port=80, package="nginx"),
        Socket(transport=TCP, port=81, program="x", package="y"),
    )
    assert sockets_of([]) is None
    assert sockets_of([("none", None)]) == ()


def test_entries() -> None:
    entry = {"Protocol": "TCP", "Port": "80", "Address": "::", "Program": "nginx", "Package": ""}
    assert entry_of(entry) == Socket(transport=TCP, port=80, program="nginx")
    for bad in (
        {},
        {"Protocol": "tcp"},
        {"Protocol": "tcp", "Port": "x"},
        {"Protocol": "x", "Port": "1"},
    ):
        with pytest.raises(ParseError):
            entry_of(bad)
