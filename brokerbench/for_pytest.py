"""The process in which the pytest plugin has everything measured: ``python -m brokerbench.for_pytest``."""

from importlib import import_module

from brokerbench import put_on_path

if __name__ == "__main__":
    put_on_path()
    import_module("bench.start").main_for_pytest()
