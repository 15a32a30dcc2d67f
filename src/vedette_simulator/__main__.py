"""`python -m vedette_simulator serve`: the simulated AWS as a process.

When it is ready it prints one line of JSON (`ready.Ready`). It ends on SIGTERM, when its standard input ends, when its
parent dies, and after its longest lifetime. Exit status 2: the estate cannot be used.
"""

import argparse
import sys

import msgspec

from vedette_simulator.errors import EstateError
from vedette_simulator.estate.load import load
from vedette_simulator.estate.model import Estate
from vedette_simulator.lifetime import end_with
from vedette_simulator.process import DEFAULT_LIFETIME


def main(arguments: list[str]) -> int:
    """Run the command line; 0: ended as asked, 2: the estate cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        _serve(load(options.estate), options.port, options.lifetime)
    except EstateError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _serve(estate: Estate, port: int, lifetime: float) -> None:
    from vedette_simulator.server import bind, ready  # noqa: PLC0415 - moto takes seconds to import: errors come first

    server, world = bind(estate, port)
    end_with(server.shutdown, sys.stdin.fileno(), lifetime)
    sys.stdout.write(msgspec.json.encode(ready(world, estate)).decode() + "\n")
    sys.stdout.flush()
    server.serve_forever()
    server.server_close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m vedette_simulator", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve a simulated AWS on 127.0.0.1")
    serve.add_argument("--port", type=int, default=0, help="0: a free one (default)")
    serve.add_argument(
        "--estate", default="default", help="'default', or the path of an estate's folder or file"
    )
    serve.add_argument(
        "--lifetime",
        type=float,
        default=DEFAULT_LIFETIME,
        help="seconds after which it ends by itself",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
