"""What runs inside a subject is found by its path, and imports nothing that a subject may lack."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import brokers.inside
from brokers import find_broker, installed_brokers

FILES = sorted(Path(brokers.inside.__file__).parent.glob("*.py"))
IN_A_SUBJECT = {"amqp", "boto3", "celery", "kombu", "psycopg", "redis"}
METHODS = {"take_back", "sender", "deliveries", "acknowledge"}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_imports_the_standard_library_and_its_client_only(file: Path) -> None:
    roots = {name.partition(".")[0] for name in imported(ast.parse(file.read_text()))}
    assert roots <= sys.stdlib_module_names | IN_A_SUBJECT


@pytest.mark.parametrize("name", installed_brokers())
def test_a_raw_client_has_the_methods_that_a_subject_calls(name: str) -> None:
    path = find_broker(name).raw_client
    if path is None:
        pytest.skip(f"{name} has no raw client")
    classes = {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)}
    found = {node.name for node in classes["RawClient"].body if isinstance(node, ast.FunctionDef)}
    assert found >= METHODS


@pytest.mark.parametrize("name", installed_brokers())
def test_a_patch_of_a_wait_is_a_file_with_a_function_apply(name: str) -> None:
    waits = find_broker(name).waits
    for wait in (waits.redelivery, waits.silence, waits.poll, waits.answer):
        if wait.patch is not None:
            functions = [
                node.name for node in ast.parse(wait.patch.read_text()).body if isinstance(node, ast.FunctionDef)
            ]
            assert "apply" in functions


@pytest.mark.parametrize("name", installed_brokers())
def test_a_detour_is_a_file_with_a_function_apply(name: str) -> None:
    path = find_broker(name).detour
    if path is None:
        pytest.skip(f"{name} needs no file to go by way of a relay")
    functions = [node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    assert "apply" in functions
