"""Django settings of a node, read from its directory (see node.py for every key of safeconduct.toml)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from safeconduct.node import current
from safeconduct.web.assets import digest
from safeconduct.web.catalogues import compiled

_node = current()
_settings = _node.settings
_here = Path(__file__).parent
_package = _here.parent

DEBUG = False
SECRET_KEY = _node.secret
ALLOWED_HOSTS = _settings["hosts"]
ROOT_URLCONF = "safeconduct.web.urls"
ASGI_APPLICATION = "safeconduct.web.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "people.User"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "django_htmx",
    "safeconduct.store",
    "safeconduct.record",
    "safeconduct.obligations",
    "safeconduct.people",
    "safeconduct.sites",
    "safeconduct.watch",
    "safeconduct.movements",
    "safeconduct.incidents",
    "safeconduct.strategy",
    "safeconduct.council",
    "safeconduct.web",
]

MIDDLEWARE = [
    "safeconduct.web.metrics.Measured",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "safeconduct.web.headers.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "safeconduct.web.asking.AskingMiddleware",
    "safeconduct.web.wall.Wall",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_here / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "safeconduct.web.context.frame",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "safeconduct.web.templatetags.face",
            ],
        },
    }
]


def _database() -> dict[str, object]:
    url = _settings["database"]
    if url == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": _node.path / "node.db",
            "OPTIONS": {
                # Deferred transactions that turn into writers fail under load; immediate ones wait their turn.
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000; "
                # The log is copied back by store/wal.py; by a writer only once it has 64 MB.
                "PRAGMA wal_autocheckpoint=16000;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # A socket's directory is a percent-encoded host, whose case `hostname` would lose.
        "HOST": unquote(parts.netloc.rpartition("@")[2].removesuffix(f":{parts.port}").strip("[]")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
    }


DATABASES = {"default": _database()}

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "safeconduct.web.login.NoSignup"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False  # screens are shared: a login ends with the browser
ACCOUNT_PREVENT_ENUMERATION = True
# Wrong passwords lock out by axes, in the database, with a page of ours: so its limit is reached first. Wrong codes of
# a second factor are counted by this one alone.
ACCOUNT_RATE_LIMITS = {"login_failed": "30/m/ip,6/300s/key"}
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Safeconduct"
MFA_ADAPTER = "safeconduct.web.login.SealedSecrets"

AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "safeconduct.web.login.name_tried"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "safeconduct.web.login.locked_out"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _settings["https"]
CSRF_FAILURE_VIEW = "safeconduct.web.failures.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _settings["https"] else None
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LANGUAGE_CODE = _settings["language"]
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("ur", "اردو")]
LOCALE_PATHS = [compiled(_node.path / "locale")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = _settings["time_zone"]

STATIC_URL = f"/static/{digest()}/"  # every file below it may be kept for ever


LOGGING_CONFIG = "safeconduct.web.logs.configure"
LOGGING: dict[str, object] = {"version": 1}  # not empty, or Django calls nothing
