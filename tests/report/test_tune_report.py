"""The reports of a tuning: the answer first, 80 columns, and nothing from outside unescaped."""

import io
from pathlib import Path

import pytest
from rich.console import Console
from tunings import EVERY_TUNING, POLLING, made_tuning

from bench.records.diagnoses import Diagnosis
from bench.records.gain import Gain
from bench.records.tune import LeftOut, PromiseRecord, Setting, Tried, TuneRecord, read_tune
from bench.report.tune.files import tune_html, tune_markdown, write_tuning
from bench.report.tune.sentences import answer
from bench.report.tune.terminal import print_tuning

_EVIL = "<script>alert(1)</script> [link](http://evil.example) `x` \x1b[31m\n# heading"


def printed(record: TuneRecord, width: int = 80) -> str:
    file = io.StringIO()
    print_tuning(record, Console(file=file, width=width, force_terminal=False), [])
    return file.getvalue()


def flat(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("ending", EVERY_TUNING)
def test_the_answer_comes_first_and_everything_fits_80_columns(ending: str) -> None:
    record = EVERY_TUNING[ending]()
    sentences, text = answer(record), printed(record)
    assert 1 <= len(sentences) <= 6
    assert flat(text).startswith(flat(" ".join(sentences)))
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) <= 40


def test_what_helps_has_both_figures_and_its_settings() -> None:
    head, confirmed = answer(made_tuning())
    assert (
        head == "sqs: worker throughput 39.8x (38.2 to 41.5) of today's, by one setting; no guarantee depends on them."
    )
    assert "tasks/s 3.98 today, 158 with the new settings" in confirmed
    assert "The search had found 41.5x" in confirmed


def test_the_reason_of_the_present_figure_is_told() -> None:
    seen = [
        Diagnosis(kind=kind, subject="sqs", tier="fast", metric="throughput", share=0.9, text=text)
        for kind, text in [("timer", "the worker paused"), ("core", "its core was full")]
    ]
    told = answer(made_tuning(reasons=seen))
    assert "Today's throughput: the worker paused." in told
    assert "core" not in " ".join(told)


def test_an_interval_that_says_nothing_stretches_no_axis() -> None:
    record = made_tuning()
    wide = Gain(value=16, low=1e-6, high=1e9)
    tried = [one.model_copy(update={"gain": wide}) for one in record.tried[:1]]
    page = tune_html(record.model_copy(update={"tried": [*tried, *record.tried[1:]]}))
    assert "16.0x" in page
    assert "0,000x" not in page


def test_nothing_is_claimed_of_guarantees_that_no_fault_can_show() -> None:
    record = made_tuning()
    pool = record.lines[0].model_copy(update={"setting": Setting(name="pool", value="solo", before="prefork")})
    (head, *_) = answer(record.model_copy(update={"lines": [pool]}))
    assert head.endswith("no fault can show what it changes of the guarantees.")


@pytest.mark.parametrize(
    ("low", "by"),
    [(1.2, "by two settings; no"), (0.4, "by two settings together, not each of which certainly adds to it; no")],
)
def test_settings_of_which_one_may_do_nothing_are_called_so(low: float, by: str) -> None:
    record = made_tuning()
    other = record.lines[0].model_copy(update={"contribution": Gain(value=1.3, low=low, high=1.5)})
    assert by in answer(record.model_copy(update={"lines": [*record.lines, other]}))[0]


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (["kept", "better"], "nothing lost that was kept before"),
        (["kept", "traded"], "but that trades a guarantee away: fault-1"),
        (["kept", "unclear"], "whether fault-1 is as before is unclear"),
        (["kept", "not played"], "nothing lost in what was played, and fault-1 not played"),
        (["not played"], "what they change of fault-0 was not played"),
    ],
)
def test_the_first_sentence_says_what_becomes_of_the_guarantees(verdicts: list[str], words: str) -> None:
    promises = [PromiseRecord.model_validate({"fault": f"fault-{n}", "verdict": v}) for n, v in enumerate(verdicts)]
    assert words in answer(made_tuning(promises=promises))[0]


def test_what_is_not_confirmed_is_called_so_and_has_no_lines_to_copy() -> None:
    for ending in ("unclear", "interrupted"):
        told = " ".join(answer(EVERY_TUNING[ending]()))
        assert "polling_interval=0.1 seemed to gain 41.5x. That is not confirmed" in told
        assert "Copy into" not in printed(EVERY_TUNING[ending]())
    assert "interrupted: this is what was measured until then" in printed(EVERY_TUNING["interrupted"]())


def test_what_failed_and_what_was_held_is_told() -> None:
    pool = Setting(name="pool", value="solo")
    failed = Tried(label="x", stage="screening", settings=[pool], fate="failed", why="died")
    record = EVERY_TUNING["nothing helps"]().model_copy(update={"tried": [failed], "held": [POLLING]})
    assert answer(record)[2] == "That leaves out what failed: pool=solo, and why is below."
    text = flat(printed(record))
    assert "failed: died" in text
    assert "! everything was measured with broker_transport_options.polling_interval=0.1" in text


def test_a_broken_limit_and_a_trade_are_named() -> None:
    assert "breaks the limit p99 enqueue under 5ms" in answer(EVERY_TUNING["breaks a limit"]())[0]
    trade = answer(EVERY_TUNING["traded"]())[2]
    assert trade.startswith("Traded away, worker-killed-as-set: nothing lost")
    assert "1 task lost in 3 of 3 attempts with the new settings" in trade


def test_a_tasks_dry_run_is_told_in_the_conclusion() -> None:
    record = made_tuning()
    dry = record.model_copy(update={"workload": record.workload.model_copy(update={"app": "a", "dry": True})})
    assert dry.workload.dry_warning
    assert "empty" in answer(dry)[0] or "dry" in answer(dry)[0]


def hostile() -> TuneRecord:
    setting = Setting(name=_EVIL, value=_EVIL, before={_EVIL: [_EVIL]})
    tried = Tried(label=_EVIL, stage="screening", settings=[setting], fate="failed", why=_EVIL)
    promise = PromiseRecord(fault=_EVIL, verdict="traded", before=_EVIL, after=_EVIL, why=_EVIL)
    record = made_tuning(
        tried=[tried],
        found=tried,
        held=[setting],
        promises=[promise],
        fragment=f"x = 1  # {_EVIL}",
        server_lines=_EVIL,
        server_file=_EVIL[:20],
        warnings=[_EVIL],
        left_out=[LeftOut(settings=[setting], why=_EVIL)],
    )
    subject = record.subject.model_copy(update={"label": _EVIL, "versions": {_EVIL: _EVIL}})
    line = record.lines[0].model_copy(update={"setting": setting, "does": _EVIL, "costs": _EVIL})
    return record.model_copy(update={"subject": subject, "lines": [line]})


def test_nothing_from_outside_is_obeyed_by_a_terminal_a_browser_or_markdown() -> None:
    html, markdown, text = tune_html(hostile()), tune_markdown(hostile()), printed(hostile())
    assert html.count("<script") == 1  # ours
    told = "\n".join(line for line in markdown.splitlines() if not line.startswith("    "))  # without the code
    assert "[link](http" not in told
    assert "<script" not in told
    assert "\n# heading" not in markdown
    for shown in (html, markdown, text):
        assert "\x1b" not in shown


@pytest.mark.parametrize("ending", EVERY_TUNING)
def test_what_is_written_is_read_again(ending: str, tmp_path: Path) -> None:
    record = EVERY_TUNING[ending]()
    assert {"tune.json", "tune.md", "tune.html"} <= {path.name for path in write_tuning(record, tmp_path)}
    assert read_tune(tmp_path) == record
    assert not (tmp_path / "celeryconfig.py").exists()


def test_the_lines_to_copy_are_a_file_and_in_every_report(tmp_path: Path) -> None:
    lines = "# polling\nbroker_transport_options = {'polling_interval': 0.1}\n"
    record = made_tuning(fragment=lines, server_lines="appendfsync no\n", server_file="redis.conf")
    write_tuning(record, tmp_path)
    assert (tmp_path / "celeryconfig.py").read_text() == lines
    for shown in ((tmp_path / "tune.md").read_text(), printed(record)):
        assert "broker_transport_options = {'polling_interval': 0.1}" in shown
        assert "redis.conf" in shown
    assert POLLING.name in (tmp_path / "tune.html").read_text()


def test_the_page_has_a_picture_of_what_was_tried_and_a_curve_of_what_helps() -> None:
    html = tune_html(made_tuning())
    assert html.count("<figure") == 2
    assert html.count("mark hollow") == 2 * 1  # the dropped one, on both scales
    assert "0.1: 41.5x (38x to 45.3x)" in html
