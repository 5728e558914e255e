"""action.yml and the workflows: what can be held of them without GitHub."""

import re
from typing import Any

import pytest
import yaml
from pages import ROOT, blocks, page

ACTION = yaml.safe_load(page("action.yml"))
COMMENT = yaml.safe_load(page("comment/action.yml"))
ACTIONS = {".": ACTION, "comment": COMMENT}
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
_PINNED = re.compile(r"uses: (?:\./(?:comment)?|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)\Z")


def runs(node: Any) -> list[str]:
    """Return every script below a part of a document."""
    if isinstance(node, list):
        return [text for one in node for text in runs(one)]
    if not isinstance(node, dict):
        return []
    own = [node["run"]] if isinstance(node.get("run"), str) else []
    return own + [text for one in node.values() for text in runs(one)]


@pytest.mark.parametrize("folder", ACTIONS)
def test_every_input_is_used(folder: str) -> None:
    text = page(f"{folder}/action.yml").partition("\nruns:")[2]
    unused = [name for name in ACTIONS[folder]["inputs"] if not re.search(rf"\binputs\.{re.escape(name)}\b(?!-)", text)]
    assert not unused


def jobs() -> list[dict[str, Any]]:
    """Return the jobs of the workflows and of the page."""
    texts = [path.read_text(encoding="utf-8") for path in WORKFLOWS] + blocks("docs/ci.md", "yaml")
    documents = [document for text in texts if isinstance(document := yaml.safe_load(text), dict)]
    return [job for document in documents for job in document.get("jobs", {}).values()]


def uses(job: dict[str, Any], folder: str) -> list[dict[str, Any]]:
    """Return what a job hands to an action of this repository."""
    names = {".": r"\./|OWNER/brokerbench@COMMIT", "comment": r"\./comment|OWNER/brokerbench/comment@COMMIT"}
    return [step["with"] for step in job["steps"] if re.fullmatch(names[folder], step.get("uses", ""))]


@pytest.mark.parametrize("folder", ACTIONS)
def test_what_is_handed_to_an_action_it_takes_and_what_it_needs_it_gets(folder: str) -> None:
    inputs = ACTIONS[folder]["inputs"]
    needed = {name for name, one in inputs.items() if one.get("required")}
    handed = [given for job in jobs() for given in uses(job, folder)]
    assert len(handed) == 2
    for given in handed:
        assert needed <= given.keys() <= inputs.keys()


def test_every_input_and_output_is_in_the_pages() -> None:
    text = page("docs/action.md")
    missing = [name for name in (*ACTION["inputs"], *ACTION["outputs"], *COMMENT["inputs"]) if f"`{name}`" not in text]
    assert not missing


@pytest.mark.parametrize("folder", ACTIONS)
def test_every_variable_that_a_script_of_the_action_reads_is_given_to_it(folder: str) -> None:
    for step in ACTIONS[folder]["runs"]["steps"]:
        (script,) = re.findall(r"\$GITHUB_ACTION_PATH/([\w./-]+)", step["run"])
        text = (ROOT / folder / script).read_text(encoding="utf-8")
        asked = set(re.findall(r"\bAB_[A-Z_]+|(?<=check )AB_\w+", text))
        assert set(step["env"]) - {"GH_TOKEN"} <= asked, script
        if not script.endswith("inputs.sh"):
            assert asked == set(step["env"]) - {"GH_TOKEN"}, script


def test_every_input_is_checked_before_anything_is_done() -> None:
    first = ACTION["runs"]["steps"][0]
    assert first["run"].endswith('/tools/action/inputs.sh"')
    assert {f"AB_{name.upper().replace('-', '_')}" for name in ACTION["inputs"]} - {"AB_TOKEN"} == set(first["env"])


def test_from_where_the_app_runs_there_is_no_token() -> None:
    steps = ACTION["runs"]["steps"]
    (place,) = (number for number, step in enumerate(steps) if step.get("id") == "compare")
    assert not [value for step in steps[place:] for value in step["env"].values() if "token" in value]


def test_a_job_that_measures_may_only_read_and_one_that_comments_or_publishes_runs_no_code_of_ours() -> None:
    measuring = [job for job in jobs() if uses(job, ".")]
    commenting = [job for job in jobs() if uses(job, "comment")]
    assert all(job["permissions"] == {"contents": "read"} for job in measuring)
    assert all(job["permissions"]["pull-requests"] == "write" for job in commenting)
    others = [job for job in jobs() if job not in commenting]
    (publishing,) = [job for job in others if "write" in str(job["permissions"])]
    assert publishing["permissions"] == {"id-token": "write"}
    assert publishing["environment"] == "pypi"
    assert not runs(publishing)
    for job in commenting:
        assert not runs(job)
        assert {step["uses"].partition("@")[0] for step in job["steps"]} <= {
            *("actions/checkout", "./comment", "OWNER/brokerbench/comment")
        }
        checkouts = [step["with"]["ref"] for step in job["steps"] if step["uses"].startswith("actions/checkout@")]
        assert all("base.sha" in ref for ref in checkouts)


def test_no_checkout_keeps_its_token() -> None:
    steps = [step for job in jobs() for step in job["steps"] if step.get("uses", "").startswith("actions/checkout@")]
    assert len(steps) > 5
    assert all(step["with"]["persist-credentials"] is False for step in steps)


@pytest.mark.parametrize(
    "path", [ROOT / "action.yml", ROOT / "comment" / "action.yml", *WORKFLOWS], ids=lambda path: path.name
)
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
