"""The shared values of every room. This package imports nothing else of ours."""
