"""A subject's talk with the harness is disturbed by nothing that the app prints."""

import json
import subprocess
import sys

SCRIPT = """
import os, sys
from bench.subject.pipe import Pipe

pipe = Pipe()
print("the app prints")
os.write(1, b"and writes past Python\\n")
os.system("echo and so does a program that it starts")
message = pipe.receive()
pipe.send(answer=message["question"], read=sys.stdin.read())
pipe.send(end=pipe.receive() is None)
"""


def test_what_the_app_prints_goes_to_the_log() -> None:
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps({"question": "Wie heißt du?"}) + "\n",
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=True,
    )
    answers = [json.loads(line) for line in process.stdout.splitlines()]
    assert answers == [{"answer": "Wie heißt du?", "read": ""}, {"end": True}]
    assert sorted(process.stderr.splitlines()) == [
        "and so does a program that it starts",
        "and writes past Python",
        "the app prints",
    ]
