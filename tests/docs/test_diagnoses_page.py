"""The page of diagnoses names every kind, and its example is one."""

import re

from pages import docs
from seeing import made_evidence, seen

from bench.diagnoses.registry import catalogue


def test_the_page_names_every_kind_from_the_most_special_one_on() -> None:
    named = re.findall(r"^\| `([\w-]+)` \|", docs("diagnoses"), re.MULTILINE)
    assert named == [*catalogue()]


def test_the_example_is_a_diagnosis() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", docs("diagnoses"), re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    kind: type = names["WaitsForBatch"]  # type: ignore[assignment]
    subject = {"settings": {"broker_transport_options": {"linger_s": 0.0002}}}
    found = kind().find(seen("enqueue", made_evidence(cores={"producer": 0.3}), subject=subject))
    assert found.text == "each call waits 0.0002 s for a batch to fill"
    assert 0.4 < found.share < 0.6
