"""What the pytest plugin asks for, measured in a separate process.

The plugin (``brokerbench.pytest_plugin``) runs inside a project's pytest, among modules that may have our names. So it
imports nothing from here: it starts this process, sends one request in JSON and reads one answer.
"""
