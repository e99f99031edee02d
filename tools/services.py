"""A real PostgreSQL and a real Redis-protocol server out of Python wheels, for the demo and the tests.

    with postgres(folder, sockets=sockets) as database_url, valkey(folder, sockets=sockets) as redis_url: ...

Both listen on a Unix socket only. The first gives DATABASE_URL as Django reads it, the second REDIS_URL in
Celery's form, `redis+socket:///path?virtual_host=0`. Production points the same two names at its own
servers and uses nothing from here.
"""

from tools.places import ServiceError, socket_folder
from tools.postgres import database_url, postgres
from tools.valkey import redis_url, valkey

__all__ = ["ServiceError", "database_url", "postgres", "redis_url", "socket_folder", "valkey"]
