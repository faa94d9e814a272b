# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run many ``ansible-playbook`` processes at once, or kill them and start them again; check what they say and leave.

    make stress ARGS="runs --rounds 50 --seed 1"
    make stress ARGS="kills --kills 100 --seed 1"

Exit status 1 if anything is wrong.
"""

from __future__ import annotations

import argparse

from ansible_collections.scaleway.inference.tests.stress import concurrent_runs, kills, rounds
from ansible_collections.scaleway.inference.tests.support.processes import accept_ctrl_c


def main() -> int:
    """Run what the command line asks for, and print what each round or kill led to, and a summary."""
    accept_ctrl_c()
    formatter = argparse.ArgumentDefaultsHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    runs = commands.add_parser("runs", help="the same tasks at the same moment", formatter_class=formatter)
    runs.set_defaults(play=play_rounds)
    runs.add_argument("--rounds", type=int, default=50)
    runs.add_argument("--processes", type=int, default=8)
    runs.add_argument("--lag", type=float, default=0, help="seconds by which all lists lag behind")
    runs.add_argument("--wait", default=True, action=argparse.BooleanOptionalAction, help="wait until all is ready")
    runs.add_argument("--unique-model-names", default=True, action=argparse.BooleanOptionalAction, help="as a service")
    killed = commands.add_parser("kills", help="runs that are killed and repeated", formatter_class=formatter)
    killed.set_defaults(play=play_kills)
    killed.add_argument("--kills", type=int, default=100)
    killed.add_argument("--parallel", type=int, default=4, help="how many at the same time")
    killed.add_argument("--first", type=int, default=0, help="the number of the first kill")
    for command in (runs, killed):
        command.add_argument("--minutes", type=float, default=30, help="nothing more begins after that")
        command.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    return 0 if options.play(options) else 1


def play_rounds(options: argparse.Namespace) -> bool:
    """Whether all rounds are good."""
    chosen = concurrent_runs.Options(
        seed=options.seed,
        rounds=options.rounds,
        processes=options.processes,
        lag=options.lag,
        wait=options.wait,
        unique_model_names=options.unique_model_names,
        minutes=options.minutes,
    )
    played = rounds.run_rounds(chosen, _print)
    _print(rounds.summary(chosen, played))
    return bool(played) and not any(one.faults for one in played)


def play_kills(options: argparse.Namespace) -> bool:
    """Whether all kills led to where they should."""
    outcomes = kills.run_kills(
        options.seed, options.kills, options.parallel, options.minutes, _print, first=options.first
    )
    _print(kills.summary(options.seed, outcomes))
    return bool(outcomes) and not any(one.faults for one in outcomes)


def _print(what: object) -> None:
    print(what, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
