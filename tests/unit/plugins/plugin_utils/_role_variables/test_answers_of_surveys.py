# Copyright (c) 2026, The scaleway.inference contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An answer of a survey in AWX, read by the running ansible-core, is the role's option exactly, or it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.release import __version__ as core_version
from ansible.template import Templar
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.specs import ENTRY_POINTS
from ansible_collections.scaleway.inference.plugins.plugin_utils._role_variables.values import (
    VariableError,
)
from ansible_collections.scaleway.inference.plugins.plugin_utils._variables import variable_values
from ansible_collections.scaleway.inference.tests.support.awx_variables import written
from ansible_collections.scaleway.inference.tests.support.role_variables import role_options

READS_ANSWERS = tuple(int(part) for part in core_version.split(".")[:2]) >= (2, 19)
DEPLOY = ENTRY_POINTS["deploy", "main"]
ANSWERS = (
    *("", "007", "1.10", "yes", "12:30", "1_000", "2026-01-01", "2026-01-01 10:00:00", "1e3", "~", "null"),
    *(".inf", ".nan", "0x1F", "=", "<<", "0b1", "on", "two\nlines", "- a", "{a: 1}", '{"a": 1}', "[1,2]"),
    *(
        "True",
        "No",
        "017",
        "+1",
        "1.",
        "2026-13-01",
        '"007"',
        "007 ",
        "{{ 7 }}",
        "#",
        "a: b",
        "!unsafe 7",
        "*a",
        "&a b",
    ),
)
# Texts that look like what YAML makes something else of.
LIKE_YAML = st.from_regex(r"[-+]?[0-9_.:xb]{1,8}([eE][-+]?[0-9]+)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}", fullmatch=True)
TEXTS = st.sampled_from(ANSWERS) | LIKE_YAML | st.text(max_size=12)


def answered(variables: dict[str, Any]) -> dict[str, Any]:
    """The variables as a role sees them. Raises AnsibleError if ansible-core can't read the file."""
    loader = DataLoader()
    loaded = loader.load(written(variables))
    return variable_values(Templar(loader=loader, variables=loaded), list(loaded), loaded)


def all_examples(function: Any) -> Any:
    for answer in ANSWERS:
        function = example(answer)(function)
    return function


# Options that hold a text: the option, the text in its value, and in the role's options.
PLACES: dict[str, tuple[str, Callable[[str], Any], Callable[[dict[str, Any]], Any]]] = {
    "text": ("deploy_model", lambda text: text, lambda options: options.get("deploy_model")),
    "element": (
        "deploy_tags",
        lambda text: ["first", text],
        lambda options: next(iter(options["deploy_tags"][1:]), None),
    ),
    "field": (
        "deploy_deployments",
        lambda text: [{"id": "x", "name": text}],
        lambda options: options["deploy_deployments"][0].get("name"),
    ),
}


@pytest.mark.parametrize("place", PLACES)
@all_examples
@given(TEXTS)
def test_answer_is_exactly_the_option_or_refused(place: str, answer: str) -> None:
    assume(not answer or answer.strip())
    name, put, find = PLACES[place]
    try:
        read = answered({"x": answer})["x"]
        variables = answered({name: put(answer)})
    except AnsibleError:
        # ansible-core refuses the whole file, as with = and with dates that don't exist.
        assert READS_ANSWERS
        return
    if isinstance(read, str) and read:
        # Blanks around an element of a list don't count.
        assert find(role_options(DEPLOY, variables)) == (answer.strip() if place == "element" else answer)
    elif read is None or read == "":
        assert answer in ("", "~", "null", "Null", "NULL")
        assert find(role_options(DEPLOY, variables)) is None
    else:
        assert READS_ANSWERS
        with pytest.raises(VariableError, match=rf"^{name}.* is a \w+, not text"):
            role_options(DEPLOY, variables)


@pytest.mark.skipif(not READS_ANSWERS, reason="before ansible-core 2.19, answers stay text")
def test_answers_of_which_ansible_makes_something_else() -> None:
    made = {answer: answered({"x": answer})["x"] for answer in ANSWERS if answer not in ("=", "<<", "2026-13-01")}
    changed = {answer: value for answer, value in made.items() if value != answer}
    assert {answer for answer, value in changed.items() if value is None} == {"", "~", "null"}
    assert {
        *("007", "1.10", "yes", "12:30", "1_000", "2026-01-01", "2026-01-01 10:00:00", ".inf", ".nan", "0x1F", "0b1"),
        *("on", "True", "No", "017", "+1", "1."),
    } == {answer for answer, value in changed.items() if value is not None}
    for answer in ("=", "<<", "2026-13-01"):
        with pytest.raises(AnsibleError):
            answered({"x": answer})
