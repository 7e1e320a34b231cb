"""Hours of simulated traffic around a made-up airport, spoilt as cameras spoil it, with the truth beside them.

    .venv/bin/python -m benchmarks.scenarios --seed 7 --faults hard --out DIR

`roads` makes the streets, `places` the rings and cameras, `scripts` who does what, `simulation` runs SUMO, `truth` says
what stood where, `faults` what the cameras made of it. Everything follows from the seed: the same seed gives the same
bytes, and the same traffic under every kind of faults.
"""

from benchmarks.scenarios.hour import make_hour

__all__ = ["make_hour"]
