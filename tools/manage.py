"""Run a management command in the demo's environment, starting its database first when the demo is down."""

import signal
import subprocess
import sys

from tools import checkout
from tools.places import ServiceError, socket_folder
from tools.postgres import answers
from tools.services import postgres


def run(arguments: list[str]) -> int:
    """Run manage.py with the keyboard attached; what Ctrl-C does is the command's own affair."""
    environment = checkout.demo_environment(checkout.last_ports())
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        with subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=checkout.ROOT, env=environment) as process:
            signal.signal(signal.SIGTERM, lambda number, frame: process.terminate())
            return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def run_with_own_database(arguments: list[str], *, wait: bool) -> int:
    sockets = socket_folder(checkout.ROOT)
    with checkout.claim("manage", wait=wait), postgres(checkout.FOLDER, sockets=sockets):
        return run(arguments)


def main(arguments: list[str]) -> int:
    try:
        return run_with_own_database(arguments, wait=False)
    except checkout.InUse as in_use:
        if in_use.holder != "demo":
            print("Waiting for another command on the demo's data.", file=sys.stderr)
            return run_with_own_database(arguments, wait=True)
        if answers(socket_folder(checkout.ROOT) / "pg"):
            return run(arguments)
        return checkout.sentence("The demo is just starting or stopping: try again in a few seconds.")
    except ServiceError as error:
        return checkout.sentence(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
