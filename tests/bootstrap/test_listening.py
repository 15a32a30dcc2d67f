"""The socket that the server listens on."""

import socket

import pytest

from vedette.bootstrap.server import Listening, open_socket

pytestmark = pytest.mark.loopback


def test_answers_do_not_wait_for_acknowledgements() -> None:
    with (
        open_socket(Listening(host="127.0.0.1", port=0)) as opened,
        socket.create_connection(opened.getsockname()),
        opened.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
