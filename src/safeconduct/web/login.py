"""Accounts: nobody signs up by themselves, secrets of the second factor are sealed, and guessing locks out."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class NoSignup(DefaultAccountAdapter):
    """Accounts are made by the node's administrator only."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002  # allauth's signature
        return False


class SealedSecrets(DefaultMFAAdapter):
    """TOTP secrets and recovery codes are encrypted at rest with a key derived from the node's secret."""

    def encrypt(self, text: str) -> str:
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _seal().decrypt(encrypted_text.encode()).decode()


def _seal() -> Fernet:
    digest = hashlib.sha256(b"safeconduct mfa seal\n" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))


def name_tried(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str | None:
    """The name that a login tries, as the lockout counts it: accounts are found whatever the case of the letters."""
    name = (credentials or {}).get("username") or request.POST.get("login")
    return str(name).strip().casefold() if name else None


def locked_out(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """The page after too many wrong passwords for one name from one address."""
    return render(request, "account/locked.html", status=429)
