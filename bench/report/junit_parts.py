"""Builds JUnit XML."""

from datetime import datetime
from xml.etree import ElementTree

from bench.records.workload import Workload
from brokers.outside import safe_line, safe_text

__all__ = ["add_case", "add_dry_case", "document_of", "new_suite"]

Suite = ElementTree.Element


def new_suite(name: str, started_at: datetime) -> Suite:
    """Return a suite without cases."""
    return ElementTree.Element("testsuite", name=name, timestamp=f"{started_at:%Y-%m-%dT%H:%M:%S}")


def add_case(suite: Suite, group: str, name: str, tag: str, text: str) -> None:
    """Add a case with its outcome as ``tag``: ``failure``, ``error``, ``skipped``, or ``system-out`` if it passed.

    Name and text are cleaned: XML cannot contain some characters that text from outside may have.
    """
    name, text = safe_line(name), safe_text(text)
    case = ElementTree.SubElement(suite, "testcase", classname=f"brokerbench.{group}", name=name, time="0")
    if tag == "system-out":
        ElementTree.SubElement(case, tag).text = text
    else:
        ElementTree.SubElement(case, tag, message=text)


def add_dry_case(suite: Suite, workload: Workload) -> None:
    """Add a skipped case, which CI systems show, if the tasks' bodies were not run."""
    if workload.dry_warning:
        add_case(suite, "checks", "task bodies", "skipped", workload.dry_warning)


def document_of(suite: Suite) -> str:
    """Count the suite's cases, and return the document."""
    for plural, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(plural, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    whole = ElementTree.Element("testsuites")
    whole.append(suite)
    ElementTree.indent(whole)
    written: bytes = ElementTree.tostring(whole, encoding="utf-8", xml_declaration=True)
    return f"{written.decode()}\n"
