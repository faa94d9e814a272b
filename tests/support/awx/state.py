# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stand-in holds: objects, what is attached to them, and surveys. It refuses what AWX refuses."""

from __future__ import annotations

import re
from typing import Any

from .fields import ATTACHED, CREATED, FIELDS, SURVEYED, TYPES, UNIQUE
from .surveys import accept, errors_of_survey, is_a

Json = dict[str, Any]

KINDS = {"boolean": bool, "integer": int}


class Refused(Exception):
    """A request that AWX would refuse, with its status."""

    def __init__(self, status: int, **body: Any) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


class Awx:
    """The state of the server.

    ``synchronizes``: whether the first update of a project finds its repository.
    """

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, Json]] = {name: {} for name in FIELDS}
        self.attached: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[tuple[str, int], Json] = {}
        self.url = ""
        self.synchronizes = True
        self._unsynchronized: set[int] = set()
        self._updated_sources: set[int] = set()
        self.save("organizations", {"name": "Default"})

    def id_of(self, resource: str, name: str) -> int:
        """The ID of the only object with this name, or (a node of a workflow) with this identifier."""
        objects = self.objects[resource].items()
        (found,) = (number for number, one in objects if name in (one.get("name"), one.get("identifier")))
        return found

    def named(self, resource: str, name: str) -> Json:
        return self.objects[resource][self.id_of(resource, name)]

    def survey_of(self, resource: str, number: int) -> Json:
        return self.surveys.get((resource, number), {})

    def synchronize(self, project: str) -> None:
        """Update a project, as by its button in AWX."""
        self._unsynchronized.discard(self.id_of("projects", project))

    def synchronized(self, project: int | None) -> bool:
        return project not in self._unsynchronized

    def update_source(self, name: str) -> None:
        """Note a first update of an inventory source. AWX no longer tells then where its credentials are."""
        self._updated_sources.add(self.id_of("inventory_sources", name))

    def save(self, resource: str, body: Json, number: int | None = None) -> Json:
        """Create an object, or replace the fields of the one with this ID."""
        fields, old = FIELDS[resource], self.objects[resource].get(number or 0)
        wrong: Json = {
            name: "This field is required."
            for name, field in fields.items()
            if field.required and not body.get(name) and not (old and field.fixed)
        }
        new = dict(old or {})
        for name, field in fields.items():
            if old and field.fixed:
                continue
            if name in body:
                new[name] = body[name]
            elif field.kind != "id" or not old:
                new[name] = field.default
        wrong |= self._wrong_types(resource, new) or self._refused(resource, new, old, number)
        if wrong:
            raise Refused(403 if "detail" in wrong else 400, **wrong)
        number = number or sum(map(len, self.objects.values())) + 1
        self.objects[resource][number] = new
        if resource == "inventory_sources":
            attached = new.pop("credential")
            self.attached[resource, number, "credentials"] = [] if attached is None else [attached]
        if resource == "projects" and not old and not self.synchronizes:
            self._unsynchronized.add(number)
        return self.shown(resource, number)

    def save_survey(self, resource: str, number: int, survey: Json) -> None:
        wrong = errors_of_survey(survey)
        if wrong:
            raise Refused(400, error=wrong)
        self.surveys[resource, number] = survey

    def shown(self, resource: str, number: int) -> Json:
        """The object as an answer shows it."""
        if number not in self.objects[resource]:
            raise Refused(404, detail="Not found.")
        one, url = dict(self.objects[resource][number]), f"/api/v2/{resource}/{number}/"
        if resource == "inventory_sources":
            one["credential"] = next(iter(self.attached[resource, number, "credentials"]), None)
        if resource == "credentials":
            one["inputs"] = self._without_secrets(one)
        related = {
            name: f"/api/v2/{field.target}/{one[name]}/"
            for name, field in FIELDS[resource].items()
            if field.target and one[name]
        }
        if resource == "job_templates" and one["project"]:
            owner = self.objects["projects"][one["project"]]["organization"]
            related["organization"] = f"/api/v2/organizations/{owner}/"
        below = [*ATTACHED.get(resource, ()), *CREATED.get(resource, ())]
        if resource == "inventory_sources" and number in self._updated_sources:
            below.remove("credentials")
        below += ["survey_spec"] if resource in SURVEYED else []
        related |= {name: f"{url}{name}/" for name in below}
        kind = TYPES.get(resource, resource.removesuffix("s"))
        status = "successful" if resource != "projects" or self.synchronized(number) else "failed"
        return {**one, "id": number, "type": kind, "url": url, "related": related, "status": status}

    def _wrong_types(self, resource: str, new: Json) -> Json:
        wrong = {}
        for name, field in FIELDS[resource].items():
            value = new[name]
            if field.target and value is not None and value not in self.objects[field.target]:
                wrong[name] = f"no such object: {value}"
            elif not field.target and not is_a(value, KINDS.get(field.kind, object)):
                wrong[name] = f"not of the type {field.kind}"
        return wrong

    def _refused(self, resource: str, new: Json, old: Json | None, number: int | None) -> Json:
        unique = UNIQUE.get(resource, ())
        for other, one in self.objects[resource].items():
            if unique and other != number and all(one[name] == new[name] for name in unique):
                return {"__all__": f"{resource} with this {' and '.join(unique)} already exists."}
        if resource == "credentials":
            return self._wrong_inputs(new)
        used = [one["credential_type"] for one in self.objects["credentials"].values()]
        if resource == "credential_types" and old and number in used and old["inputs"] != new["inputs"]:
            return {"detail": "Modifications to inputs are not allowed for credential types that are in use"}
        if resource == "inventory_sources" and new["source"] == "scm" and not new["source_project"]:
            return {"source_project": "Project required for scm type sources."}
        if resource == "job_templates" and new["playbook"] and not self.synchronized(new["project"]):
            return {"playbook": "Playbook not found for project."}
        if resource in ("schedules", "workflow_job_template_nodes"):
            return self._wrong_saved_launch(resource, new)
        return {}

    def _wrong_saved_launch(self, resource: str, new: Json) -> Json:
        """What a saved launch gives must be what the template takes at that moment.

        A node may leave required questions open, as its workflow may answer them. Nobody answers a schedule's.
        """
        wrong: Json = {}
        target = new["unified_job_template"]
        if target is not None:
            template, survey = self.objects["job_templates"][target], self.survey_of("job_templates", target)
            _accepted, wrong = accept(template, survey, new["extra_data"], require=resource == "schedules")
            if "extra_vars" in wrong:
                wrong["extra_data"] = wrong.pop("extra_vars")
        # The rules that AWX has for rules: a start with a time zone, and one rule at least that names its interval.
        if resource == "schedules" and not re.fullmatch(
            r"DTSTART(;TZID=[\w/+-]+:\d{8}T\d{6}|:\d{8}T\d{6}Z)( RRULE:(?=\S*INTERVAL=)\S+)+", new["rrule"]
        ):
            wrong["rrule"] = "Valid DTSTART and RRULE with INTERVAL required in rrule."
        return wrong

    def _wrong_inputs(self, credential: Json) -> Json:
        fields = self._inputs_of(credential)
        for name, value in credential["inputs"].items():
            if name not in fields or (value and value not in fields[name].get("choices", [value])):
                return {"inputs": f"not as its type says: {name}"}
        return {}

    def _without_secrets(self, credential: Json) -> Json:
        fields = self._inputs_of(credential)
        return {
            name: "$encrypted$" if fields[name].get("secret") else value for name, value in credential["inputs"].items()
        }

    def _inputs_of(self, credential: Json) -> dict[str, Json]:
        inputs = self.objects["credential_types"][credential["credential_type"]]["inputs"]
        return {field["id"]: field for field in inputs.get("fields", [])}
