# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway in front of the service: request IDs, latency, the journal, and faults of the network."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import time
import uuid
import zlib
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from scaleway_inference_emulator import transport
from scaleway_inference_emulator.control import PREFIX
from scaleway_inference_emulator.errors import permissions_denied
from scaleway_inference_emulator.faults import SERVICE_FAULTS, Fault
from scaleway_inference_emulator.inference import routing
from scaleway_inference_emulator.inference.errors import insufficient_permissions
from scaleway_inference_emulator.journal import JournalEntry, readable
from scaleway_inference_emulator.state import Emulator


class Gateway:
    """ASGI middleware around the service. Control routes bypass it."""

    def __init__(self, app: ASGIApp, emulator: Emulator) -> None:
        self.app = app
        self.emulator = emulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(PREFIX):
            await self.app(scope, receive, send)
            return
        fault = self.emulator.faults.take(scope["method"], scope["path"])
        scope.setdefault("state", {})["fault"] = fault
        exchange = Exchange(self.emulator, scope, await _read(receive), receive, send)
        if not await exchange.wait(self.emulator.config.latency):
            return
        refusal = _unmet_condition(self.emulator, scope)
        if refusal is not None:
            await refusal(scope, exchange.receive, exchange.send)
        elif fault is None or fault.kind in SERVICE_FAULTS:
            await self.app(scope, exchange.receive, exchange.send)
        else:
            await self._inject(fault, exchange)

    async def _inject(self, fault: Fault, exchange: Exchange) -> None:
        """Answer with a fault, before or after the service has handled the request."""
        if fault.kind == "delay" and fault.when == "before":
            if await exchange.wait(fault.seconds):
                await self.app(exchange.scope, exchange.receive, exchange.send)
            return

        answer: list[Message] = []
        if fault.when == "after":

            async def keep(message: Message) -> None:
                answer.append(message)

            await self.app(exchange.scope, exchange.receive, keep)

        if fault.kind == "delay":
            if await exchange.wait(fault.seconds):
                for message in answer:
                    await exchange.send(message)
        elif fault.kind == "reset":
            exchange.record(None)
            await transport.reset(exchange.scope, exchange.client_receive)
        elif fault.kind == "truncate":
            await exchange.truncate(fault, b"".join(message.get("body", b"") for message in answer))
        elif fault.kind == "drip":
            await exchange.drip(fault)
        elif fault.kind in ("flood", "bomb"):
            await exchange.flood(fault)
        else:
            await _fault_response(fault)(exchange.scope, exchange.receive, exchange.send)


class Exchange:
    """One request and its answer, as they pass through the gateway."""

    def __init__(self, emulator: Emulator, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        self.emulator, self.scope, self.body = emulator, scope, body
        self.fault: Fault | None = scope["state"]["fault"]
        self.client_receive, self._send = receive, send
        self._cancelled = emulator.cancelled
        self._unread = True
        self._id = str(uuid.uuid4())
        self._time, self._started = emulator.clock.time(), time.perf_counter()

    async def wait(self, seconds: float) -> bool:
        """Wait so many real seconds. Returns False, with the connection reset, if the emulator is reset meanwhile."""
        if not seconds:
            return True
        try:
            await asyncio.wait_for(self._cancelled.wait(), seconds)
        except asyncio.TimeoutError:
            return True
        await transport.reset(self.scope, self.client_receive)
        return False

    async def receive(self) -> Message:
        """The body of the request, which was read before; after that, the next message of the client."""
        if self._unread:
            self._unread = False
            return {"type": "http.request", "body": self.body, "more_body": False}
        return await self.client_receive()

    async def send(self, message: Message) -> None:
        """Send a part of the answer. Before the first part, record the request and open or close listeners."""
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message)["X-Request-Id"] = self._id
            self.record(message["status"])
            self.emulator.sync_listeners()
            await asyncio.sleep(0)  # listeners close in this turn of the event loop
        await self._send(message)

    async def truncate(self, fault: Fault, answer: bytes) -> None:
        """Send half of a body, that of ``fault`` or else ``answer``, and close the connection."""
        status = fault.status or 200
        body = fault.body.encode() if fault.body else answer or b'{"message": "this is where it ends"}'
        head = (
            f"HTTP/1.1 {status} \r\ncontent-type: {fault.content_type}\r\n"
            f"content-length: {len(body) + 1}\r\nx-request-id: {self._id}"
        )
        self.record(status)
        await transport.send_part(self.scope, self.client_receive, head.encode(), body[: len(body) // 2])

    async def drip(self, fault: Fault) -> None:
        """Send a byte every ``fault.seconds``, until the client disconnects or the emulator is reset."""
        await self._begin(fault, {})
        disconnected = asyncio.ensure_future(self.client_receive())
        cancelled = asyncio.ensure_future(self._cancelled.wait())
        for _byte in range(transport.MAX_MESSAGES):
            await self.send({"type": "http.response.body", "body": b" ", "more_body": True})
            await asyncio.wait((disconnected, cancelled), timeout=fault.seconds, return_when=asyncio.FIRST_COMPLETED)
            if disconnected.done() or cancelled.done():
                break
        disconnected.cancel()
        cancelled.cancel()
        await transport.reset(self.scope, self.client_receive)

    async def flood(self, fault: Fault) -> None:
        """Send a body of ``fault.size`` blanks, compressed for a ``bomb``."""
        piece, compress = b" " * (1024 * 1024), fault.kind == "bomb"
        compressor = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
        await self._begin(fault, {"content-encoding": "gzip"} if compress else {})
        for begin in range(0, fault.size, len(piece)):
            part = piece[: fault.size - begin]
            body = compressor.compress(part) if compress else part
            await self.send({"type": "http.response.body", "body": body, "more_body": True})
        await self.send({"type": "http.response.body", "body": compressor.flush() if compress else b""})

    async def _begin(self, fault: Fault, headers: dict[str, str]) -> None:
        lines = {"content-type": fault.content_type, **headers, **fault.headers}
        encoded = [(name.encode(), value.encode()) for name, value in lines.items()]
        await self.send({"type": "http.response.start", "status": fault.status or 200, "headers": encoded})

    def record(self, status: int | None) -> None:
        """Write the request into the journal."""
        headers = Headers(scope=self.scope)
        endpoint = routing.find_target(self.emulator, self.scope)
        self.emulator.journal.append(
            JournalEntry(
                method=self.scope["method"],
                path=self.scope["path"],
                query=parse_qs(self.scope["query_string"].decode("latin-1"), keep_blank_values=True),
                body=readable(self.body),
                status=status,
                request_id=self._id,
                client=self.scope["client"][0],
                user_agent=headers.get("user-agent", ""),
                time=self._time,
                endpoint=endpoint.endpoint.id if endpoint else None,
                duration=time.perf_counter() - self._started,
                fault=self.fault.kind if self.fault else None,
            )
        )


def _unmet_condition(emulator: Emulator, scope: Scope) -> Response | None:
    """The answer, 403, to a key that may not be used from the client's address; None if nothing is against it.

    As with IAM, a condition knows public addresses only, so that it is never met on a private endpoint, and an endpoint
    that needs no key ignores it.
    """
    headers = Headers(scope=scope)
    token = headers.get("x-auth-token") or headers.get("authorization", "").partition(" ")[2].strip()
    ranges = emulator.config.key_conditions.get(token)
    if ranges is None:
        return None
    target = routing.find_target(emulator, scope)
    if target is not None and target.endpoint.disable_auth:
        return None
    is_private = target is not None and target.endpoint.private_network_id is not None
    source = ipaddress.ip_address(scope["client"][0])
    if not is_private and any(source in each for each in ranges):
        return None
    if routing.root_path(scope) is not None:
        return insufficient_permissions().response
    resource = scope["path"].partition("/regions/")[2].partition("/")[2].partition("/")[0].removesuffix("s")
    action = "read" if scope["method"] in ("GET", "HEAD") else "write"
    denied = permissions_denied(resource.replace("-", "_") or "resource", action)
    return JSONResponse(denied.body, denied.status)


def _fault_response(fault: Fault) -> Response:
    """The answer for a fault of the kind ``status`` or ``garbage``."""
    if fault.kind == "garbage":
        status, body = fault.status or 200, "<html>this isn't what you asked for</html>"
    else:
        kind = {"type": fault.type} if fault.type else {}
        status, body = fault.status or 500, json.dumps({"message": fault.message, **kind})
    content = body if fault.body is None else fault.body
    return Response(content, status, headers=fault.headers, media_type=fault.content_type)


async def _read(receive: Receive) -> bytes:
    """The whole body of a request."""
    chunks = []
    for _message in range(transport.MAX_MESSAGES):
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(chunks)
