"""Each command that measures a user's app finds a wrong one before a server boots."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from commands import leftovers
from forked import Forks
from sides import made_side

from bench.commands import bisect
from bench.processes.trial import WrongApp
from bench.records.workload import Workload

_OWN = ("--app", "shop:app", "--task", "shop.ad", "--dry")
_APP = 'from celery import Celery\n\napp = Celery("shop")\n\n\n@app.task(name="shop.add")\ndef add(x, y):\n    pass\n'


@pytest.mark.parametrize(
    "arguments",
    [
        ("compare", "redis", "--quick", *_OWN),
        ("ab", "redis", "--b", "worker_prefetch_multiplier=2", *_OWN),
        ("guarantees", "redis", "--quick", *_OWN),
        ("gate", "baseline.json"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_wrong_task_ends_a_command_in_one_line_before_a_server_boots(
    arguments: tuple[str, ...], forked: Forks, tmp_path: Path
) -> None:
    (tmp_path / "shop.py").write_text(_APP)
    wrong = Workload(name="mine", app="shop:app", app_dir=str(tmp_path), task="shop.ad")
    (tmp_path / "baseline.json").write_text(made_side(workload=wrong).model_dump_json())
    run = forked(*arguments, cwd=tmp_path)
    assert run.returncode == 2, run.stdout + run.stderr
    assert "booting" not in run.stdout
    (line,) = run.stderr.splitlines()
    assert line.startswith("Error: ")
    assert "no task 'shop.ad'" in line
    assert not list(tmp_path.glob("results/*"))
    assert not leftovers(tmp_path)


@pytest.mark.parametrize(("labels", "ends"), [(["A", "B"], True), (["A"], True), (["B"], False)])
def test_a_bisection_ends_where_the_good_release_cannot_be_tried_and_skips_another(
    labels: list[str], ends: bool
) -> None:
    def answer(_: str) -> Any:
        raise WrongApp("shop:app has no task 'shop.ad'", labels)

    said: list[str] = []
    console = SimpleNamespace(print=lambda text, **_: said.append(text))
    search: Any = SimpleNamespace(package="kombu", console=console, answer=answer)
    if ends:
        with pytest.raises(WrongApp):
            bisect._try(search, "5.5.4")
        assert said == []
    else:
        assert bisect._try(search, "5.5.4") == ("inconclusive", None)
        assert said == ["kombu 5.5.4 cannot be tried: shop:app has no task 'shop.ad'"]
