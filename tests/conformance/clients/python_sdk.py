# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a deployment through Scaleway's Python SDK for v1, sync or async: python_sdk.py scaleway|scaleway_async

Nothing of the SDK is changed. It fails with an AssertionError.
"""

from __future__ import annotations

import asyncio
import base64
import importlib
import inspect
import os
import sys
import uuid
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")

PACKAGE = sys.argv[1]
v1 = importlib.import_module(f"{PACKAGE}.inference.v1")
ipam = importlib.import_module(f"{PACKAGE}.ipam.v1")
Client = importlib.import_module(PACKAGE).Client
ScalewayException = importlib.import_module("scaleway_core.api").ScalewayException

LLAMA = "7205dbce-cc80-4b2a-bb7f-3fd3a804afc3"


async def done(result: Awaitable[T] | T) -> T:
    """What a call returns, at once or later."""
    return await result if inspect.isawaitable(result) else result


async def status_of_error(call: Any) -> int:
    """The status of the error that a call ends in."""
    try:
        await done(call())
    except ScalewayException as error:
        return int(error.status_code)
    raise AssertionError("no error")


def api_of(module: Any) -> Any:
    """The class of the API: there is one, of another name in each module."""
    return next(value for name, value in vars(module).items() if name.endswith("V1API"))


async def main() -> None:
    client = Client(
        access_key="SCWEMULATOR123456789",
        secret_key=os.environ["SCW_SECRET_KEY"],
        api_url=os.environ["SCW_API_URL"],
        default_project_id=os.environ["SCW_DEFAULT_PROJECT_ID"],
        default_region=os.environ["SCW_DEFAULT_REGION"],
    )
    api, addresses = api_of(v1)(client), api_of(ipam)(client)

    public = v1.EndpointSpec(disable_auth=False, public_network=v1.EndpointPublicNetworkDetails())
    made = await done(
        api.create_deployment(
            model_id=LLAMA, node_type_name="L4", endpoints=[public], name="sdk", accept_eula=True, tags=["one", "two"]
        )
    )
    assert (made.name, made.tags, made.quantization.bits, made.updated_at) == ("sdk", ["one", "two"], 16, None)
    ready = await done(api.wait_for_deployment(deployment_id=made.id))
    assert (ready.status, ready.size, ready.endpoints[0].public_network is not None) == ("ready", 1, True)
    change = v1.DeploymentQuantization(bits=8)
    changed = await done(
        api.update_deployment(deployment_id=made.id, name="new", min_size=2, max_size=2, quantization=change)
    )
    assert (changed.name, changed.max_size, changed.quantization.bits, changed.tags) == ("new", 2, 8, ["one", "two"])
    await done(api.wait_for_deployment(deployment_id=made.id))
    assert [each.id for each in await done(api.list_deployments_all(name="new", page_size=1))] == [made.id]

    network = v1.EndpointPrivateNetworkDetails(private_network_id=str(uuid.uuid4()))
    private = v1.EndpointSpec(disable_auth=True, private_network=network)
    added = await done(api.create_endpoint(deployment_id=made.id, endpoint=private))
    assert (added.private_network, added.public_network, added.disable_auth) == (network, None, True)
    assert (await done(api.update_endpoint(endpoint_id=added.id, disable_auth=False))).disable_auth is False
    file = await done(api.get_deployment_certificate(deployment_id=made.id))
    assert b"BEGIN CERTIFICATE" in base64.b64decode(file.content)
    kind = ipam.ResourceType.LLM_DEPLOYMENT
    (ip,) = await done(addresses.list_i_ps_all(resource_id=made.id, resource_type=kind))
    assert (ip.resource.type_, ip.resource.name, ip.address.endswith("/22")) == (kind, "new", True)
    await done(api.delete_endpoint(endpoint_id=added.id))
    assert await done(addresses.list_i_ps_all(resource_id=made.id, resource_type=kind)) == []

    models = await done(api.list_models_all(page_size=10))
    assert len({model.id for model in models}) == len(models) > 20
    assert (await done(api.get_model(model_id=LLAMA))).nodes_support[0].nodes[0].node_type_name == "L4"
    source = v1.ModelSource(url="https://models.test/acme/tiny")
    model = await done(api.create_model(source=source, name="acme/tiny"))
    assert (await done(api.wait_for_model(model_id=model.id))).status == "ready"
    await done(api.delete_model(model_id=model.id))
    assert await status_of_error(lambda: api.get_model(model_id=model.id)) == 404
    node_types = await done(api.list_node_types_all(include_disabled_types=True))
    assert {"L4", "H100"} <= {each.name for each in node_types}

    assert await status_of_error(lambda: api.list_deployments(project_id=str(uuid.uuid4()))) == 403
    await done(api.delete_deployment(deployment_id=made.id))
    assert await status_of_error(lambda: api.get_deployment(deployment_id=made.id)) == 404


asyncio.run(main())
