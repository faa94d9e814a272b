# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of connections name cause and remedy, in both execution modes and in the inventory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.scaleway.inference.tests.support.canned import CannedServer, closed_port, json_reply
from ansible_collections.scaleway.inference.tests.support.certificate import self_signed
from ansible_collections.scaleway.inference.tests.support.client import SECRET_KEY
from ansible_collections.scaleway.inference.tests.support.inventories import Lister
from ansible_collections.scaleway.inference.tests.support.playbooks import Player

pytestmark = pytest.mark.slow

PROFILE_KEY = "0ff1ce00-1111-4222-8333-444455556666"
NOTHING = {"deployments": [], "models": [], "node_types": [], "total_count": 0}


@dataclass(frozen=True)
class BrokenServers:
    """The URLs of servers on loopback, by what is wrong with them, and files to call them with."""

    urls: dict[str, str]
    authority: Path
    expired: Path
    config: Path
    plain: CannedServer


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[BrokenServers]:
    folders = [tmp_path / name for name in ("good", "expired")]
    for folder in folders:
        folder.mkdir()
    good, expired = self_signed(folders[0]), self_signed(folders[1], days=(-3, -1))
    config = tmp_path / "config.yaml"
    profiles = {"default": {"secret_key": "wrong-key"}, "work": {"secret_key": "wrong-key"}}
    config.write_text(
        yaml.safe_dump({"secret_key": PROFILE_KEY, "active_profile": "work", "profiles": profiles}), encoding="utf-8"
    )
    with ExitStack() as stack:
        plain, secure, late, wrong, listing = (
            stack.enter_context(CannedServer(tls)) for tls in (None, good.context, expired.context, None, None)
        )
        plain.answer(json_reply(NOTHING))
        secure.answer(json_reply(NOTHING))
        wrong.answer(json_reply({**NOTHING, "total_count": 1.5}))
        listing.answer(json_reply([]))
        urls = {"plain": plain.url(), "secure": secure.url(), "expired": late.url(), "wrong": wrong.url()}
        urls |= {"list": listing.url(), "closed": f"http://127.0.0.1:{closed_port()}"}
        yield BrokenServers(urls, good.path, expired.path, config, plain)


@pytest.fixture
def api_version() -> str:
    return "v1"


@pytest.mark.parametrize("api_version", ["v1beta1", "v1"])
@pytest.mark.parametrize("in_process", ["true", "false"], ids=["action", "module"])
def test_error_names_cause_and_remedy(player: Player, servers: BrokenServers, in_process: str) -> None:
    urls = servers.urls

    def info(name: str, url: str, **more: Any) -> dict[str, Any]:
        keywords = {key: more.pop(key) for key in ("environment",) if key in more}
        options = {"deployment": "chat", "api_url": url, "api_retries": 0, **more}
        task = {"name": name, "scaleway.inference.deployment_info": options, "register": f"saved_{name}"}
        return {**task, "ignore_errors": True, **keywords}

    def chat(name: str, url: str, **more: Any) -> dict[str, Any]:
        options = {"url": url, "prompt": "Hello", "model": "m", "disable_auth": True, "api_retries": 0, **more}
        task = {"name": name, "scaleway.inference.chat_completion": options, "register": f"saved_{name}"}
        return {**task, "ignore_errors": True}

    bundle = {"REQUESTS_CA_BUNDLE": str(servers.authority)}
    tasks = [
        info("refused", urls["closed"]),
        info("expired", urls["expired"], ca_path=str(servers.expired)),
        info("unknown", urls["secure"]),
        info("no_tls", urls["plain"].replace("http:", "https:")),
        info("half", urls["wrong"]),
        info("bundle", urls["secure"], environment=bundle),
        chat("model_refused", urls["closed"]),
        chat("model_wrong", urls["list"]),
        chat("model_no_tls", urls["plain"].replace("http:", "https:")),
        chat("no_number", urls["list"], temperature=".nan"),
        info(
            "top_level",
            urls["plain"],
            config_file=str(servers.config),
            environment={"SCW_SECRET_KEY": ""},
            profile="default",
        ),
    ]
    played = player.play(tasks, "-e", f"scaleway_inference_in_process={in_process}")
    results = {name.removeprefix("saved_"): result for name, result in played.registered.items()}
    parts = {
        "refused": ("Connection refused", "api_url"),
        "expired": ("has expired", "clock"),
        "unknown": ("is self-signed", "ca_path"),
        "no_tls": ("doesn't speak TLS", "begin the URL with http://"),
        "half": ("the answer of the service", "total_count: expected a whole number, got 1.5"),
        "model_refused": ("Connection refused", "url"),
        "model_wrong": ("the answer of the endpoint", "expected an object, got a list"),
        "model_no_tls": ("doesn't speak TLS", "begin the URL with http://"),
        "no_number": ("temperature",),
    }
    for name, expected in parts.items():
        assert results[name]["failed"], played.output
        for part in expected:
            assert part in results[name]["msg"], results[name]
        assert "request ID" not in results[name]["msg"]
    assert "the service" not in results["model_wrong"]["msg"]
    assert "ca_path" not in results["no_number"]["msg"]
    assert results["bundle"]["deployments"] == results["top_level"]["deployments"] == [], played.output
    assert servers.plain.requests[-1].headers["x-auth-token"] == PROFILE_KEY
    assert SECRET_KEY not in played.output


def test_inventory_names_the_cause_and_trusts_the_environments_authorities(
    tmp_path: Path, player: Player, servers: BrokenServers
) -> None:
    lister = Lister(tmp_path, player)

    def failure(url: str) -> str:
        listed = lister.list(lister.write({"api_url": url, "api_retries": 0}))
        assert listed.code != 0
        return listed.stderr

    assert "Connection refused" in failure(servers.urls["closed"])
    assert "total_count: expected a whole number, got 1.5" in failure(servers.urls["wrong"])
    assert "is self-signed" in failure(servers.urls["secure"])
    lister.environ["REQUESTS_CA_BUNDLE"] = str(servers.authority)
    assert lister.list(lister.write({"api_url": servers.urls["secure"]})).hosts == {}
