"""What every interpreter imports at its start where this folder is on its path: nothing is measured there."""

import sys

if "brokerbench.for_pytest" in sys.orig_argv:
    import instead_of_measuring  # noqa: F401
