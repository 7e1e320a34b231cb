"""Every decoder of feeds under coverage-guided fuzzing, for as long as one likes: what the tests do for seconds.

    uv run --with atheris python benchmarks/fuzz.py --decoder onvif --seconds 600

Ends with the input that broke a decoder in `crash-…`, or with the count of inputs tried. Nothing else needs Atheris.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--decoder", required=True, help="its name, as in tests/watch/decoders.py")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--megabytes", type=int, default=2048, help="of memory, over which it is a failure")
    args = parser.parse_args()
    sys.path[:0] = [str(ROOT), str(ROOT / "src")]
    try:
        atheris: Any = import_module("atheris")
    except ImportError:
        parser.error("atheris is not installed: uv run --with atheris python benchmarks/fuzz.py …")
    import_module("tests.conftest").pytest_configure()  # the samples come from the tests, which stand on a node
    with atheris.instrument_imports(include=["safeconduct.watch"]):
        decoders = import_module("tests.watch.decoders").DECODERS
    if args.decoder not in decoders:
        parser.error("want one of " + ", ".join(decoders))
    from safeconduct.terms.errors import BadInput

    decoder = decoders[args.decoder]

    def try_one(data: bytes) -> None:
        try:
            for checked in decoder.decode(data):
                checked.table.validate(full=True)
        except BadInput:
            pass

    with TemporaryDirectory() as corpus:
        for number, sample in enumerate(decoder.samples):
            (Path(corpus) / str(number)).write_bytes(sample)
        flags = [f"-max_total_time={args.seconds}", f"-rss_limit_mb={args.megabytes}", "-max_len=65536", "-timeout=10"]
        atheris.Setup([sys.argv[0], *flags, corpus], try_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
