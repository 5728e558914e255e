"""The reference leaves nothing out."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import click
import pytest
from pages import ROOT, docs
from write_options import options_page

from bench.cli import cli
from bench.engine.schedule import BUDGETS_S
from bench.for_pytest.samples import Measured
from bench.gate.checks import Kind
from bench.gate.limits import read_limits
from bench.records.expectations import Expectations
from bench.records.matrix import Matrix
from bench.records.releases import Releases
from bench.records.result import Result
from bench.records.tune import TuneRecord
from bench.records.workload import Workload, catalogue
from brokers import find_broker, installed_brokers

_VARIABLE = re.compile(r"(BROKERBENCH|AWS|CELERY)_[A-Z_]+|[A-Z]+_URL|BROKER")
_NO_VARIABLES = {"AWS_ENDPOINT"}
_OTHERS_OPTIONS = re.compile(r"--(benchmark|brokers|brokerbench|without|autoscale|help|shm-size|statedb)\b.*")
"""Those of pytest, Celery, click and Docker that pages name."""


def section(name: str, title: str) -> str:
    """Return the text of a page of docs/ below a heading, up to the next heading of its level."""
    level, _, _ = title.partition(" ")
    found = re.search(rf"^{re.escape(title)}$(.*?)(?=^#{{1,{len(level)}}} |\Z)", docs(name), re.DOTALL | re.MULTILINE)
    assert found, f"docs/{name}.md has no section {title!r}"
    return found[1]


def said(name: str, text: str) -> bool:
    """Return whether a name stands in code quotes, by itself or with an argument."""
    return bool(re.search(rf"`(?:[^`]* )?{re.escape(name)}(?:[ =][^`]*)?`", text))


def rows(text: str) -> dict[str, list[str]]:
    """Return the cells of each row of the tables by the name in the first."""
    lines = (line for line in text.splitlines() if line.startswith("| `"))
    split = (re.split(r" *(?<!\\)\| *", line.strip("| ")) for line in lines)
    return {cells[0].strip("`"): cells for cells in split}


def test_the_page_of_options_is_what_the_commands_say() -> None:
    assert docs("options") == options_page(), "docs/options.md is old: run 'make options'"


def test_every_command_is_on_the_page_of_options_with_its_options() -> None:
    for name, command in _commands().items():
        text = section("options", f"## `brokerbench {name}`")
        assert [option for option in _options(command) if not re.search(rf"`[^`]*{option}\b[^`]*` \|", text)] == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/*.md")), ids=lambda path: path.name)
def test_no_option_is_named_that_the_commands_do_not_have(path: Path) -> None:
    known = {option for command in _commands().values() for option in _options(command)} | set(_options(cli))
    text = path.read_text(encoding="utf-8")
    named = {option for span in re.findall(r"`(--[a-z][^`]*)`", text) for option in re.findall(r"--[a-z][\w-]*", span)}
    assert {option for option in named - known if not _OTHERS_OPTIONS.fullmatch(option)} == set()


def _commands() -> dict[str, click.Command]:
    context = click.Context(cli)
    found = {name: cli.get_command(context, name) for name in cli.list_commands(context)}
    return {name: command for name, command in found.items() if command}


def _options(command: click.Command) -> Iterator[str]:
    for parameter in command.params:
        yield from (option for option in [*parameter.opts, *parameter.secondary_opts] if option.startswith("--"))


def test_every_budget_is_there() -> None:
    text = docs("options") + docs("pytest")
    for name in BUDGETS_S:
        assert said(name, text) or said(f"--{name}", text)


def test_every_option_of_pytest_is_there(pytestconfig: pytest.Config) -> None:
    options: list[str] = []

    class Group:
        def addoption(self, *names: str, **_: Any) -> None:
            options.extend(names)

    class Parser:
        def getgroup(self, *_: Any) -> Group:
            return Group()

        def addini(self, name: str, *_: Any, **__: Any) -> None:
            options.append(name)

    (face,) = (
        plugin
        for plugin in pytestconfig.pluginmanager.get_plugins()
        if getattr(plugin, "__file__", None) == str(ROOT / "brokerbench" / "pytest_plugin.py")
    )
    face.pytest_addoption(Parser())
    assert "--brokers" in options
    missing = [option for option in options if not said(option, docs("pytest"))]
    assert not missing


def test_every_profile_is_there_with_its_tier_and_no_other() -> None:
    table = rows(docs("subjects").partition("## Distance")[0])
    expected = {
        name if profile.name == "default" else f"{name}:{profile.name}": profile.tier
        for name in installed_brokers()
        for profile in find_broker(name).profiles.values()
        if type(find_broker(name)).__module__.startswith("brokers.")
    }
    assert {subject: cells[1] for subject, cells in table.items()} == expected


def test_every_setting_of_a_profile_is_there() -> None:
    text = docs("subjects")
    for name in installed_brokers():
        for profile in find_broker(name).profiles.values():
            own = {*profile.settings, *profile.settings.get("broker_transport_options", {})}
            for setting in own - {"broker_transport_options"}:
                assert said(setting, text), f"{name}:{profile.name} sets {setting}"


def test_every_workload_key_is_there_with_its_default_and_its_range() -> None:
    table = rows(docs("workloads"))
    keys = {name: cells for name, cells in table.items() if len(cells) == 4}
    assert set(keys) == set(Workload.model_fields)
    for name, field in Workload.model_fields.items():
        if isinstance(field.default, int | str) and field.default != "":
            assert str(field.default).lower() in keys[name][2].lower(), name
        for bound in field.metadata:
            for value in (getattr(bound, "ge", None), getattr(bound, "le", None)):
                assert value is None or str(value) in keys[name][1], name


def test_the_catalogue_is_there() -> None:
    table = rows(docs("workloads"))
    named = {name: cells[1].strip("`") for name, cells in table.items() if len(cells) == 3}
    assert named == {workload.name: workload.task for workload in catalogue().values()}


def test_every_key_of_a_result_is_there() -> None:
    text = docs("results")
    for name in _keys(Result.model_json_schema()):
        if name not in Workload.model_fields:
            assert said(name, text), f"the key {name} of a result is not in docs/results.md"


def test_every_key_of_a_matrix_is_there() -> None:
    text = docs("results")
    for name in _keys(Matrix.model_json_schema()):
        assert said(name, text), f"the key {name} of a matrix is not in docs/results.md"


def test_every_key_of_a_history_of_releases_is_there() -> None:
    text = docs("results")
    for name in _keys(Releases.model_json_schema()):
        assert said(name, text), f"the key {name} of a history of releases is not in docs/results.md"


def test_every_key_of_a_tuning_is_there() -> None:
    text = docs("results")
    for name in _keys(TuneRecord.model_json_schema()):
        assert said(name, text), f"the key {name} of a tuning is not in docs/results.md"


def test_every_key_of_expectations_is_there() -> None:
    text = docs("guarantees")
    for name in _keys(Expectations.model_json_schema()) - {"version", "subjects", "faults"}:
        assert said(name, text), f"the key {name} of expectations is not in docs/guarantees.md"


def _keys(schema: dict[str, Any]) -> set[str]:
    records = [schema, *(record for name, record in schema["$defs"].items() if name != "Workload")]
    return {name for record in records for name in record["properties"]}


def test_every_key_of_extra_info_is_there() -> None:
    tree = ast.parse(Path(ROOT / "bench" / "for_pytest" / "samples.py").read_text(encoding="utf-8"))
    assert Measured.extra_info.__name__ == "extra_info"
    function = next(node for node in ast.walk(tree) if getattr(node, "name", "") == "extra_info")
    returned = next(node.value for node in ast.walk(function) if isinstance(node, ast.Return))
    assert isinstance(returned, ast.Dict)
    names = [key.value for key in returned.keys if isinstance(key, ast.Constant)]
    assert "tier" in names
    missing = [name for name in names if not said(str(name), docs("pytest"))]
    assert not missing


def test_every_environment_variable_is_there() -> None:
    text = docs("environment")
    missing = {name for name in _variables() if f"`{name}`" not in text and not said(name, text)}
    assert not missing


def _variables() -> set[str]:
    """Find the variables that the code reads: by what it asks the environment for, and by their form."""
    sources = [source for name in ("bench", "brokerbench", "brokers") for source in (ROOT / name).rglob("*.py")]
    found = {"SERVERS", "TMPDIR", "TEMP", "TMP"}  # of the installer, and of the system
    for source in sources:
        tree = ast.parse(source.read_text(encoding="utf-8"))
        found |= {name for node in ast.walk(tree) if (name := _asked_for(node))}
        texts = {
            node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        found |= {text for text in texts if _VARIABLE.fullmatch(text)}
    installer = (ROOT / "tools" / "install-servers.sh").read_text(encoding="utf-8")
    found |= set(re.findall(r"\$\{([A-Z][A-Z_]+)-\}", installer))
    return found - _NO_VARIABLES


def _asked_for(node: ast.AST) -> str | None:
    """Return NAME of ``os.environ.get("NAME")`` or ``os.environ["NAME"]``, except PATH."""
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("environ.get"):
        argument = node.args[0]
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
        argument = node.slice  # type: ignore[assignment]
    else:
        return None
    return str(argument.value) if isinstance(argument, ast.Constant) and argument.value != "PATH" else None


def test_every_name_that_a_gate_may_allow_is_there_and_no_other() -> None:
    table = section("reference", "### Differences")
    named = {name.strip("` ") for cells in rows(table).values() for name in cells[0].split(",")}
    assert named == set(get_args(Kind))


def test_every_limit_that_is_shown_can_be_read(tmp_path: Path) -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```$", section("reference", "### Limits"), re.DOTALL | re.MULTILINE)
    (tmp_path / "limits.toml").write_text(example)
    assert read_limits(tmp_path / "limits.toml", None).of("rabbitmq:quorum", "throughput") == 0.20


def test_every_exit_code_is_there() -> None:
    from bench.commands import exit_codes
    from brokers.errors import BrokerbenchError, BrokerUnavailable, UsageError

    known = {error.exit_code for error in (BrokerbenchError, BrokerUnavailable, UsageError)}
    known |= {getattr(exit_codes, name) for name in exit_codes.__all__}
    assert {
        int(code) for code in re.findall(r"^\| (\d+) \|", section("reference", "## Exit codes"), re.MULTILINE)
    } == known


def test_every_variable_of_make_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    asked = set(re.findall(r"^([A-Z]+) \?=", makefile, re.MULTILINE)) | ({"ARGS"} if "$(ARGS)" in makefile else set())
    missing = [name for name in asked if not said(name, docs("environment"))]
    assert not missing
