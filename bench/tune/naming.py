"""How an app writes the names of its settings."""

from dataclasses import dataclass

from celery.app import defaults

__all__ = ["Naming"]

_OLD_NAMES: dict[str, str] = defaults._TO_OLD_KEY


@dataclass(frozen=True, kw_only=True)
class Naming:
    """Celery's lower-case names, unless they have a ``prefix`` (``CELERY_``, as in Django), or are the ``old`` ones."""

    prefix: str = ""
    old: bool = False

    def name(self, setting: str) -> str:
        """Return the name that the app has for one of Celery's lower-case names."""
        if self.prefix:
            return self.prefix + (setting.upper() if self.prefix.isupper() else setting)
        return _OLD_NAMES.get(setting, setting.upper()) if self.old else setting
