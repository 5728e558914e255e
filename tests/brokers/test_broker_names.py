"""What is special of a broker is in its plug: nothing else in the program names one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bench

BENCH = Path(bench.__file__).parent
FILES = sorted(BENCH.rglob("*.py"))
A_BROKER = re.compile("redis|valkey|rabbitmq|amqp|sqs|postgres", re.IGNORECASE)
OF_CELERY = "amqp"
"""An attribute of every Celery app, with its queues and routes, whatever its broker is."""


def test_the_files_are_found() -> None:
    assert len(FILES) > 100


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(BENCH)))
def test_no_name_and_no_text_in_the_program_is_of_a_broker(file: Path) -> None:
    assert not A_BROKER.search(str(file.relative_to(BENCH)))
    found = {word for word in words_of(ast.parse(file.read_text(encoding="utf-8"))) if A_BROKER.search(word)}
    if file.parent.name == "subject":
        found -= {OF_CELERY}
    assert not found


def words_of(tree: ast.AST) -> Iterator[str]:
    """Return every name and every text, docstrings and comments aside."""
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) not in docstrings:
            for _, value in ast.iter_fields(node):
                yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def test_names_and_texts_are_found_wherever_they_stand() -> None:
    code = '''
"""redis"""
import redis_a as redis_b
from redis_c import x
class RedisD(redis_e.y):
    """sqs"""
    redis_f: int = 1
    """rabbitmq"""
    def redis_g(self, redis_h, *, redis_i=f"{1} redis_j"):
        """amqp"""
        global redis_k
        return self.redis_l(redis_m=redis_n)["redis_o"]  # redis
'''
    found = [word.lower() for word in words_of(ast.parse(code)) if A_BROKER.search(word)]
    assert {re.sub(r".*redis_?", "", word) for word in found} == set("abcdefghijklmno")
