from bench.commands.app import _arguments
from bench.records.strict import RECORD_LEVELS
from brokers.documents import MOST_LEVELS, json_value


def test_a_result_holds_arguments_as_deep_as_they_may_be_given() -> None:
    deepest = "[" * MOST_LEVELS + "1" + "]" * MOST_LEVELS
    assert _arguments(deepest)
    within_a_result = f'{{"workload": {{"args": {deepest}}}}}'
    assert json_value(within_a_result, RECORD_LEVELS)["workload"]["args"] == _arguments(deepest)
