"""Safeconduct: joint security management for a host that commands and a partner it protects."""

__version__ = "0.1.0"
