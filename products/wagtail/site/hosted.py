"""What differs from the project that `wagtail start` made; all of it comes from the environment."""

import os

from website.settings.base import *  # noqa: F403

DEBUG = False
SECRET_KEY = os.environ.get("SECRET", "only-for-building")
ALLOWED_HOSTS = [os.environ.get("HOST", "localhost")]
WAGTAILADMIN_BASE_URL = os.environ.get("URL", "http://localhost")
CSRF_TRUSTED_ORIGINS = [WAGTAILADMIN_BASE_URL]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
WAGTAIL_SITE_NAME = os.environ.get("NAME", "Website")
ROOT_URLCONF = "hosted_urls"
MEDIA_ROOT = os.environ.get("MEDIA", "")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        **{
            name: os.environ.get(f"DATABASE_{name}", "")
            for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")
        },
    }
}
MIDDLEWARE.insert(1, "whitenoise.middleware.WhiteNoiseMiddleware")  # noqa: F405
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
LOGGING = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
