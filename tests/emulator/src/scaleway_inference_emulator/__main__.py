# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the emulator: ``scaleway-inference-emulator``."""

from __future__ import annotations

import argparse
import ipaddress
import signal
import sqlite3
import sys
from importlib.metadata import version

from pydantic import ValidationError

from scaleway_inference_emulator.config import Config, Key
from scaleway_inference_emulator.listeners import listen
from scaleway_inference_emulator.server import Server, environment
from scaleway_inference_emulator.state import Emulator

DURATIONS = ("creating", "deploying", "updating", "deleting", "preparing", "downloading")


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Returns the exit status."""
    options = _parser().parse_args(arguments)
    if not _is_loopback(options.host):
        return _fail(f"{options.host} isn't an IPv4 loopback address: the emulator serves this machine only")
    # uvicorn raises the signal again after its shutdown; these handlers then end the process without a traceback.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    not_settings = ("host", "port", "log", "key_without_ipam", "key_condition")
    settings = {name: value for name, value in vars(options).items() if name not in not_settings}
    settings["keys"] = {secret: Key(ipam=False) for secret in options.key_without_ipam}
    conditions: dict[str, list[str]] = {}
    for key, _equals, cidr in (each.partition("=") for each in options.key_condition):
        conditions.setdefault(key, []).append(cidr)
    settings["key_conditions"] = conditions
    try:
        emulator = Emulator(Config(**settings))
    except ValidationError as error:
        return _fail("; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors()))
    except sqlite3.Error as error:
        return _fail(f"the state file {options.state} can't be used: {error}")
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        return _fail(f"can't listen on {options.host}:{options.port}: {error.strerror}")

    def print_exports() -> None:
        for name, value in environment(emulator, listener).items():
            print(f"export {name}={value}")
        sys.stdout.flush()

    Server(emulator, print_exports, options.log).run([listener])
    return 0


def _parser() -> argparse.ArgumentParser:
    defaults = Config()
    parser = argparse.ArgumentParser(
        prog="scaleway-inference-emulator",
        description="Serve Scaleway Managed Inference, with models that only pretend, on this machine. "
        "The first lines of output are settings for the shell; the API is described at /docs.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--version", action="version", version=f"%(prog)s {version('scaleway-inference-emulator')}")
    add("--host", default="127.0.0.1", help="loopback address to listen on")
    add("--port", type=int, default=8077, help="port to listen on; 0 takes a free one")
    add("--state", default=defaults.state, metavar="FILE", help="SQLite file that keeps the state between runs")
    add("--secret-key", metavar="UUID", help="the API's secret key; without it, the state's or a new one")
    add("--project-id", metavar="UUID", help="the default project; without it, the state's or a new one")
    add("--project", action="append", default=[], dest="projects", metavar="UUID", help="a further project, repeatable")
    add("--any-project", action="store_true", help="take every ID for that of a project")
    ipam = "a key, the secret key or a further one, that may not read addresses in private networks, repeatable"
    add("--key-without-ipam", action="append", default=[], metavar="UUID", help=ipam)
    for name in DURATIONS:
        add(f"--{name}", type=float, default=getattr(defaults, name), metavar="SECONDS", help=f"how long {name} takes")
    flap = "how long v1 says ready after an update, before it deploys the change"
    add("--false-ready", type=float, default=defaults.false_ready, metavar="SECONDS", help=flap)
    add("--jitter", type=float, default=defaults.jitter, metavar="FRACTION", help="how much durations vary, 0 to 1")
    add("--latency", type=float, default=defaults.latency, metavar="SECONDS", help="time added to each answer")
    add("--list-lag", type=float, default=defaults.list_lag, metavar="SECONDS", help="how far lists lag behind")
    names = "whether the names of imported models are unique in a project"
    add("--unique-model-names", default=defaults.unique_model_names, action=argparse.BooleanOptionalAction, help=names)
    add("--total-count-header", action="store_true", help="give the header X-Total-Count with lists")
    condition = "addresses that a key may be used from, 403 from others, repeatable; a new key gets all rights"
    add("--key-condition", action="append", default=[], metavar="KEY=CIDR", help=condition)
    add("--seed", type=int, default=defaults.seed, help="the same seed gives the same jitter")
    endpoints = "URLs of endpoints: local ones, which answer, or the service's, which lead nowhere"
    add("--endpoints", default=defaults.endpoints, choices=("local", "service"), help=endpoints)
    add("--log", default="warning", choices=("critical", "error", "warning", "info", "debug"), help="what to log")
    return parser


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fail(message: str) -> int:
    print(f"scaleway-inference-emulator: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
