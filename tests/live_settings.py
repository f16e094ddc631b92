"""The settings of production, but for how passwords are hashed: what a test waits for is not what it tests."""

from planwatch.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Threads come and go often, so that every test sees what happens then.
PLANWATCH_THREAD_IDLE_SECONDS = 5
# Half of the files to compress: pages name each by its hash.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
