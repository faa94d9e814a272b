# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line of the emulator: ``scaleway-inference-emulator``."""

from __future__ import annotations

import argparse
import ipaddress
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
from importlib.metadata import version
from typing import Any

from pydantic import ValidationError

from scaleway_inference_emulator import seed
from scaleway_inference_emulator.config import Config, Key
from scaleway_inference_emulator.listeners import listen
from scaleway_inference_emulator.server import Server, environment
from scaleway_inference_emulator.state import Emulator

PROGRAM = "scaleway-inference-emulator"
DURATIONS = ("creating", "deploying", "updating", "deleting", "preparing", "downloading")
#: The variable with the process to end, printed only with ``--background``.
PID = "SCALEWAY_INFERENCE_EMULATOR_PID"
#: What a shell evaluates whose emulator didn't start. Its playbooks then reach nothing, rather than the service by a
#: key that the user has there, and `set -e` ends it.
NO_SETTINGS = "export SCW_API_URL=http://127.0.0.1:1\nfalse"
#: Options of the command that aren't fields of Config, or not by that name.
NOT_SETTINGS = {"host", "port", "log", "log_file", "background", "detach"}
NOT_SETTINGS |= {"seed", "jitter_seed", "key_without_ipam", "key_condition"}
#: Defaults that the help tells in words.
UNTOLD = (argparse.SUPPRESS, ":memory:")
EXAMPLES = f"""\
examples:
  {PROGRAM}                                # in the foreground, until Ctrl-C
  {PROGRAM} --seed account.yml --port 0    # with deployments, on a free port
  eval "$({PROGRAM} --background)"         # with the settings in this shell ...
  kill "${PID}"                 # ... until this

Only this machine reaches it, nothing is real, and nothing costs money."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Returns the exit status."""
    words = sys.argv[1:] if arguments is None else arguments
    try:
        options = _parser().parse_args(words)
    except SystemExit as refused:
        if refused.code and "--background" in words:
            print(NO_SETTINGS)
        raise
    if options.background:
        return _start_in_background(words)
    if not _is_loopback(options.host):
        return _fail(f"{options.host} isn't an IPv4 loopback address: the emulator serves this machine only")
    # uvicorn raises the signal again after its shutdown; these handlers then end the process without a traceback.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        emulator = Emulator(Config(**_settings(options)))
    except seed.SeedError as error:
        return _fail(str(error))
    except ValidationError as error:
        return _fail("; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors()))
    except sqlite3.Error as error:
        return _fail(f"the state file {options.state} can't be used: {error}")
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        return _fail(f"can't listen on {options.host}:{options.port}: {error.strerror}; --port 0 takes a free port")
    try:
        log = os.open(options.log_file or os.devnull, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        return _fail(f"can't write to {options.log_file}: {error.strerror}")

    def print_exports() -> None:
        variables = environment(emulator, listener) | ({PID: str(os.getpid())} if options.detach else {})
        for name, value in variables.items():
            print(f"export {name}={shlex.quote(value)}")
        sys.stdout.flush()
        # The shell that reads the settings waits for the end of the output.
        for stream in (sys.stdout, sys.stderr) if options.detach else ():
            os.dup2(log, stream.fileno())

    Server(emulator, print_exports, options.log).run([listener])
    return 0


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of Config. Raises SeedError."""
    settings = {name: value for name, value in vars(options).items() if name not in NOT_SETTINGS}
    settings["keys"] = {secret: Key(ipam=False) for secret in options.key_without_ipam}
    conditions: dict[str, list[str]] = {}
    for key, _equals, cidr in (each.partition("=") for each in options.key_condition):
        conditions.setdefault(key, []).append(cidr)
    return {
        **settings,
        "key_conditions": conditions,
        "seed": options.jitter_seed,
        "initial": seed.read(options.seed) if options.seed else seed.Seed(),
    }


def _start_in_background(words: list[str]) -> int:
    """Start the emulator in a session of its own, and print what it prints until it serves or fails."""
    command = [sys.executable, "-m", "scaleway_inference_emulator", *words, "--no-background", "--detach"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout
    printed = process.stdout.read().decode()
    if not printed:
        print(NO_SETTINGS)
        return process.wait()
    sys.stdout.write(printed)
    sys.stdout.flush()
    return 0


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Adds the default to the help of an option that has one worth telling."""

    def _get_help_string(self, action: argparse.Action) -> str:
        told = isinstance(action.default, (int, float, str)) and action.nargs != 0
        default = " (default: %(default)s)" if told and action.default not in UNTOLD else ""
        return f"{action.help or ''}{default}"


def _parser() -> argparse.ArgumentParser:
    defaults = Config()
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Serve Scaleway Managed Inference on this machine, for tests: its API in v1beta1 and v1, and\n"
        "endpoints that answer as if they had a model. The first lines of output are settings for the shell,\n"
        "which the Ansible collection scaleway.inference and Scaleway's own tools read. /docs describes the API.",
        epilog=EXAMPLES,
        formatter_class=_Formatter,
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version(PROGRAM)}")

    add = parser.add_argument_group("how it runs").add_argument
    add("--host", default="127.0.0.1", help="loopback address to listen on")
    add("--port", type=int, default=8077, help="port to listen on; 0 takes a free one")
    background = f"return once it serves; the process goes on, and ${PID} is its ID"
    add("--background", action="store_true", help=background)
    add("--no-background", action="store_false", dest="background", help=argparse.SUPPRESS)
    add("--detach", action="store_true", help=argparse.SUPPRESS)
    add("--log", default="warning", choices=("critical", "error", "warning", "info", "debug"), help="what to log")
    add("--log-file", metavar="FILE", help="file for the log with --background; without it, there is none")

    add = parser.add_argument_group("what there is").add_argument
    seed_help = "YAML or JSON file of the models, deployments and node types that a new state begins with"
    add("--seed", metavar="FILE", help=seed_help)
    state = "SQLite file that keeps the state between runs; without it, the state is in memory"
    add("--state", default=defaults.state, metavar="FILE", help=state)
    add("--secret-key", metavar="UUID", help="the API's secret key; without it, the state's or a new one")
    add("--project-id", metavar="UUID", help="the default project; without it, the state's or a new one")
    add("--project", action="append", default=[], dest="projects", metavar="UUID", help="a further project, repeatable")
    add("--any-project", action="store_true", help="take every ID for that of a project")
    ipam = "a key, the secret key or a further one, that may not read addresses in private networks, repeatable"
    add("--key-without-ipam", action="append", default=[], metavar="UUID", help=ipam)
    condition = "addresses that a key may be used from, 403 from others, repeatable; a new key gets all rights"
    add("--key-condition", action="append", default=[], metavar="KEY=CIDR", help=condition)
    quota = "how many deployments a project may have; without it, any number"
    add("--max-deployments", type=int, metavar="NUMBER", help=quota)

    add = parser.add_argument_group("how long things take").add_argument
    for name in DURATIONS:
        add(f"--{name}", type=float, default=getattr(defaults, name), metavar="SECONDS", help=f"how long {name} takes")
    flap = "how long v1 says ready after an update, before it deploys the change"
    add("--false-ready", type=float, default=defaults.false_ready, metavar="SECONDS", help=flap)
    add("--jitter", type=float, default=defaults.jitter, metavar="FRACTION", help="how much durations vary, 0 to 1")
    same = "the same number and the same requests give the same durations"
    add("--jitter-seed", type=int, default=defaults.seed, metavar="NUMBER", help=same)
    add("--latency", type=float, default=defaults.latency, metavar="SECONDS", help="time added to each answer")
    add("--list-lag", type=float, default=defaults.list_lag, metavar="SECONDS", help="how far lists lag behind")

    add = parser.add_argument_group("how the API behaves").add_argument
    names = "whether the names of imported models are unique in a project"
    add("--unique-model-names", default=defaults.unique_model_names, action=argparse.BooleanOptionalAction, help=names)
    add("--total-count-header", action="store_true", help="give the header X-Total-Count with lists")
    endpoints = "URLs of endpoints: local ones, which answer, or the service's, which lead nowhere"
    add("--endpoints", default=defaults.endpoints, choices=("local", "service"), help=endpoints)
    return parser


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.IPv4Address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fail(message: str) -> int:
    print(f"{PROGRAM}: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
