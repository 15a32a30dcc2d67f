"""`python -m vedette_simulator serve`: the simulated AWS as a process.

When it is ready it prints one line of JSON: `endpoint`, and what `process.Ready` says. It ends on SIGTERM, when its
standard input ends, when its parent dies, and after its longest lifetime.
"""

import argparse
import signal
import sys
from types import FrameType

import msgspec

from vedette_simulator.errors import EstateError
from vedette_simulator.estate.load import load
from vedette_simulator.process import DEFAULT_LIFETIME, ready
from vedette_simulator.server import bind, end_with


def main(arguments: list[str]) -> int:
    """Run the command line; 0: ended as asked, 2: the estate cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        estate = load(options.estate)
    except EstateError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    server, world = bind(estate, options.port)
    end = end_with(server, sys.stdin.buffer, options.lifetime)

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        end()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    sys.stdout.write(msgspec.json.encode(ready(world, estate)).decode() + "\n")
    sys.stdout.flush()
    server.serve_forever()
    server.server_close()
    return 0


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
