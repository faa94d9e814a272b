# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: inference
short_description: Models, node types and deployments of Scaleway Managed Inference as hosts
version_added: 0.1.0
description:
  - Every model, every type of GPU node and every deployment becomes a host, with its facts as variables, in groups to
    choose from.
  - The inventory file's name must end in C(scaleway_inference.yml) or C(scaleway_inference.yaml).
  - The hosts stand for things of the service, not for machines, so they have C(ansible_connection=local) and the
    controller's own Python. A play over them works at once.
  - It only reads, writes no file unless O(cache) is set with a plugin that does, and asks no question.
author:
  - The scaleway.inference contributors (@scaleway)
extends_documentation_fragment:
  - scaleway.inference.api
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: What marks the file as one for this plugin.
    type: str
    required: true
    choices: [scaleway.inference.inference]
  resources:
    description:
      - What becomes hosts; an empty list is the same as all. An empty text or null is an error.
      - Models are read for V(node_types) too, as these tell which models they run.
    type: list
    elements: str
    choices: [models, node_types, deployments]
    default: [models, node_types, deployments]
  regions:
    description:
      - The regions to read, all at once.
      - If there is none, it is the one of O(region).
      - If there are more than one, the name of every host ends with C(@) and its region, unless O(hostnames) says
        otherwise.
    type: list
    elements: str
    default: []
  filters:
    description:
      - Which of the resources become hosts. What isn't named is not asked for.
      - An empty filter, such as a template makes of a variable that isn't set, is an error - it would let every host
        in.
      - Of models, only those of the catalog and of the project are there, if a project is set; of deployments, only
        those of the project.
    type: dict
    default: {}
    suboptions:
      tags:
        description:
          - Models and deployments that have all of these. Node types have no tags, and stay.
          - Of a model, a tag that means one of its C(capabilities) stands for all its spellings.
        type: list
        elements: str
      name:
        description:
          - Resources of any kind whose name in the service matches one of these patterns as a whole, in the same case.
          - V(*) stands for any characters, V(?) for one, V([ab]) for one of several.
        type: list
        elements: str
      model_status:
        description: Models in one of these statuses. Needs O(api_version=v1).
        type: list
        elements: str
        choices: [preparing, downloading, ready, error]
      statuses:
        description: Deployments in one of these statuses.
        type: list
        elements: str
        choices: [creating, deploying, scaling, ready, error, locked, deleting, unknown_status]
      include_disabled:
        description: Whether node types that the service has disabled are there too.
        type: bool
        default: false
  with_acls:
    description:
      - Whether the access rules of each deployment are read, with a request for each. Needs O(api_version=v1beta1).
      - Without it, only the rules of deployments that ask for no key on a public endpoint are read, to tell which of
        them are open to anyone.
    type: bool
    default: false
  private_ips:
    description:
      - Whether the addresses of private endpoints are read, with one list for each project from Scaleway's IPAM, and
        one for each private network of a deployment that has several of them. They are in C(private_ips) of each
        endpoint.
      - The key needs the permission set C(IPAMReadOnly) for that; without it, there is a warning.
    type: bool
    default: false
    version_added: 0.1.0
  strict_api:
    description:
      - Whether it is an error if one of the lists can't be read.
      - If V(false), what can't be read is missing, with a warning, and is not kept in the cache. If nothing can be
        read, it is an error nonetheless, as are options that can't be used.
    type: bool
    default: true
  hostnames:
    description:
      - What hosts are called, the best first. The first that gives a text is taken; if none does, it is the name of
        the resource.
      - A field such as V(name), V(id) or V(model); O(hostvars_prefix) is not part of it.
      - Or a template such as V({{ scaleway_name }}-{{ scaleway_region }}), which sees the variables as hosts have them.
      - Whatever the name, all but letters, digits, dots, underscores and dashes are replaced with dashes.
      - Hosts that would have the same name, or that of a group or of another source's host, all get C(@) and
        the first of these that tells them apart - the kind, the region, the beginning of the ID.
    type: list
    elements: str
    default: []
  hostvars_prefix:
    description:
      - What the names of all variables from the service begin with.
      - Without one, C(name) and C(tags) are among them, which Ansible warns of, as they are words of its own.
    type: str
    default: scaleway_
notes:
  - The key needs the IAM permission set C(GenerativeApisModelAccess), whose older name is C(InferenceReadOnly), or
    C(GenerativeApisFullAccess), whose older name is C(InferenceFullAccess). Whether the first one may list deployments
    wasn't tried under its new name.
  - Groups are V(models), V(node_types) and V(deployments); for models, C(provider_…), C(tag_…), and C(fits_…) with a
    node type; for node types C(stock_…); for deployments C(status_…), C(model_…), C(node_type_…), and V(public_open)
    for those that anyone can call, as they have a public endpoint without authentication, and no access rules. What
    no group may be called is replaced with underscores.
  - Rules that aren't known count as none, in V(public_open). With O(api_version=v1) none are.
  - Variables are the fields of RV(scaleway.inference.model_info#module:models),
    RV(scaleway.inference.node_type_info#module:node_types) and
    RV(scaleway.inference.deployment_info#module:deployments), and C(kind). Node types have C(models) besides, the names
    of the models that they run, filtered or not; deployments have C(rules) and C(public_open).
  - What is null is no variable, nor a part of one, as formats such as TOML have no null. Templates say what they take
    instead, as in V(scaleway_url | default('')), or ask V(scaleway_url is defined); with O(strict=true) they fail
    otherwise.
  - A resource that the service tells wrongly is there with what could be read. One without an ID, or a node type
    without a name, is left out with a warning.
  - What the service says is never taken for a template.
  - All options but O(hostnames), O(compose), O(groups) and O(keyed_groups), which are templates for each host, may be
    templates, and may be vaulted.
  - An empty text or null is an option that isn't given, but for O(resources) and O(filters), where it is an error, and
    for O(hostvars_prefix), where an empty text is no prefix.
seealso:
  - module: scaleway.inference.deployment
  - module: scaleway.inference.model_info
  - module: scaleway.inference.node_type_info
  - module: scaleway.inference.deployment_info
"""

EXAMPLES = r"""
# The least: everything that SCW_SECRET_KEY and the other variables of Scaleway's tools, or the file of scw, lead to.
---
plugin: scaleway.inference.inference

# Deployments of two regions with their rules, kept for ten minutes; the key could as well be a vaulted value.
---
plugin: scaleway.inference.inference
secret_key: "{{ lookup('ansible.builtin.env', 'SCW_SECRET_KEY') }}"
resources: [deployments]
regions: [fr-par, nl-ams]
filters:
  statuses: [ready]
with_acls: true
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/scaleway_inference
cache_timeout: 600

# Groups and variables of your own.
---
plugin: scaleway.inference.inference
resources: [models, deployments]
filters:
  name: ["mistral/*", "chat-*"]
hostnames:
  - "{{ scaleway_model }}.{{ scaleway_name }}"
  - name
compose:
  size_gib: scaleway_size_bytes / 2 ** 30
groups:
  wide: scaleway_min_size | default(0) > 1
keyed_groups:
  - key: scaleway_tags
    prefix: labelled
strict: false
"""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.release import __version__ as core_version

from ..module_utils._client.errors import InferenceError
from ..module_utils._client.files import NotReadable, read_file
from ..module_utils._client.redaction import visible, visible_line
from ..module_utils._client.settings import UNVERIFIED_WARNING
from ..module_utils._client.transport import REQUESTS_IMPORT_ERROR
from ..module_utils._client.user_agent import user_agent
from ..module_utils._options.checks import task_redactor
from ..module_utils._options.shape import shown_message, shown_text
from ..module_utils._options.shared import API_OPTIONS
from ..plugin_utils._inventory.cache import cache_key, dump, load
from ..plugin_utils._inventory.facts import FIELDS, Facts, without_nulls
from ..plugin_utils._inventory.groups import ALWAYS, groups_of
from ..plugin_utils._inventory.names import host_names
from ..plugin_utils._inventory.options import check_ranges, resolve_options
from ..plugin_utils._inventory.query import Query, make_query
from ..plugin_utils._inventory.read import Resources, read_resources
from ..plugin_utils._inventory.templates import mark_trusted, mark_untrusted

Variables = dict[str, Any]

FILES = ("scaleway_inference.yml", "scaleway_inference.yaml")
# In bytes. A larger file is an inventory of hosts; Ansible shows each of those to every plugin.
MAX_SOURCE_SIZE = 64 * 1024
# The same as for the implicit localhost. The interpreter is a template, so it is right on a machine that imports the
# exported inventory.
CONNECTION = {
    "ansible_connection": mark_trusted("local"),
    "ansible_python_interpreter": mark_trusted("{{ ansible_playbook_python }}"),
}


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "scaleway.inference.inference"

    def verify_file(self, path: str) -> bool:
        if not super().verify_file(path):
            return False
        if not path.endswith(FILES):
            self._explain_file_name(path)
            return False
        return True

    def _explain_file_name(self, path: str) -> None:
        """Warn of a file that is meant for this plugin, as Ansible would only say that nobody can read it."""
        if not path.endswith((".yml", ".yaml")):
            return
        try:
            text = read_file(path, MAX_SOURCE_SIZE).decode("utf-8")
        except (OSError, ValueError, NotReadable):
            return  # it is none of ours, or Ansible tells of it
        if re.search(rf"^plugin:\s*['\"]?{re.escape(self.NAME)}\b", text, re.MULTILINE):
            self.display.warning(
                f"{path} is not read by its plugin {self.NAME}, since its name doesn't end in {' or '.join(FILES)}; "
                "rename it"
            )

    def set_options(self, task_keys: Any = None, var_options: Any = None, direct: Any = None) -> None:
        if direct is not None:
            self.templar.available_variables = self._vars
            direct = resolve_options(direct, self.option_definitions, self.templar)
        try:
            super().set_options(task_keys=task_keys, var_options=var_options, direct=direct)
        except AnsibleError as error:
            # It repeats the value, however long that is.
            raise AnsibleParserError(shown_message(str(error))) from None
        check_ranges(self.get_options())

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        if REQUESTS_IMPORT_ERROR is not None:
            raise AnsibleParserError(missing_required_lib("requests"))
        self._read_config_data(path)
        if not re.fullmatch(r"([A-Za-z_][A-Za-z0-9_]*)?", self.get_option("hostvars_prefix")):
            raise AnsibleParserError(
                f"hostvars_prefix: no variable's name begins with '{shown_text(self.get_option('hostvars_prefix'))}'; "
                "use letters, digits and underscores"
            )
        self._redactor = task_redactor(API_OPTIONS, self.get_options(), os.environ)
        try:
            query = make_query(self.get_options(), os.environ)
            self._redactor.add(query.regions[0].secrets())
            facts = (
                self._from_cache(query, path, may_read=cache) if self.get_option("cache") else self._read(query).facts
            )
        except InferenceError as error:
            raise AnsibleParserError(visible(self._redactor.text(str(error)))) from None
        except Exception as error:  # a fault of the collection, whose text may quote what it met
            self._redactor.check_exception(error)
            raise
        self._populate(facts, query)

    # Reading

    def _from_cache(self, query: Query, path: str, *, may_read: bool) -> list[Facts]:
        """The facts from the cache, else from the service. New ones go to the cache, which Ansible writes later."""
        key = f"{self.get_cache_key(path)}_{cache_key(query)}"
        cached = self._cached(key) if may_read else None
        if cached is not None:
            return cached
        found = self._read(query)
        if not found.problems:
            self._cache[key] = dump(found.facts)
        return found.facts

    def _cached(self, key: str) -> list[Facts] | None:
        try:
            entry = self._cache[key]
        except KeyError:
            return None
        except Exception as error:  # each cache plugin raises its own errors for a broken entry
            self.display.vvv(f"{self.NAME}: reading again, as the cache entry {key} can't be read: {error}")
            return None
        cached = load(entry)
        if cached is None:
            self.display.vvv(f"{self.NAME}: reading again, as the cache entry {key} isn't one of this version's")
        return cached

    def _read(self, query: Query) -> Resources:
        if not query.regions[0].validate_certs:
            self.display.warning(UNVERIFIED_WARNING)
        found = read_resources(query, user_agent(core_version))
        for problem in found.problems:
            self.display.warning(visible_line(self._redactor.text(problem)))
        return replace(found, facts=[self._redactor.fields(one) for one in found.facts])

    # Filling the inventory

    def _populate(self, resources: Sequence[Facts], query: Query) -> None:
        inventory = self.inventory
        groups = self._add_groups(resources, query)
        variables = [self._variables(facts) for facts in resources]
        names = self._names(resources, variables, query)
        for name, own, facts in zip(names, variables, resources, strict=True):
            inventory.add_host(name)
            for key, value in own.items():
                inventory.set_variable(name, key, value)
            for group in groups_of(facts):
                inventory.add_child(groups[group], name)
        self._construct(names)

    def _add_groups(self, resources: Sequence[Facts], query: Query) -> dict[str, str]:
        """Add all groups, before any host, as no host may have the name of one. Returns safe names by original ones."""
        names = dict.fromkeys(group for resource in query.resources for group in ALWAYS[resource])
        names.update(dict.fromkeys(group for facts in resources for group in groups_of(facts)))
        return {group: self.inventory.add_group(self._sanitize_group_name(group)) for group in names}

    def _variables(self, facts: Facts) -> Variables:
        prefix = self.get_option("hostvars_prefix")
        known = without_nulls(facts)
        return {**{f"{prefix}{key}": mark_untrusted(value) for key, value in known.items()}, **CONNECTION}

    def _names(self, resources: Sequence[Facts], variables: Sequence[Variables], query: Query) -> list[str]:
        hostnames = self.get_option("hostnames")
        for one in hostnames:
            if not isinstance(one, str) or (one not in FIELDS and "{{" not in one):
                raise AnsibleParserError(
                    f"hostnames: '{shown_text(one)}' is neither a template nor a field; fields are "
                    f"{', '.join(sorted(FIELDS))}"
                )
        desired = [
            (facts, self._desired_name(hostnames, facts, own)) for facts, own in zip(resources, variables, strict=True)
        ]
        taken = {*self.inventory.hosts, *self.inventory.groups, *constants.LOCALHOST}
        return host_names(desired, taken, region=not hostnames and len(query.regions) > 1)

    def _desired_name(self, hostnames: Sequence[str], facts: Facts, variables: Variables) -> str:
        for one in hostnames:
            value = facts.get(one) if one in FIELDS else self._templated_name(one, facts, variables)
            if isinstance(value, str) and value:
                return value
        return str(facts["name"] or "")

    def _templated_name(self, hostname: str, facts: Facts, variables: Variables) -> str | None:
        self.templar.available_variables = variables
        try:
            return str(self.templar.template(hostname))
        except Exception as error:  # templates can fail with any exception
            if self.get_option("strict"):
                raise AnsibleParserError(
                    f"hostnames: '{hostname}' can't be resolved for {facts['kind']} "
                    f"{facts['name'] or facts['id']}: {error}"
                ) from None
            return None

    def _construct(self, names: Sequence[str]) -> None:
        """Apply compose, groups and keyed_groups. Variables come first: a composed group may get the name of a host."""
        strict, compose = self.get_option("strict"), self.get_option("compose")
        groups, keyed_groups = self.get_option("groups"), self.get_option("keyed_groups")
        for name in names if compose else ():
            self._set_composite_vars(compose, self.inventory.get_host(name).get_vars(), name, strict=strict)
        for name in names if groups or keyed_groups else ():
            variables = self.inventory.get_host(name).get_vars()
            self._add_host_to_composed_groups(groups, variables, name, strict=strict, fetch_hostvars=False)
            self._add_host_to_keyed_groups(keyed_groups, variables, name, strict=strict, fetch_hostvars=False)
