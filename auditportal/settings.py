"""Every setting, read from the environment here and nowhere else."""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# ------------------------------------------------------------------ what this process is
# production (the default), demo or test. Everything that is unsafe in production is refused there.
PORTAL_MODE = env.str("PORTAL_MODE", default="production")
PRODUCTION = PORTAL_MODE == "production"
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
PUBLIC_URL = env.str("PUBLIC_URL", default="")  # where people reach the portal; the start of links in mail
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL] if PUBLIC_URL else [])


def refuse_unsafe_settings() -> None:
    """Stop the start when a setting would be unsafe. Raises ImproperlyConfigured with what to set."""
    if PORTAL_MODE not in {"production", "demo", "test"}:
        raise ImproperlyConfigured("PORTAL_MODE must be production, demo or test.")
    if len(SECRET_KEY) < 32:
        raise ImproperlyConfigured("Set SECRET_KEY to a random text of at least 32 characters.")
    if PRODUCTION and DEBUG:
        raise ImproperlyConfigured("DEBUG must not be on in production: unset it.")
    if PRODUCTION and (
        not ALLOWED_HOSTS
        or any("*" in host or host.strip().startswith(".") or not host.strip() for host in ALLOWED_HOSTS)
    ):
        raise ImproperlyConfigured("Set ALLOWED_HOSTS to the names people use, without wildcards.")
    if PRODUCTION and not PUBLIC_URL.startswith("https://"):
        raise ImproperlyConfigured("Set PUBLIC_URL to the portal's https:// address.")


refuse_unsafe_settings()

# ------------------------------------------------------------------ the council
COUNCIL_NAME = env.str("COUNCIL_NAME", default="Exampleshire Council")
SERVICE_NAME = env.str("SERVICE_NAME", default="Case file audits")
COUNCIL_LOGO = env.str("COUNCIL_LOGO", default="")  # a file name under static/
WORDING_FILE = env.str("WORDING_FILE", default=str(BASE_DIR / "fixtures" / "wording.yml"))

# ------------------------------------------------------------------ the house
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "csp",
    "pgtrigger",
    "pghistory",
    "auditportal",
    "people",
    "audits",
    "allocation",
    "reporting",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "csp.middleware.CSPMiddleware",
    "auditportal.middleware.NoStoreMiddleware",
    "auditportal.kept_forms.KeptFormMiddleware",  # next to the views: what they redirect to and refuse is told in JSON
]
if PORTAL_MODE != "test":  # in tests it makes every request several times slower and proves nothing
    MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")

ROOT_URLCONF = "auditportal.urls"
WSGI_APPLICATION = "auditportal.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_TEMPLATE_PACK = "govuk"
CRISPY_ALLOWED_TEMPLATE_PACKS = ("govuk",)
CRISPY_FAIL_SILENTLY = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "auditportal.tags.furniture",
            ],
            "libraries": {
                "portal": "auditportal.tags",
                "person_tags": "auditportal.person_tags",
                "case_tags": "auditportal.case_tags",
                "audit_tags": "auditportal.audit_tags",
                "risk_tags": "auditportal.risk_tags",
                "template_tags": "auditportal.template_tags",
                "figure_tags": "auditportal.figure_tags",
            },
            "builtins": ["auditportal.tags", "crispy_forms.templatetags.crispy_forms_tags"],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
        },
    }
]

# ------------------------------------------------------------------ data
DATABASES = {"default": env.db("DATABASE_URL", default="postgres://localhost/auditportal")}
DATABASES["default"]["CONN_MAX_AGE"] = 600
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # a database that started again costs nobody an error page
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
UPLOAD_LIMIT_BYTES = 20 * 1024 * 1024
UPLOAD_LIMIT_INFLATED_BYTES = 200 * 1024 * 1024

# ------------------------------------------------------------------ people signing in
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["auditportal.accounts.StaffBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # staff records come from the council, not from sign-up
ACCOUNT_ADAPTER = "auditportal.accounts.StaffAccountAdapter"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
if PORTAL_MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    ACCOUNT_RATE_LIMITS = False

# ------------------------------------------------------------------ time and language
LANGUAGE_CODE = "en-gb"
USE_TZ = True
TIME_ZONE = "Europe/London"
USE_THOUSAND_SEPARATOR = False

# ------------------------------------------------------------------ static files
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "static_built"
STATICFILES_DIRS = [BASE_DIR / "static", *[p for p in [BASE_DIR / ".front_end"] if p.is_dir()]]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if PORTAL_MODE == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# ------------------------------------------------------------------ security headers
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=PRODUCTION)
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if BEHIND_PROXY else 0  # or one person's wrong passwords lock everybody out
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"  # "no-referrer" would make browsers send Origin: null, which CSRF refuses
SECURE_REDIRECT_EXEMPT = [r"^health$"]  # the container's own health check speaks plain HTTP
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# A password-less link to another site never shows where it came from; forms post only to us.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"

# ------------------------------------------------------------------ mail
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 20  # seconds; shorter than the sender's lease on a row
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="case-file-audits@exampleshire.example")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# ------------------------------------------------------------------ background work
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_TASK_TIME_LIMIT = 600  # seconds
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 1200,  # twice the longest task
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True

# ------------------------------------------------------------------ the programme's own rules (a council's to change)
PART_B_WORKING_DAYS = env.int("PART_B_WORKING_DAYS", default=10)
PART_B_URGENT_WORKING_DAYS = env.int("PART_B_URGENT_WORKING_DAYS", default=1)
RISK_WORKING_DAYS = env.int("RISK_WORKING_DAYS", default=1)  # to acknowledge a child at risk; said on its page
RISK_WARN_MINUTES = env.int("RISK_WARN_MINUTES", default=60)  # not acknowledged for so long is shown in red
REMIND_WORKING_DAYS_BEFORE = env.int("REMIND_WORKING_DAYS_BEFORE", default=3)
ESCALATE_WORKING_DAYS_AFTER = env.int("ESCALATE_WORKING_DAYS_AFTER", default=5)
REPEAT_MISS_MONTHS = env.int("REPEAT_MISS_MONTHS", default=6)

# ------------------------------------------------------------------ logs
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "auditportal.logs.Discreet", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        "weasyprint": {"level": "WARNING"},  # every PDF would write twenty lines
        "fontTools": {"level": "WARNING"},
    },
}
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True
