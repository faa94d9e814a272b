# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: deployment_certificate_info
short_description: Read the certificate authority of a deployment's private endpoints
version_added: 0.1.0
description:
  - Reads the certificate that clients need to verify a deployment's private endpoints.
  - Fails if the deployment has no private endpoint, as public ones are signed by authorities that every system knows.
author:
  - The scaleway.inference contributors (@scaleway)
requirements:
  - cryptography 3.1 or newer, which ansible-core brings to the controller
extends_documentation_fragment:
  - scaleway.inference.api
  - scaleway.inference.attributes
  - scaleway.inference.attributes.reads
options:
  deployment:
    description:
      - The name or the ID of the deployment; the ID is tried first. By its name it is found in the project.
    type: str
    required: true
seealso:
  - module: scaleway.inference.endpoint
"""

EXAMPLES = r"""
- name: Read the certificate
  scaleway.inference.deployment_certificate_info:
    deployment: support-chat
  register: authority

- name: Give it to an application
  ansible.builtin.copy:
    content: "{{ authority.certificate.pem }}"
    dest: /etc/support/inference-ca.pem
    mode: "0644"
"""

RETURN = r"""
certificate:
  description: The certificate. In check mode all fields are null where there is no private endpoint yet.
  returned: success
  type: dict
  contains:
    name:
      description: The name of the file, as the service gives it.
      type: str
      sample: ca.pem
    content_type:
      description: The type of the file, as the service gives it.
      type: str
      sample: application/x-pem-file
    pem:
      description: The certificate itself, PEM.
      type: str
      sample: "-----BEGIN CERTIFICATE-----..."
    subject:
      description: Whose certificate it is, RFC 4514.
      type: str
      sample: CN=20043a05-db6e-4ef5-bec6-40089e6d13d0
    issuer:
      description: Who signed it, RFC 4514.
      type: str
      sample: CN=20043a05-db6e-4ef5-bec6-40089e6d13d0
    not_before:
      description: When it begins to be valid, RFC 3339.
      type: str
      sample: "2026-01-01T00:00:00Z"
    not_after:
      description: When it ceases to be valid, RFC 3339.
      type: str
      sample: "2036-01-01T00:00:00Z"
    sha256_fingerprint:
      description: The SHA-256 fingerprint, bytes in hexadecimal with colons between.
      type: str
      sample: "A9:4A:8F:E5:CC:B1:9B:A6:1C:4C:08:73:D3:91:E9:87:98:2F:BB:D3:00:11:22:33:44:55:66:77:88:99:AA:BB"
deployment:
  description:
    - The deployment as last seen, with the fields of RV(scaleway.inference.deployment#module:deployment).
    - Null if none was found, or it is gone.
  returned: on failure
  type: dict
  sample: {"id": "20043a05-db6e-4ef5-bec6-40089e6d13d0", "name": "support-chat", "status": "error"}
error:
  description:
    - The facts of the failure, if the service or the network caused it.
    - Besides these, the fields that the service gave, such as C(details), C(resource) and C(resource_id).
  returned: on such failures
  type: dict
  contains:
    route:
      description: The request that failed.
      type: str
      sample: POST /deployments
    status:
      description: The HTTP status.
      type: int
      sample: 403
    type:
      description: The kind of error, as the service names it.
      type: str
      sample: quotas_exceeded
    request_id:
      description: The ID of the request, which Scaleway's support asks for.
      type: str
      sample: 82b7e8cf-68cc-4f10-9168-87fc8f021e86
    message:
      description: The service's own words.
      type: str
      sample: quota exceeded
"""

from ..module_utils._module import run_module
from ..module_utils._tasks.deployment_certificate_info import TASK


def main() -> None:
    run_module(TASK)


if __name__ == "__main__":
    main()
