"""What is installed for Brokerbench alone is not a part of an app's environment."""

from bench.ab.own import there_for

REQUIRES = {
    "brokerbench": ["celery[sqs]>=5", "NumPy", 'moto; extra == "moto"', 'colorama; sys_platform == "nowhere"'],
    "celery": ["kombu>=5", 'pycurl; extra == "sqs"', 'redis; extra == "redis"'],
    "kombu": ["not a requirement!"],
    "numpy": [],
    "moto": [],
    "pycurl": [],
    "redis": [],
    "colorama": [],
    "shop": ["kombu"],
}


def test_what_it_needs_with_its_extras_is_its_own() -> None:
    assert there_for("brokerbench", REQUIRES, []) == {"brokerbench", "celery", "kombu", "numpy", "moto", "pycurl"}


def test_what_somebody_asked_for_is_not() -> None:
    assert "numpy" not in there_for("brokerbench", REQUIRES, ["brokerbench", "numpy"])


def test_an_environment_without_it_has_nothing_of_its_own() -> None:
    assert there_for("brokerbench", {}, []) == set()
