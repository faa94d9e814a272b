# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launches of job templates and workflows, by the rules of AWX's API, which are laxer and stricter than its forms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from jinja2.sandbox import ImmutableSandboxedEnvironment

from ansible_collections.scaleway.inference.tests.support.awx_variables import written

from .state import Awx, Json, Refused
from .surveys import accept, combined, read_variables
from .workflows import Graph, Node

WORKFLOW_NODES = "workflow_job_template_nodes"


@dataclass(frozen=True)
class Job:
    """How a job ended, what it wrote, and what it handed on by set_stats."""

    status: str
    stdout: str
    artifacts: Mapping[str, Any]


@dataclass(frozen=True)
class WorkflowRun:
    """How a workflow ended, and the jobs of its nodes that ran, by identifier, in their order."""

    status: str
    jobs: Mapping[str, Job]


@dataclass(frozen=True)
class Order:
    """What a job is to run. variables: by name; extra_vars: the file that has them, as AWX writes it."""

    template: str
    playbook: str
    check: bool
    variables: Mapping[str, Any]
    extra_vars: str
    environ: Mapping[str, str] = field(repr=False)


class Executor(Protocol):
    def __call__(self, order: Order) -> Job: ...


class Launcher:
    """Launches templates. ``execute`` runs what comes out of it."""

    def __init__(self, awx: Awx, execute: Executor) -> None:
        self._awx = awx
        self._execute = execute

    def launch(self, name: str, answers: Mapping[str, Any], *, job_type: str | None = None) -> Job:
        """Launch a job template. Raises Refused. What the template doesn't ask for is ignored."""
        number = self._awx.id_of("job_templates", name)
        template, survey = self._awx.objects["job_templates"][number], self._awx.survey_of("job_templates", number)
        accepted, errors = accept(template, survey, dict(answers))
        errors.pop("extra_vars", None)
        if not self._awx.synchronized(template["project"]):
            errors["playbook"] = "The last update of the project failed."
        if errors:
            raise Refused(400, **errors)
        return self._run(number, accepted, job_type if template["ask_job_type_on_launch"] else None)

    def launch_workflow(self, name: str, answers: Mapping[str, Any]) -> WorkflowRun:
        """Launch a workflow, and run its nodes. Raises Refused, also for variables that it doesn't ask for."""
        number = self._awx.id_of("workflow_job_templates", name)
        template, survey = self._awx.objects["workflow_job_templates"][number], self._survey(number)
        accepted, errors = accept(template, survey, dict(answers))
        if errors:
            raise Refused(400, **errors)
        given = combined(template, survey, accepted)
        graph = Graph(self._nodes(number))
        jobs: dict[str, Job] = {}
        while node := graph.next_to_run():
            job = self._run_node(node, graph, given)
            jobs[self._awx.objects[WORKFLOW_NODES][node.id]["identifier"]] = job
            node.status, node.artifacts = job.status, {**graph.artifacts_before(node), **job.artifacts}
        return WorkflowRun(graph.status, jobs)

    def _survey(self, number: int) -> Json:
        return self._awx.survey_of("workflow_job_templates", number)

    def _nodes(self, workflow: int) -> list[Node]:
        nodes = {
            number: Node(number, one["unified_job_template"], one["all_parents_must_converge"])
            for number, one in self._awx.objects[WORKFLOW_NODES].items()
            if one["workflow_job_template"] == workflow
        }
        for number, node in nodes.items():
            for kind, children in node.children.items():
                children += [nodes[one] for one in self._awx.attached.get((WORKFLOW_NODES, number, kind), [])]
        return list(nodes.values())

    def _run_node(self, node: Node, graph: Graph, given: Json) -> Job:
        assert node.template is not None
        template = self._awx.objects["job_templates"][node.template]
        saved = self._awx.objects[WORKFLOW_NODES][node.id]["extra_data"]
        survey = self._awx.survey_of("job_templates", node.template)
        own, _wrong = accept(template, survey, read_variables(saved), require=False)
        # The workflow's variables reach each node, whether it asks for them or not, and win over what is handed on.
        return self._run(node.template, {**own, **graph.artifacts_before(node), **given})

    def _run(self, number: int, given: Json, job_type: str | None = None) -> Job:
        template, survey = self._awx.objects["job_templates"][number], self._awx.survey_of("job_templates", number)
        variables = {**combined(template, survey, given), "awx_job_id": number, "tower_job_id": number}
        environ: dict[str, str] = {}
        for credential in self._awx.attached.get(("job_templates", number, "credentials"), []):
            environ |= self._injected(credential)
        order = Order(
            template["name"],
            template["playbook"],
            (job_type or template["job_type"]) == "check",
            variables,
            written(variables, read_variables(template["extra_vars"])),
            environ,
        )
        return self._execute(order)

    def _injected(self, number: int) -> dict[str, str]:
        """A credential's environment. Only what it holds is filled in: a field without a value is an empty text."""
        credential = self._awx.objects["credentials"][number]
        filled = {name: value for name, value in credential["inputs"].items() if value}
        injectors = self._awx.objects["credential_types"][credential["credential_type"]]["injectors"]
        sandbox = ImmutableSandboxedEnvironment()
        return {name: sandbox.from_string(text).render(filled) for name, text in injectors.get("env", {}).items()}
