"""Leaves out of a package for musl (Alpine) what has no wheel there; no marker of a requirement tells which libc it is.

It looks where the package is built: on a machine with musl, ``pip install`` of a folder or of a repository finds it by
itself. For a package index, BROKERBENCH_MUSL names the processor (x86_64, aarch64) of a wheel to build elsewhere.
"""

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface
from packaging.tags import platform_tags

_FORM = "musllinux_1_2_"  # that of most of our libraries' wheels


def musl_tag() -> str:
    """Return the platform of a wheel for musl; empty on every other system."""
    if processor := os.environ.get("BROKERBENCH_MUSL"):
        return f"{_FORM}{processor}"
    return next((tag for tag in platform_tags() if tag.startswith(_FORM)), "")


class Dependencies(MetadataHookInterface):
    """Sets the package's requirements."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add those without a wheel for musl only where there is another libc."""
        metadata["dependencies"] = [*self.config["dependencies"], *([] if musl_tag() else self.config["not-on-musl"])]


class Tag(BuildHookInterface[Any]):
    """Marks a wheel for musl, so that an index offers it there instead of the general one."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Set the wheel's tag."""
        if (platform := musl_tag()) and version != "editable":
            build_data["tag"] = f"py3-none-{platform}"
