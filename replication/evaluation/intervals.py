"""Intervals of one test set, all from the same bootstrap resamples of its instances."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from replication.evaluation import statistics
from replication.seeds import generator_for

if TYPE_CHECKING:
    from replication.study import Study


@dataclass(frozen=True)
class Resamples:
    """Resamples of the instances of one test set; a number has the same interval everywhere.

    **Arguments:**

    - `indices`: `(resamples, instances)`.
    - `confidence`: such as 0.95.

    Each method returns arrays whose last axis is value, lower and upper limit.
    """

    indices: np.ndarray
    confidence: float

    @classmethod
    def of(cls, study: "Study", experiment: str, test_set: str, instances: int) -> Self:
        """Those of a test set, equal for all protocols, so that these are paired."""
        rng = generator_for(study.of(experiment).seed, "statistics", experiment, test_set)
        indices = statistics.resamples(rng, instances, study.statistics.resamples)
        return cls(indices, study.statistics.confidence)

    def alike(self, other: "Resamples") -> bool:
        """Whether the other ones give the same intervals."""
        same = np.array_equal(self.indices, other.indices)
        return same and self.confidence == other.confidence

    def bands(self, values: np.ndarray, *chosen: statistics.Statistic) -> list[np.ndarray]:
        """Some statistics of `(instances, columns)`, each `(columns, 3)`."""
        found = statistics.bands(values, chosen, self.indices, self.confidence)
        return [np.stack(one, axis=-1) for one in found]

    def band(self, values: np.ndarray, statistic: statistics.Statistic) -> np.ndarray:
        """A statistic of `(instances,)` or `(instances, columns)`: `(3,)` or `(columns, 3)`."""
        (found,) = self.bands(values.reshape(len(values), -1), statistic)
        return found.reshape(*values.shape[1:], 3)

    def ratio_of_medians(self, first: np.ndarray, second: np.ndarray, budget: float) -> np.ndarray:
        """See [`ratio_of_medians`][replication.evaluation.statistics.ratio_of_medians]."""
        found = statistics.ratio_of_medians(
            first, second, self.indices, self.confidence, budget=budget
        )
        return np.stack(found, axis=-1)

    def improvement(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """See [`probability_of_improvement`][replication.evaluation.statistics]."""
        found = statistics.probability_of_improvement(first, second, self.indices, self.confidence)
        return np.stack(found, axis=-1)

    def profile(self, values: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
        """See [`profile_band`][replication.evaluation.statistics.profile_band]."""
        found = statistics.profile_band(values, thresholds, self.indices, self.confidence)
        return np.stack(found, axis=-1)
