"""Run the whole product on this machine: database, queue, web, worker, beat, mail sender and a catcher for mail.

python -m tools.demo          run until Ctrl-C
python -m tools.demo reset    throw away the demo's data
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from functools import partial

from tools import checkout, processes
from tools.places import ServiceError, last_line, socket_folder
from tools.postgres import postgres_place, start_postgres
from tools.supervisor import Child, Supervisor
from tools.valkey import start_valkey

HOST = "127.0.0.1"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # the last: the terminal was closed
STOP_ORDER = (("web",), ("worker", "beat", "sender"), ("mail",), ("queue",), ("data",))


def say(line: str) -> None:
    print(line, flush=True)


# ------------------------------------------------------------------ ports


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(*, rather: int) -> int:
    """Return `rather` when it is free, else any port that is."""
    if rather < 65536 and is_free(rather):
        return rather
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def choose_ports() -> dict[str, int]:
    """Return the ports of this run. Raises ServiceError when the one asked for is taken or no port at all."""
    asked = os.environ.get("PORT") or "8000"
    if not asked.isdigit() or not 0 < int(asked) < 65536:
        raise ServiceError(f"PORT={asked} is not a port number: try PORT=8001.")
    port = int(asked)
    if not is_free(port):
        raise ServiceError(f"Port {port} is in use: run `make demo PORT={port + 1}`, or stop what uses it.")
    return {"port": port, "page_port": free_port(rather=port + 1000), "smtp_port": free_port(rather=port + 2000)}


# ------------------------------------------------------------------ what runs


def commands(ports: dict[str, int]) -> dict[str, list[str]]:
    """Return the command line of each of the product's own processes."""
    celery = ["celery", "-A", "auditportal"]
    web = f"gunicorn auditportal.wsgi --worker-class gthread --workers 2 --threads 4 --bind {HOST}:{ports['port']}"
    mail = f"tools.mail_catcher --smtp-port {ports['smtp_port']} --page-port {ports['page_port']}"
    return {
        "mail": [*mail.split(), "--folder", str(checkout.MAIL)],
        "web": [*web.split(), "--graceful-timeout", "5", "--no-control-socket"],
        "worker": [
            *celery,
            "worker",
            "--concurrency",
            "2",
            "--loglevel",
            "INFO",
            "--without-gossip",
            "--without-mingle",
        ],
        "beat": [*celery, "beat", "--loglevel", "INFO", "--pidfile=", "-s", str(checkout.FOLDER / "beat-schedule")],
    }


def child(name: str, command: list[str], *, environment: dict[str, str]) -> Child:
    start = partial(processes.start, command, output=subprocess.PIPE, env=environment, folder=checkout.ROOT)
    return Child(name=name, start=start)


def start_servers(supervisor: Supervisor) -> None:
    """Start database and queue, which say what they have to say in files of their own."""
    sockets = socket_folder(checkout.ROOT)
    place = postgres_place(checkout.FOLDER, sockets=sockets)
    queue_log = checkout.FOLDER / "valkey.log"
    for log in (place.log, queue_log):
        log.unlink(missing_ok=True)
    start_data = partial(start_postgres, place, durable=True)
    start_queue = partial(start_valkey, checkout.FOLDER, sockets=sockets, durable=True)
    supervisor.add(Child("data", start_data, stop_signal=signal.SIGINT, grace=20, own_log=place.log))
    supervisor.add(Child("queue", start_queue, own_log=queue_log))


def prepare(environment: dict[str, str]) -> None:
    """Migrate, collect static files and load the demo council. Raises ServiceError when that fails."""
    log = checkout.LOGS / "prepare.log"
    with log.open("wb") as output:
        process = processes.start(
            [sys.executable, "-m", "tools.prepare"], output=output, env=environment, folder=checkout.ROOT
        )
        try:
            code = process.wait()
        finally:
            processes.stop(process)
    if code:
        raise ServiceError(f"Setting up the demo's data failed: {last_line(log)} (more in {log})")


def start_product(supervisor: Supervisor, *, ports: dict[str, int], environment: dict[str, str]) -> None:
    python = [sys.executable, "-m"]
    for name, command in commands(ports).items():
        supervisor.add(child(name, [*python, *command], environment=environment))
    sender = [sys.executable, "manage.py", "send_mail", "--loop"]
    supervisor.add(child("sender", sender, environment=environment))


def pages_answer(port: int) -> bool:
    """Say whether the web process gives any answer at all."""
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/health", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait_for_pages(supervisor: Supervisor, *, port: int) -> None:
    until = time.monotonic() + 60
    while not pages_answer(port):
        if time.monotonic() > until:
            raise ServiceError(f"The web process does not answer: see {checkout.LOGS / 'web.log'}")
        supervisor.step(0.1)


# ------------------------------------------------------------------ the run


def greet(ports: dict[str, int]) -> None:
    say(f"\n  Case file audits   http://localhost:{ports['port']}")
    say(f"  Caught mail        http://localhost:{ports['page_port']}\n")
    say("  Sign in as")
    for line in checkout.SIGN_INS.read_text().splitlines():
        say(f"    {line}")
    say(f"\n  Ctrl-C stops everything; the data stays. Logs are in {checkout.LOGS.relative_to(checkout.ROOT)}/.\n")


def begin(supervisor: Supervisor, *, ports: dict[str, int]) -> None:
    say("Starting the database and the queue.")
    start_servers(supervisor)
    environment = checkout.demo_environment(ports)
    say("Bringing the data up to date (the first time, this loads the demo council).")
    prepare(environment)
    start_product(supervisor, ports=ports, environment=environment)
    wait_for_pages(supervisor, port=ports["port"])


def end(supervisor: Supervisor) -> None:
    """Stop web, then the background work, then the queue, then the database; a second Ctrl-C changes nothing."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    say("Stopping.")
    for names in STOP_ORDER:
        supervisor.stop(*names)
    say("Stopped. The data is kept for the next `make demo`.")


def interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def run() -> int:
    """Run the demo until somebody stops it. Raises ServiceError with what went wrong and what to do."""
    ports = choose_ports()
    shutil.rmtree(checkout.LOGS, ignore_errors=True)
    supervisor = Supervisor(log_folder=checkout.LOGS, say=say, talkative=bool(os.environ.get("VERBOSE")))
    checkout.remember_ports(ports)
    for number in STOP_SIGNALS:
        signal.signal(number, interrupt)
    try:
        begin(supervisor, ports=ports)
        greet(ports)
        while True:
            supervisor.step()
    except KeyboardInterrupt:
        return 0
    finally:
        end(supervisor)


def reset() -> int:
    """Throw away database, queue, caught mail and logs."""
    for path in checkout.FOLDER.iterdir():
        if path == checkout.LOCK:
            continue
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    say("The demo's data is gone; `make demo` starts over.")
    return 0


def main(arguments: list[str]) -> int:
    resetting = arguments == ["reset"]
    try:
        with checkout.claim("reset" if resetting else "demo"):
            return reset() if resetting else run()
    except checkout.InUse as in_use:
        return checkout.sentence(in_use_sentence(in_use.holder))
    except ServiceError as error:
        return checkout.sentence(error)


def in_use_sentence(holder: str) -> str:
    if holder == "demo":
        return f"A demo of this checkout is up at http://localhost:{checkout.last_ports()['port']}: stop it first."
    return "A command of this checkout is at work on the demo's data: try again when it is done."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
