"""How throughput grows with concurrency: the Universal Scalability Law, with intervals.

    X(N) = lambda * N / (1 + alpha * (N - 1) + beta * N * (N - 1))

``lambda`` is the throughput at concurrency 1, ``alpha`` the share of the work that waits in one queue (contention), and
``beta`` what each pair of workers costs each other (Gunther, A General Theory of Computational Scalability Based on
Rational Functions, 2008). With ``beta`` above 0, throughput has a peak at ``sqrt((1 - alpha) / beta)``, whatever was
measured. So the peak is reported, and the law is followed beyond the measured range, only if the measurement itself
went past the knee.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy  # loads its parts on demand: they take a second
from numpy.typing import NDArray

from bench.stats.intervals import CONFIDENCE, Interval

__all__ = ["FEWEST_POINTS", "ScalingFit", "fit_scaling", "usl_throughput"]

FEWEST_POINTS = 6
"""How many different concurrencies a fit needs: twice the number of its parameters."""

_Array = NDArray[np.float64]


@dataclass(frozen=True)
class ScalingFit:
    """The law's parameters with 95 % intervals, and where throughput peaks if that was measured.

    ``knee`` is True if it was: at the highest concurrency, the measured throughput is below even the lowest linear
    speed-up that the fit allows, ``beta`` is certainly above 0, and the peak lies within the measured range.
    """

    lambda_per_s: Interval
    alpha: Interval
    beta: Interval
    peak_concurrency: float | None
    knee: bool
    highest_concurrency: float

    def predict(self, concurrency: float) -> float:
        """Return the throughput a second at this concurrency, 1 or more.

        Raises ValueError beyond the highest concurrency that was measured, unless the knee was measured.
        """
        if concurrency < 1:
            raise ValueError(f"concurrency must be 1 or more, not {concurrency}")
        if concurrency > self.highest_concurrency and not self.knee:
            raise ValueError(
                f"no knee up to concurrency {self.highest_concurrency:g}, so nothing is known about {concurrency:g}:"
                " measure higher ones"
            )
        return float(usl_throughput(concurrency, self.lambda_per_s.value, self.alpha.value, self.beta.value))


def fit_scaling(points: Sequence[tuple[float, float, float | None]]) -> ScalingFit:
    """Fit the law to (concurrency, throughput a second, standard error of it or None).

    Standard errors decide how the points weigh against each other. Their common scale is estimated from the distances
    to the curve, so the intervals hold even if all errors were too small by some factor. Without them, every point is
    assumed to be off by the same share of its value. ``alpha`` and ``beta`` are 0 or more. Raises ValueError for fewer
    than 6 different concurrencies, for values that are not above 0, and if only some points have an error.
    """
    concurrency, throughput, error = _checked(points)
    best, covariance = scipy.optimize.curve_fit(
        usl_throughput,
        concurrency,
        throughput,
        p0=_first_guess(concurrency, throughput),
        sigma=error,
        bounds=(0, np.inf),
        x_scale="jac",
    )
    half = scipy.stats.t.ppf((1 + CONFIDENCE) / 2, len(concurrency) - len(best)) * np.sqrt(np.diag(covariance))
    low = np.maximum(best - half, 0)
    peak = _measured_peak(best, low, concurrency, throughput)
    lambda_per_s, alpha, beta = (Interval(*map(float, one)) for one in zip(best, low, best + half, strict=True))
    return ScalingFit(lambda_per_s, alpha, beta, peak, peak is not None, float(concurrency.max()))


def _measured_peak(best: _Array, low: _Array, concurrency: _Array, throughput: _Array) -> float | None:
    """Return where throughput peaks if the measurement shows it; ``low`` are the lowest parameters that fit."""
    highest = concurrency.max()
    if low[2] <= 0 or throughput[concurrency == highest].mean() >= low[0] * highest:
        return None
    peak = float(np.sqrt(max(0.0, 1 - best[1]) / best[2]))
    return peak if concurrency.min() <= peak <= highest else None


def usl_throughput(concurrency: _Array | float, lambda_per_s: float, alpha: float, beta: float) -> _Array:
    """Return the throughput a second at this concurrency, or at each of several, by the law."""
    others = np.asarray(concurrency) - 1
    speed_up: _Array = concurrency / (1 + alpha * others + beta * concurrency * others)
    return lambda_per_s * speed_up


def _first_guess(concurrency: _Array, throughput: _Array) -> _Array:
    """Solve the law for ``N / X``, which is linear in ``1 / lambda``, ``alpha / lambda`` and ``beta / lambda``."""
    columns = np.stack([np.ones_like(concurrency), concurrency - 1, concurrency * (concurrency - 1)], axis=1)
    relative = throughput / concurrency
    first, second, third = scipy.optimize.nnls(columns * relative[:, None], np.ones_like(concurrency))[0]
    first = first or 1 / relative.max()
    return np.array([1 / first, second / first, third / first])


def _checked(points: Sequence[tuple[float, float, float | None]]) -> tuple[_Array, _Array, _Array]:
    """Return the concurrencies, the throughputs, and the weight of each as a standard error."""
    different = len({concurrency for concurrency, _, _ in points})
    if different < FEWEST_POINTS:
        raise ValueError(f"a fit of scaling needs {FEWEST_POINTS} different concurrencies or more, not {different}")
    errors = [error for _, _, error in points if error is not None]
    if len(errors) not in (0, len(points)):
        raise ValueError(f"{len(errors)} of {len(points)} points have a standard error: each point needs one, or none")
    concurrency, throughput = np.array([point[:2] for point in points], dtype=float).T
    error = np.array(errors, dtype=float) if errors else throughput
    if not (
        np.isfinite([concurrency, throughput]).all()
        and concurrency.min() >= 1
        and min(throughput.min(), error.min()) > 0
    ):
        raise ValueError("concurrencies must be 1 or more; throughputs and their standard errors must be above 0")
    return concurrency, throughput, error
