"""Django's CACHES: in Redis, or in a folder that all processes of one machine share."""


def caches(redis: str, redis_responses: str, folder: str, response_megabytes: int) -> dict:
    """Return both caches, in Redis where its address is given."""
    if redis:
        # One that does not answer is done without, and not waited for.
        in_redis = {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": redis,
            "OPTIONS": {
                "socket_timeout": 1,
                "socket_connect_timeout": 1,
                "serializer": "planwatch.cache.signed_json.SignedJson",
            },
        }
        responses = {"LOCATION": redis_responses or redis, "KEY_PREFIX": "planwatch-responses"}
        return {
            "default": in_redis | {"KEY_PREFIX": "planwatch"},
            "responses": in_redis | responses,
        }
    return {
        # What all processes must know together, such as counted requests and codes that were used.
        "default": _in_folder(folder, 64),
        # Finished responses.
        "responses": _in_folder(f"{folder}/responses", response_megabytes),
    }


def _in_folder(folder: str, megabytes: int) -> dict:
    return {
        "BACKEND": "planwatch.cache.disk_cache.DiskCache",
        "LOCATION": folder,
        "SHARDS": 1,
        "DATABASE_TIMEOUT": 1,
        # Nothing in it need outlive a power failure, and no part of it is mapped into memory.
        "OPTIONS": {"size_limit": megabytes << 20, "sqlite_synchronous": 0, "sqlite_mmap_size": 0},
    }
