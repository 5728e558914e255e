"""action.yml and the workflows: what can be held of them without GitHub."""

import re
from typing import Any

import pytest
import yaml
from pages import ROOT, blocks, page

ACTION = yaml.safe_load(page("action.yml"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
_PINNED = re.compile(r"uses: (?:\./|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)\Z")


def runs(node: Any) -> list[str]:
    """Give every script below a part of a document."""
    if isinstance(node, list):
        return [text for one in node for text in runs(one)]
    if not isinstance(node, dict):
        return []
    own = [node["run"]] if isinstance(node.get("run"), str) else []
    return own + [text for one in node.values() for text in runs(one)]


def test_every_input_is_used() -> None:
    text = page("action.yml").partition("\nruns:")[2]
    unused = [name for name in ACTION["inputs"] if not re.search(rf"\binputs\.{re.escape(name)}\b(?!-)", text)]
    assert not unused


def uses_of_the_action() -> list[dict[str, Any]]:
    """Give what the workflows and the page hand to the action."""
    texts = [path.read_text(encoding="utf-8") for path in WORKFLOWS] + blocks("docs/ci.md", "yaml")
    documents = [document for text in texts if isinstance(document := yaml.safe_load(text), dict)]
    jobs = [job for document in documents for job in document.get("jobs", {}).values()]
    steps = [step for job in jobs for step in job["steps"]]
    return [step["with"] for step in steps if step.get("uses", "").startswith(("./", "OWNER/brokerbench@"))]


def test_what_is_handed_to_the_action_it_takes_and_what_it_needs_it_gets() -> None:
    needed = {name for name, one in ACTION["inputs"].items() if one.get("required")}
    uses = uses_of_the_action()
    assert len(uses) == 2
    for given in uses:
        assert needed <= given.keys() <= ACTION["inputs"].keys()


def test_every_input_and_output_is_in_the_pages() -> None:
    text = page("docs/ci.md")
    missing = [name for name in (*ACTION["inputs"], *ACTION["outputs"]) if f"`{name}`" not in text]
    assert not missing


def test_every_variable_that_a_script_of_the_action_reads_is_given_to_it() -> None:
    for step in ACTION["runs"]["steps"]:
        (script,) = re.findall(r"\$GITHUB_ACTION_PATH/([\w./-]+)", step["run"])
        asked = set(re.findall(r"\$\{?(AB_\w+)", page(script)))
        assert asked == set(step["env"]) - {"GH_TOKEN"}, script


def test_the_app_does_not_run_beside_the_token() -> None:
    (compare,) = (step for step in ACTION["runs"]["steps"] if step.get("id") == "compare")
    assert not [value for value in compare["env"].values() if "token" in value]


@pytest.mark.parametrize("path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name)
def test_no_expression_is_written_into_a_script(path: Any) -> None:
    scripts = runs(yaml.safe_load(path.read_text(encoding="utf-8")))
    assert scripts or path.name == "compare.yml"
    assert not [script for script in scripts if "${{" in script]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_nothing_by_itself_and_names_commits(path: Any) -> None:
    text = path.read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert all(job["timeout-minutes"] and job["permissions"] for job in workflow["jobs"].values())
    used = re.findall(r"uses: .*", text)
    assert used
    assert not [line for line in used if not _PINNED.match(line)]
