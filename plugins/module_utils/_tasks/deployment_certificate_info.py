# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task C(deployment_certificate_info): returns the authority that signs a deployment's private endpoints."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from .._client.errors import AnswerError, OptionError
from .._client.inference.resources import Deployment
from .._lookup.deployments import require_deployment
from .._options.normalize import is_predicted
from .._options.shared import Params
from .._task import Context, Outcome, TaskSpec

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    CRYPTOGRAPHY_IMPORT_ERROR: ImportError | None = None
except ImportError as _error:
    CRYPTOGRAPHY_IMPORT_ERROR = _error

_FIELDS = ("name", "content_type", "pem", "subject", "issuer", "not_before", "not_after", "sha256_fingerprint")


def run(context: Context, params: Params) -> Outcome:
    require_cryptography()
    deployment = require_deployment(context, params["deployment"])
    if deployment.endpoints is not None and all(endpoint.public for endpoint in deployment.endpoints):
        if context.check_mode:
            if not is_predicted(deployment):
                context.warn(
                    f"deployment '{deployment.label}' has no private endpoint yet: its certificate is predicted as if "
                    "an earlier task added one; without one, a real run fails"
                )
            return Outcome(results={"certificate": dict.fromkeys(_FIELDS)})
        raise OptionError(
            f"deployment '{deployment.label}' has no private endpoint, and so no certificate of its own; add one with "
            "scaleway.inference.endpoint and private_network_id. Public endpoints are signed by a known authority"
        )
    certificate = context.api.get_certificate(deployment.id)
    return Outcome(
        results={
            "certificate": {
                "name": certificate.name,
                "content_type": certificate.content_type,
                "pem": certificate.content,
                **_facts(certificate.content),
            }
        }
    )


def require_cryptography() -> None:
    """Raise OptionError unless the package that reads certificates can be imported where this task runs."""
    if CRYPTOGRAPHY_IMPORT_ERROR is not None:
        missing = missing_required_lib("cryptography", reason="to read the certificate of a private endpoint")
        raise OptionError(f"{missing}. Install it with: {sys.executable} -m pip install cryptography")


def _facts(pem: str) -> dict[str, Any]:
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode("ascii"))
        return {
            "subject": certificate.subject.rfc4514_string(),
            "issuer": certificate.issuer.rfc4514_string(),
            "not_before": _time(certificate, "not_valid_before"),
            "not_after": _time(certificate, "not_valid_after"),
            "sha256_fingerprint": certificate.fingerprint(hashes.SHA256()).hex(":").upper(),
        }
    except Exception as error:  # cryptography parses fields when they are read, and raises many types
        raise AnswerError(
            f"the deployment's certificate isn't a PEM file that can be read ({type(error).__name__}); contact "
            "Scaleway's support"
        ) from None


def _time(certificate: Any, field: str) -> str:
    # cryptography 42 added the names that end in _utc; a later version removes the others.
    moment: datetime = getattr(certificate, f"{field}_utc", None) or getattr(certificate, field).replace(
        tzinfo=timezone.utc
    )
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


TASK = TaskSpec(
    name="deployment_certificate_info",
    run=run,
    predictable={"deployment": ()},
    resource_type=Deployment,
    options={"deployment": {"type": "str", "required": True}},
)
