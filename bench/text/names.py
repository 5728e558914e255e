"""Names in words."""

__all__ = ["metric_words"]


def metric_words(metric: str) -> str:
    """Return a metric's name as words for a sentence: ``first publish``."""
    return metric.replace("-", " ")
