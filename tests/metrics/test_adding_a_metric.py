"""The metric of docs/adding-a-metric.md is measured and told everywhere, with no edit elsewhere."""

import csv
import io
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-metric.md").read_text(encoding="utf-8")
_OPTIONS = ("--metric", "batch", "--budget", "12s", "--seed", "1", "--details")


def block(language: str) -> str:
    return PAGE.partition(f"```{language}\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the page's package into a folder, as pip would."""
    site, about = tmp_path_factory.mktemp("site"), tomllib.loads(block("toml"))["project"]
    (point,) = about["entry-points"]["brokerbench.metrics"].items()
    module = point[1].partition(":")[0]
    (site / f"{module}.py").write_text(block("python"))
    information = site / f"{module}-{about['version']}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {about['name']}\nVersion: {about['version']}\n"
    )
    (information / "entry_points.txt").write_text(f"[brokerbench.metrics]\n{point[0]} = {point[1]}\n")
    return site


def run(site: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from bench.start import main; main()", *map(str, arguments)],
        cwd=site,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)]), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )


@pytest.fixture(scope="module")
def runs(site: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[Path]]:
    """Measure it twice; return what the first run printed, and both folders."""
    folders = [tmp_path_factory.mktemp("results") / name for name in ("one", "other")]
    answers = [run(site, "compare", "memory", "memory", *_OPTIONS, "--out", folder) for folder in folders]
    for answer in answers:
        assert answer.returncode == 0, answer.stderr
    return answers[0].stdout, folders


def test_the_example_is_one_module_of_a_few_lines() -> None:
    assert len(block("python").splitlines()) < 60


def test_it_is_measured_and_its_blocks_are_kept(runs: tuple[str, list[Path]]) -> None:
    result = json.loads((runs[1][0] / "result.json").read_text())
    blocks = [block for block in result["blocks"] if block["metric"] == "batch" and not block["warmup"]]
    assert len(blocks) >= 2
    assert all(len(turn["samples_ns"]) == 5 for block in blocks for turn in block["turns"])
    rows = [row for row in result["summary"] if row["metric"] == "batch"]
    assert [row["subject"] for row in rows] == ["memory", "memory#2"]
    assert rows[0]["median_ns"]["value"] > 0
    assert rows[1]["ratio"]["to"] == "memory"


def test_the_terminal_tells_it_in_80_columns(runs: tuple[str, list[Path]]) -> None:
    told = runs[0]
    assert "batches/s" in told
    assert "memory#2's batch of ten takes" in " ".join(told.split())
    tables = [line for line in told.splitlines() if not line.startswith("/")]
    assert max(map(len, tables)) <= 80


@pytest.mark.parametrize("report", ["report.md", "report.html"])
def test_reports_have_its_section_method_and_columns(report: str, runs: tuple[str, list[Path]]) -> None:
    text = (runs[1][0] / report).read_text(encoding="utf-8")
    assert "Batch, fast tier" in text
    assert "five batches of ten closed-loop calls" in text
    assert "batches/s" in text


def test_the_page_has_its_pictures(runs: tuple[str, list[Path]]) -> None:
    page = (runs[1][0] / "report.html").read_text(encoding="utf-8")
    assert "Batch: median of a batch of ten calls" in page
    assert "Batch: by percentile" in page


def test_it_is_gated_also_with_a_limit_of_its_own(site: Path, runs: tuple[str, list[Path]]) -> None:
    limits = site / "limits.toml"
    limits.write_text('[metric]\nbatch = "90%"\n')
    answer = run(site, "gate", *runs[1], "--limits", limits, "--allow", "samples")
    assert answer.returncode in (0, 3), answer.stderr  # a short run may see too little to vouch for it
    assert "batch of ten takes" in " ".join(answer.stdout.split())
    assert "limit 90 %" in " ".join(answer.stdout.split())
    limits.write_text('[metric]\nbatsch = "5%"\n')
    refused = run(site, "gate", *runs[1], "--limits", limits).stderr
    assert "is not a gated metric: use one of enqueue, throughput" in refused


def test_it_is_exported(site: Path, runs: tuple[str, list[Path]]) -> None:
    answer = run(site, "export", runs[1][0], "--format", "csv")
    rows = [row for row in csv.DictReader(io.StringIO(answer.stdout)) if row["metric"] == "batch"]
    assert {row["figure"] for row in rows} >= {"median", "per_second"}
    bencher = json.loads(run(site, "export", runs[1][0], "--format", "bencher").stdout)
    assert bencher["memory batch"]["latency"]["value"] > 0


def test_who_has_it_not_installed_is_told_so(site: Path, runs: tuple[str, list[Path]], tmp_path: Path) -> None:
    answer = run(tmp_path, "export", runs[1][0], "--format", "csv")
    assert answer.returncode == 2
    assert "no metric named 'batch'; installed: capacity, cost, enqueue" in answer.stderr
