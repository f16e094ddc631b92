"""Settings, all from the environment; README.md lists every variable. Production is the default: DEBUG is off."""

import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured
from whitenoise.compress import Compressor

from planwatch.api.settings import (  # noqa: F401
    DRF_STANDARDIZED_ERRORS,
    REST_FRAMEWORK,
    SPECTACULAR_SETTINGS,
)
from planwatch.cache.settings import caches
from planwatch.db.sqlite_options import SQLITE_OPTIONS
from planwatch.env import DEVELOPMENT_KEY, LEAST_KEY, LOCAL_HOSTS, Environment, local, strong
from planwatch.middleware.content_policy import CONTENT_SECURITY_POLICY  # noqa: F401
from planwatch.release import content_digest

BASE_DIR = Path(__file__).resolve().parent.parent

env = Environment()
env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Set it to a long random string, for example from "
            "`python -c 'import secrets; print(secrets.token_urlsafe(64))'`, or set DEBUG=1 to develop."
        )
    SECRET_KEY = DEVELOPMENT_KEY
if not DEBUG and not strong(SECRET_KEY):
    raise ImproperlyConfigured(
        f"SECRET_KEY is one that others know, or could guess: it needs {LEAST_KEY} characters or more, at random. "
        "Make one with `python -c 'import secrets; print(secrets.token_urlsafe(64))'`."
    )
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", cast=str.strip, default=list(LOCAL_HOSTS) if DEBUG else []
)
if not DEBUG and "*" in ALLOWED_HOSTS:
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS holds *, with which anybody chooses the site's addresses. Name the hosts of the site."
    )
if DEBUG and not all(map(local, ALLOWED_HOSTS)):
    raise ImproperlyConfigured(
        "DEBUG is on and ALLOWED_HOSTS names hosts other than this machine: every error would show strangers "
        "the settings and the data. Take DEBUG away, or leave ALLOWED_HOSTS to localhost and 127.0.0.1."
    )
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", cast=str.strip, default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "planwatch.apps.StaticFiles",
    "rest_framework",
    "django_filters",
    "django_htmx",
    "corsheaders",
    "csp",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "knox",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_tasks",
    "django_tasks_db",
    "agencies",
    "commitments",
    "commitments.alerts",
    "commitments.webhooks",
    "planwatch",
]

MIDDLEWARE = [
    "planwatch.middleware.client_ip.client_ip",
    "planwatch.middleware.request_log.request_log",
    # Outermost but for these: a kept answer is whole. It counts against the limits as one that is made does, and is the
    # same for every referrer.
    "planwatch.middleware.tracking_params.ignore_tracking",
    "planwatch.cache.response_cache.response_cache_middleware",
    # What guards every answer comes before those that may answer themselves: to send to HTTPS, or for static files.
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "planwatch.middleware.security_headers.security_headers",
    "planwatch.middleware.requests.redirect_writes_as_writes",
    "planwatch.middleware.requests.refuse_by_the_api_as_data",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "planwatch.middleware.security_headers.CrossOriginReading",
    "planwatch.middleware.language.language_from_path",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "planwatch.middleware.requests.ClosingSlash",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "planwatch.middleware.rate_limit.rate_limit",
    "planwatch.middleware.rate_limit.refuse_endless_queries",
    "planwatch.middleware.tracking_params.redirect_tracked_pages",
    "planwatch.middleware.security_headers.reject_null_bytes",
    "planwatch.middleware.conditional.conditional_responses",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "planwatch.urls"
WSGI_APPLICATION = "planwatch.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "commitments.context_processors.edition",
            ],
        },
    },
]

DATABASES = {"default": env.database("DATABASE_URL", f"sqlite:///{BASE_DIR}/var/planwatch.sqlite3")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    if not DEBUG and not Path(DATABASES["default"]["NAME"]).is_absolute():
        raise ImproperlyConfigured(
            "DATABASE_URL names SQLite without a whole path: what is written would be lost, or lie wherever the site "
            "was started. Write sqlite:////folder/file.sqlite3, with four strokes."
        )
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    DATABASES["default"].setdefault("OPTIONS", {}).update(SQLITE_OPTIONS)
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Hot standbys, from which is read what anybody may see; see planwatch/db/replicas.py.
if env.str("DATABASE_READ_URL", default=""):
    DATABASES["standby"] = env.database("DATABASE_READ_URL")
    if not (
        DATABASES["default"]["ENGINE"]
        == DATABASES["standby"].get("ENGINE")
        == "django.db.backends.postgresql"
        and env.str("CACHE_URL", default="")
    ):
        raise ImproperlyConfigured(
            "DATABASE_READ_URL is for hot standbys of PostgreSQL: DATABASE_URL must name their primary, and CACHE_URL a "
            "Redis, where is kept what readers were shown."
        )
    # The first query of a request is one that may fail: then another database answers.
    DATABASES["standby"]["CONN_MAX_AGE"] = DATABASES["default"]["CONN_MAX_AGE"]
    DATABASE_ROUTERS = ["planwatch.db.replicas.Router"]
    MIDDLEWARE.insert(0, "planwatch.db.dataset_version.monotonic_reads")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "editor_desk"
LOGOUT_REDIRECT_URL = "home"
CSRF_FAILURE_VIEW = "planwatch.accounts.login.csrf_failure"
# A working day; a session that ends in the middle of a form loses nothing that was typed.
SESSION_COOKIE_AGE = env.int("SESSION_HOURS", default=12) * 3600
# Five wrong passwords for a name from one address lock that pair out for a quarter of an hour.
AXES_FAILURE_LIMIT, AXES_COOLOFF_TIME = 5, timedelta(minutes=15)
AXES_CLIENT_IP_CALLABLE = "planwatch.middleware.client_ip.client_of"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_SENSITIVE_PARAMETERS = []

# Of allauth only the second factor is used and the list of sessions: signing in itself stays planwatch.accounts.login.
ACCOUNT_ADAPTER = "planwatch.accounts.mfa.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
# Five wrong codes lock the second step of an account for a quarter of an hour, from wherever they come.
ACCOUNT_RATE_LIMITS = {"login_failed": "5/15m/key"}
MFA_ADAPTER = "planwatch.accounts.mfa.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
# Who lacks an address that was confirmed is not kept from a second factor.
MFA_ALLOW_UNVERIFIED_EMAIL = True
# A code of the half minute before or after opens too: clocks differ, and typing takes a while (RFC 6238, 5.2).
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
# Editors and Administrators have no rights before they have a second factor.
PLANWATCH_SECOND_FACTOR = env.bool("PLANWATCH_SECOND_FACTOR", default=not DEBUG)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", cast=str.strip, default=[])

# Who is told of a hole in the site, in /.well-known/security.txt; without one there is no such file.
PLANWATCH_SECURITY_CONTACT = env.matching(
    "PLANWATCH_SECURITY_CONTACT",
    r"((?:mailto:|https://|tel:)[!-~]+)?",
    "must be an address that begins with mailto:, https:// or tel:.",
)

KNOX_TOKEN_MODEL = "planwatch.ApiToken"
REST_KNOX = {"TOKEN_TTL": timedelta(days=90), "AUTO_REFRESH": False}

# The record speaks in UTC: "today", as-of days and recorded moments mean the same for every reader.
TIME_ZONE = "UTC"
USE_TZ = True
# The language of a page is in its address; see planwatch/web/languages.py. Each is named in itself.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "planwatch.formats"

STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Maps of scripts are asked for by developers' tools alone, and take longer to compress than all other files together.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# No script reads either cookie: htmx and the forms send the token that stands in the page.
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if not DEBUG:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    if env.bool("BEHIND_HTTPS_PROXY", default=False):
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Reading is open to pages of any origin, where FOR_OTHERS of middleware/security_headers.py allows it; writing is not.
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = [*default_headers, "if-none-match", "if-modified-since", "range", "if-range"]
CORS_EXPOSE_HEADERS = ["ETag", "Link", "Content-Disposition", "Row-Count", "Retry-After"]
CORS_EXPOSE_HEADERS += ["Accept-Ranges", "Content-Range", "RateLimit", "RateLimit-Policy"]
# Of `manage.py serve`: address, processes, threads of each, and seconds to finish what is under way when it is stopped.
PLANWATCH_BIND = env.matching(
    "PLANWATCH_BIND",
    r"(\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}",
    "is an address and a port, such as 127.0.0.1:8001 or [::1]:8001.",
    default="127.0.0.1:8001",
)
PLANWATCH_WORKERS = env.int("PLANWATCH_WORKERS", default=2)
PLANWATCH_THREADS = env.int("PLANWATCH_THREADS", default=8)
# A thread that had nothing to do for so long ends.
PLANWATCH_THREAD_IDLE_SECONDS = 30
# So many seconds the body of a request may take to arrive.
PLANWATCH_BODY_SECONDS = env.int("PLANWATCH_BODY_SECONDS", default=15)
PLANWATCH_SHUTDOWN_TIMEOUT = env.int("PLANWATCH_SHUTDOWN_TIMEOUT", default=60)
# How many proxies stand before the site, each of which adds the address that it was asked from to X-Forwarded-For.
PLANWATCH_TRUSTED_PROXIES = env.int("PLANWATCH_TRUSTED_PROXIES", default=0)
# Off while developing: a template may change at any moment.
PLANWATCH_RESPONSE_CACHE_MB = env.int("PLANWATCH_RESPONSE_CACHE_MB", default=0 if DEBUG else 64)
PLANWATCH_CACHE_FOLDER = env.str("PLANWATCH_CACHE_FOLDER", default="") or f"{BASE_DIR}/var/cache"
# Settings that were given by a former name: manage.py check names them.
PLANWATCH_FORMER_NAMES = env.former_names()
_redis = env.str("CACHE_URL", default=""), env.str("RESPONSE_CACHE_URL", default="")
CACHES = caches(*_redis, PLANWATCH_CACHE_FOLDER, PLANWATCH_RESPONSE_CACHE_MB)
PLANWATCH_LIMITS = {
    "anonymous": env.limit("PLANWATCH_LIMIT_ANONYMOUS", "600/minute"),
    "signed_in": env.limit("PLANWATCH_LIMIT_SIGNED_IN", "1200/minute"),
    "token": env.limit("PLANWATCH_LIMIT_TOKEN", "1200/minute"),
    "export": env.limit("PLANWATCH_LIMIT_EXPORT", "60/minute"),
    "sign_in": env.limit("PLANWATCH_LIMIT_SIGN_IN", "20/minute"),
    "account": env.limit("PLANWATCH_LIMIT_ACCOUNT", "60/hour"),
    "follow": env.limit("PLANWATCH_LIMIT_FOLLOW", "30/hour"),
    "confirm": env.limit("PLANWATCH_LIMIT_CONFIRM", "10/day"),
    "confirmations": env.limit("PLANWATCH_LIMIT_CONFIRMATIONS", "500/hour"),
}

# Work that need not be done while somebody waits lies in the database, and `manage.py db_worker` does it.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}

# Where mail goes out. Without it nothing is sent, and the pages offer nothing that would need it.
_mail = env.str("EMAIL_URL", default="consolemail://" if DEBUG else "")
vars().update(env.email_url_config(_mail or "dummymail://"))
EMAIL_TIMEOUT = 30
PLANWATCH_MAIL = bool(_mail)
# Where `make run` notes its address, beside the database, for the worker that sends its mail.
PLANWATCH_SERVED_AT = (
    Path(DATABASES["default"]["NAME"]).parent
    if DATABASES["default"]["ENGINE"].endswith("sqlite3")
    else BASE_DIR / "var"
) / "served-at"
# The site's own address where no request names it: in mails, and in calls to other systems.
PLANWATCH_SITE_URL = env.str("PLANWATCH_SITE_URL", default="").rstrip("/")
if not PLANWATCH_SITE_URL and DEBUG:
    _served = PLANWATCH_SERVED_AT.is_file() and PLANWATCH_SERVED_AT.read_text()
    PLANWATCH_SITE_URL = _served or "http://127.0.0.1:8000"
PLANWATCH_SITE_URL = PLANWATCH_SITE_URL or f"https://{next(iter(ALLOWED_HOSTS), 'localhost')}"
if not re.fullmatch(r"https?://[\w.:\[\]-]+", PLANWATCH_SITE_URL):
    raise ImproperlyConfigured(
        "PLANWATCH_SITE_URL must be the address of the site without a path, such as https://planwatch.example.org."
    )
_site_host = urlsplit(PLANWATCH_SITE_URL).hostname
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"alerts@{_site_host}")
# The mailbox to which what cannot be delivered comes back; `manage.py take_bounces` reads it.
PLANWATCH_BOUNCES = env.str("PLANWATCH_BOUNCES", default="")

# An open commitment that nobody has changed or checked for so many days is called stale.
PLANWATCH_STALE_AFTER_DAYS = env.int("PLANWATCH_STALE_AFTER_DAYS", default=365)
# Closing, reopening and correcting need a second editor. Editors are public by days, and by another handle each month.
PLANWATCH_TWO_PERSON_RULE = env.bool("PLANWATCH_TWO_PERSON_RULE", default=True)
PLANWATCH_PRIVATE_EDITORS = env.bool("PLANWATCH_PRIVATE_EDITORS", default=False)
# Where the published versions of the data set lie. Every process that serves the site must see the same folder.
PLANWATCH_DATASETS = env.str("PLANWATCH_DATASETS", default="") or str(BASE_DIR / "var" / "datasets")
# Public keys, separated by commas: of those who sign heads of the record, the present one first, and of witnesses.
PLANWATCH_RECORD_KEYS = env.str("PLANWATCH_RECORD_KEYS", default="")
PLANWATCH_WITNESS_KEYS = env.str("PLANWATCH_WITNESS_KEYS", default="")
# Who gives `manage.py anchor_head` receipts for signed heads. The certificates are those to verify the authority's with.
PLANWATCH_ANCHOR_TSA = env.str("PLANWATCH_ANCHOR_TSA", default="")
PLANWATCH_ANCHOR_TSA_CERTIFICATES = env.str("PLANWATCH_ANCHOR_TSA_CERTIFICATES", default="")
PLANWATCH_ANCHOR_OPENTIMESTAMPS = env.str("PLANWATCH_ANCHOR_OPENTIMESTAMPS", default="")
PLANWATCH_ANCHOR_GIT = env.str("PLANWATCH_ANCHOR_GIT", default="")
# What check_sources calls itself. Sites refuse words such as checker, and names that are not written as a browser's.
PLANWATCH_LINK_CHECK_AGENT = env.str("PLANWATCH_LINK_CHECK_AGENT", default="") or (
    f"Mozilla/5.0 (compatible; PlanWatch/1.0; +{PLANWATCH_SITE_URL}/method/)"
)
# For tests alone: let check_sources and webhooks ask private and local addresses, webhooks without encryption too.
PLANWATCH_LINK_CHECK_PRIVATE = env.bool("PLANWATCH_LINK_CHECK_PRIVATE", default=False)
PLANWATCH_WEBHOOK_PRIVATE = env.bool("PLANWATCH_WEBHOOK_PRIVATE", default=False)
# Where to ask for an archived copy of a document that is gone; empty asks nowhere.
PLANWATCH_SNAPSHOTS = env.str("PLANWATCH_SNAPSHOTS", default="")
PLANWATCH_ARCHIVE_AVAILABILITY_URL = env.str("PLANWATCH_ARCHIVE_AVAILABILITY_URL", default="")
PLANWATCH_FEEDS = env.str("PLANWATCH_FEEDS", default="").split()
# Part of every ETag: an answer changes when the code or a template does, not only when the data does.
PLANWATCH_RELEASE = env.str("PLANWATCH_RELEASE", default="") or content_digest(BASE_DIR)

# An operator vouches for the clock, and for the moments in the record, up to this day.
PLANWATCH_CLOCK_ACCEPTED_UNTIL = env.day("PLANWATCH_CLOCK_ACCEPTED_UNTIL")
# Below this /healthz/ready says that the site is not ready, so that somebody makes room before writing fails.
PLANWATCH_MIN_FREE_DISK_MB = env.int("PLANWATCH_MIN_FREE_DISK_MB", default=200)
# Numbers for Prometheus at /metrics, for whom the proxy lets through.
PLANWATCH_METRICS = env.bool("PLANWATCH_METRICS", default=False)
if PLANWATCH_METRICS:
    INSTALLED_APPS.append("django_prometheus")
    MIDDLEWARE = [
        "django_prometheus.middleware.PrometheusBeforeMiddleware",
        *MIDDLEWARE,
        "django_prometheus.middleware.PrometheusAfterMiddleware",
    ]

# What no log, no error page and no traceback shows.
PLANWATCH_SECRETS = (SECRET_KEY, *SECRET_KEY_FALLBACKS, *env.passwords())
DEFAULT_EXCEPTION_REPORTER = "planwatch.logging.ReporterWithoutSecrets"
LOG_FORMAT = env.matching(
    "LOG_FORMAT", "json|text", "is json or text.", default="text" if DEBUG else "json"
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "planwatch.logging.JsonFormatter"},
        "text": {"()": "planwatch.logging.TextFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "loggers": {
        # Django's own console handler would say everything a second time while developing.
        "django": {"handlers": []},
        # Every request is told once, by planwatch.requests; while developing by runserver.
        "django.request": {"level": "ERROR"},
        "planwatch.requests": {"level": "ERROR" if DEBUG else "INFO"},
        "httpx": {"level": "WARNING"},
        # It writes names as they were typed; planwatch.security says the same without them.
        "axes": {"level": "CRITICAL"},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
