# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation of the options that all modules share: credentials, project, region, version, time limits."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  secret_key:
    description:
      - The secret key of a Scaleway API key.
      - If not set, it is taken from the environment variable E(SCW_SECRET_KEY), then from the profile, then from the
        top level of O(config_file).
      - It is sent only to the service, and shown nowhere, be it URL-quoted, JSON-escaped or in base64.
    type: str
  access_key:
    description:
      - The access key that belongs to O(secret_key). The service doesn't need it; it is accepted so that a pair of keys
        can be passed on as it is.
      - If not set, it is taken from E(SCW_ACCESS_KEY) or O(config_file).
    type: str
  project_id:
    description:
      - The ID of the project that deployments are found in by name, and created in.
      - If not set, it is taken from E(SCW_DEFAULT_PROJECT_ID), from E(SCW_PROJECT_ID), or from C(default_project_id) in
        O(config_file).
    type: str
  organization_id:
    description:
      - The ID of an organization, for the lists that can be limited to one.
      - If not set, it is taken from E(SCW_DEFAULT_ORGANIZATION_ID) or from C(default_organization_id) in
        O(config_file).
    type: str
  region:
    description:
      - The region to act in. The service is known to be in V(fr-par). Any other is tried, too.
      - If not set, it is taken from E(SCW_DEFAULT_REGION) or from C(default_region) in O(config_file), and is V(fr-par)
        otherwise.
    type: str
  api_url:
    description:
      - Where the service is. Plain V(http://) is refused, except to this machine.
      - If not set, it is taken from E(SCW_API_URL) or from C(api_url) in O(config_file), and is
        V(https://api.scaleway.com) otherwise.
    type: str
  api_version:
    description:
      - The version of the service's API. V(v1beta1) has access rules and licence texts, V(v1) has quantization, changes
        of the model in place, and imports of models.
      - If not set, it is taken from E(SCW_INFERENCE_API_VERSION), and is V(v1beta1) otherwise.
    type: str
    choices: [v1beta1, v1]
  profile:
    description:
      - The profile of O(config_file) to use.
      - If not set, it is taken from E(SCW_PROFILE) or from C(active_profile) in O(config_file). Without any, only the
        top level of the file counts.
      - V(default) is always only the top level of the file, even if the file has a profile of that name, as for
        Scaleway's Go tools.
    type: str
  config_file:
    description:
      - The configuration file that Scaleway's tools share.
      - If not set, it is taken from E(SCW_CONFIG_PATH), and is C($XDG_CONFIG_HOME/scw/config.yaml) or
        C(~/.config/scw/config.yaml) otherwise, or C(config.yml) there if that is missing.
      - Options win over the environment, and the environment over the file.
    type: path
  api_timeout:
    description:
      - How many seconds one request may take in all, from connecting to the last byte of its answer; above 0, at most
        86400. The time to connect is at most 10 seconds of it.
      - An answer may have 32 MiB, unpacked, and a list 1000 pages.
    type: float
    default: 30.0
  api_retries:
    description:
      - How many times a request is sent again after a failure that may pass, with growing pauses between.
      - A request that creates something is sent again only if it surely had no effect.
      - From 0 to 100.
    type: int
    default: 5
  validate_certs:
    description:
      - Whether the service's certificate is verified. Setting it to V(false) warns, as the secret key can be read then.
      - If not set, it is the opposite of E(SCW_INSECURE) or of C(insecure) in O(config_file), and is V(true) otherwise.
    type: bool
  ca_path:
    description:
      - A file of PEM certificates, or a folder of them, that the service's certificate is verified by.
      - If not set, those of E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE) are used, to this machine too, or else those
        that C(requests) knows. E(SSL_CERT_FILE) isn't read.
    type: path
requirements:
  - Python 3.10 or newer
  - requests 2.28 or newer
notes:
  - Of tasks, O(secret_key), O(project_id), O(region), O(api_version) and O(profile) may also be variables of the play,
    such as C(scaleway_inference_secret_key). They count where neither the task nor C(module_defaults) say, and win over
    the environment. An inventory has no variables yet.
  - Since May 2026 Scaleway's own tools call the service "Generative APIs - Dedicated Deployment". It is the same one.
seealso:
  - name: Managed Inference API
    description: The API page of the service.
    link: https://www.scaleway.com/en/developers/api/managed-inference/
"""
