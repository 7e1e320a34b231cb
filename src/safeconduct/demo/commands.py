"""`safeconduct demo`: the case, played on a node in a temporary directory."""

from __future__ import annotations

import argparse
import shutil
import signal
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

DEFAULT_SPEED = 20.0


def register(rooms: Any) -> None:
    """Add `demo` to the command line."""
    demo = rooms.add_parser("demo", help="play the case on a node of its own, until Ctrl-C")
    demo.add_argument("--speed", type=_speed, default=DEFAULT_SPEED, help="times as fast as life (default 20)")
    demo.add_argument("--port", type=_port, default=8400, help="port of the pages; the next free one if it is taken")
    demo.add_argument("--keep", type=Path, help="make the node in this new directory and keep it")
    demo.set_defaults(run=_demo)


def _speed(text: str) -> float:
    speed = float(text)
    if not 0.1 <= speed <= 200:
        raise argparse.ArgumentTypeError(f"{text}, want 0.1 to 200")
    return speed


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65_000:
        raise argparse.ArgumentTypeError(f"{text}, want 1 to 65000")
    return port


def _demo(args: argparse.Namespace) -> int:
    from safeconduct.node.processes import run_node

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    home = args.keep or Path(tempfile.mkdtemp(prefix="safeconduct-demo-")) / "node"
    port = _free_port(args.port)
    ingest_port = _free_port(port + 1)
    try:
        return _play(args, home, port, ingest_port, stop, run_node)
    finally:
        if not args.keep:
            shutil.rmtree(home.parent, ignore_errors=True)


def _play(args: argparse.Namespace, home: Path, port: int, ingest_port: int, stop: threading.Event, run: Any) -> int:
    from safeconduct.demo.feeder import feed
    from safeconduct.demo.setting import logins, make_demo_node, set_scene

    print("Making the node …", file=sys.stderr)
    node = make_demo_node(home, speed=args.speed, port=port, ingest_port=ingest_port)
    token = set_scene()
    feeder = threading.Thread(target=feed, args=(node, token, stop), daemon=True)
    feeder.start()
    _announce(port, logins(), args.speed)
    try:
        return run(home, stop)
    finally:
        stop.set()
        feeder.join(5)
        print("Stopped.", file=sys.stderr)


def _announce(port: int, people: list[tuple[str, str, str]], speed: float) -> None:
    print(f"\nSafeconduct demo: Marjan airport, a made-up place, {speed:g} times as fast as life.")
    print(f"Open http://127.0.0.1:{port}/ and log in as one of (user, password):\n")
    for who, user, password in people:
        print(f"  {who:<26} {user:<10} {password}")
    print("\nA car comes at T+0 and waits; the convoy is due at T+40 min. Ctrl-C stops and cleans up.\n", flush=True)


def _free_port(wanted: int) -> int:
    for port in range(wanted, wanted + 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit(f"no free port from {wanted} to {wanted + 99}")
