"""Whether a network trained on simple observables needs fewer samples to learn entanglement."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

import numpy as np
import pydantic

from replication.probes.base import Finding, Probe, Variables, about, draws, sampled, standard_error
from replication.seeds import generator_for, key_for
from replication.settings import setting

if TYPE_CHECKING:
    import xarray as xr

    from replication.landscapes.transfer import Regressor

Samples = Annotated[int, pydantic.Field(ge=4, le=4096)]
ARMS = ("scratch", "transfer", "frozen", "linear")
"""
all weights from random ones; all from those trained on observables; the head alone on that body;
and no network, but ridge regression
"""
RESAMPLES = 2000
"""bootstrap samples of the training seeds"""
PENALTIES = 10.0 ** np.arange(-4, 6)
"""of ridge regression, chosen by leave-one-out"""


class Split(NamedTuple):
    """Standardised inputs `(samples, inputs)`, later observables alike, and entropies in nats."""

    inputs: np.ndarray
    later: np.ndarray
    entropies: np.ndarray


class SpinChain(Probe):
    """Transfer on quenched Ising chains: from observables at later times to entropies there.

    Inputs are observables of single spins and of neighbours at early times. A network is first
    trained to predict the same observables at later times; its body then learns the half-chain
    entropy at these times from few chains that it has not seen.
    """

    kind: Literal["spin_chain"] = "spin_chain"
    spins: int = setting(8, "chosen", "spins n of the chain", ge=2, le=10)
    disorder: float = setting(0.5, "chosen", "half-width of couplings and fields", gt=0, le=1)
    early: float = setting(2.0, "chosen", "last time of the inputs, inverse couplings", gt=0)
    late: float = setting(4.0, "chosen", "last time of the targets, inverse couplings", gt=0)
    times: int = setting(10, "chosen", "times of inputs, and of targets", ge=1, le=100)
    pretraining: int = setting(6000, "chosen", "chains for the first task", ge=4)
    samples: tuple[Samples, ...] = setting(
        (8, 16, 32, 64, 128, 256), "chosen", "chains for the second task, increasing", min_length=2
    )
    pool: int = setting(512, "chosen", "chains that training seeds draw these from", ge=4)
    test: int = setting(400, "chosen", "chains for the errors", ge=10)
    seeds: int = setting(6, "chosen", "training seeds: weights, chains, batches", ge=5)
    width: int = setting(64, "chosen", "neurons of each of two hidden layers", ge=1, le=1024)
    rates: tuple[Annotated[float, pydantic.Field(gt=0)], ...] = setting(
        (3e-3, 1e-3), "chosen", "rates of Adam; samples held out choose one", min_length=1
    )
    first_steps: int = setting(6000, "chosen", "steps of the first task", ge=1)
    steps: int = setting(400, "chosen", "steps of the second task", ge=1)
    batch: int = setting(64, "chosen", "chains in each step, all where there are fewer", ge=1)

    title: ClassVar[str] = "Transfer from observables to entanglement"
    source: ClassVar[str] = "own experiment"

    @pydantic.model_validator(mode="after")
    def _allowed(self) -> "SpinChain":
        if not self.early < self.late:
            raise ValueError(f"early = {self.early} must be before late = {self.late}")
        if list(self.samples) != sorted(set(self.samples)):
            raise ValueError(f"samples {', '.join(map(str, self.samples))} must increase")
        if self.samples[-1] > self.pool:
            raise ValueError(f"pool = {self.pool} must be at least samples = {self.samples[-1]}")
        return self

    def measure(self, seed: int) -> "xr.Dataset":
        """`mse` `(arm, samples)` on entropies, its mean over training seeds.

        `advantage` `(other, samples)` is ln(MSE of scratch / MSE of another arm), paired by seed;
        `ratio` the samples that scratch needs for what `transfer` reaches, over those of
        `transfer`, with an interval of 95 per cent by bootstrap over seeds: above 1 transfer saves
        samples. `censored` is the fraction of bootstrap samples in which it is a mere bound.
        """
        import xarray as xr

        first, pool, test = self._data(seed)
        bodies, first_error = self._pretrained(first, test, seed)
        errors = np.array([self._errors(m, bodies, pool, test, seed) for m in self.samples])
        # (samples, arm, seed)
        gains = np.log(errors[:, :1] / errors[:, 1:])
        ratios = samples_ratio(self.samples, errors, generator_for(seed, "spin chain", "bootstrap"))
        variables: Variables = {
            **sampled(
                "mse", "samples arm", errors.mean(-1), standard_error(errors, -1), "nats squared"
            ),
            **sampled(
                "advantage", "samples other", gains.mean(-1), standard_error(gains, -1), "ln ratio"
            ),
            **sampled(
                "first_error",
                "",
                first_error.mean(),
                standard_error(first_error),
                "unexplained fraction of the variance of later observables",
            ),
            **draws(
                "variance", "", test.entropies.var(axis=0).mean(), "of entropies, nats squared"
            ),
        }
        for name, values in zip(("ratio", "low", "high", "censored"), ratios.T, strict=True):
            label = name if name in ("ratio", "censored") else f"ratio_{name}"
            variables |= draws(label, "samples", values, "samples ratio")
        coords = {"samples": list(self.samples), "arm": list(ARMS), "other": list(ARMS[1:])}
        return xr.Dataset(variables, coords=coords)

    def findings(self, measured: "xr.Dataset") -> dict[str, Finding]:
        """`samples_ratio_<n>`: chains that scratch needs over those of transfer, for each n.

        `advantage`: ln of the ratio of errors at the fewest chains, scratch over transfer.
        """
        found = {}
        for count in map(int, measured["samples"].values):
            one = measured.sel(samples=count)
            value, low, high = (float(one[k]) for k in ("ratio", "ratio_low", "ratio_high"))
            if np.isfinite(value):
                found[f"samples_ratio_{count}"] = Finding(value, low, high, "bootstrap over seeds")
        one = measured.isel(samples=0, other=0)
        return found | {
            "advantage": about(one["advantage"], one["advantage_error"], "over training seeds")
        }

    def _data(self, seed: int) -> tuple[Split, Split, Split]:
        """The chains of the first task, of the pool and of the test, standardised by the first."""
        from replication.landscapes.quenches import random_quenches

        step = self.early / self.times
        early = np.linspace(step, self.early, self.times)
        gap = (self.late - self.early) / self.times
        times = np.concatenate([early, np.linspace(self.early + gap, self.late, self.times)])
        found = []
        for name, count in (("first", self.pretraining), ("pool", self.pool), ("test", self.test)):
            rng = generator_for(seed, "spin chain", name, self.spins)
            chains = random_quenches(self.spins, count, times, rng, disorder=self.disorder)
            before, after = np.split(chains.observables, 2, axis=1)
            entropies = chains.entropies[:, self.times :]
            found.append(Split(before.reshape(count, -1), after.reshape(count, -1), entropies))
        means = [each.mean(axis=0) for each in found[0][:2]]
        # What never varies, such as a sum that is conserved, stays zero.
        scales = [np.maximum(each.std(axis=0), 1e-6) for each in found[0][:2]]
        first, pool, test = (
            Split(
                (one.inputs - means[0]) / scales[0],
                (one.later - means[1]) / scales[1],
                one.entropies,
            )
            for one in found
        )
        return first, pool, test

    def _keys(self, seed: int, name: str, copies: int = 1) -> Any:
        """One key for each training seed, over and over."""
        import jax.numpy as jnp

        each = [key_for(seed, "spin chain", name, k) for k in range(self.seeds)]
        return jnp.stack(each * copies)

    def _pretrained(self, first: Split, test: Split, seed: int) -> tuple["Regressor", np.ndarray]:
        """The networks of the first task, stacked, and their errors on the test."""
        from replication.landscapes import transfer

        shape = first.inputs.shape[1], first.later.shape[1]
        done = transfer.fit(
            transfer.regressors(*shape, self.width, self._keys(seed, "weights")),
            np.stack([first.inputs] * self.seeds),
            np.stack([first.later] * self.seeds),
            np.full(self.seeds, self.rates[0]),
            np.ones(self.seeds),
            self._keys(seed, "first batches"),
            steps=self.first_steps,
            batch=self.batch,
        )
        missed = (transfer.predictions(done.network, test.inputs) - test.later) ** 2
        return done.network, missed.mean(axis=(1, 2)) / test.later.var(axis=0).mean()

    def _errors(
        self, count: int, bodies: "Regressor", pool: Split, test: Split, seed: int
    ) -> np.ndarray:
        """Mean squared errors on the test after training on so many chains, `(arm, seed)`."""
        from sklearn.linear_model import RidgeCV

        chosen = [
            generator_for(seed, "spin chain", "chains", k).permutation(self.pool)[:count]
            for k in range(self.seeds)
        ]
        x, y = (np.stack([each[rows] for rows in chosen]) for each in (pool.inputs, pool.entropies))
        means, scales = y.mean(axis=1, keepdims=True), y.std(axis=1, keepdims=True).clip(1e-6)
        guesses = self._tuned(bodies, x, (y - means) / scales, test, seed) * scales + means
        linear = [
            RidgeCV(PENALTIES).fit(*both).predict(test.inputs) for both in zip(x, y, strict=True)
        ]
        everything = np.concatenate([guesses, np.stack(linear)[None]])
        return np.asarray(((everything - test.entropies) ** 2).mean(axis=(2, 3)))

    def _tuned(
        self, bodies: "Regressor", x: np.ndarray, y: np.ndarray, test: Split, seed: int
    ) -> np.ndarray:
        """Standardised outputs of the networks on the test, `(arm, seed, chains, times)`.

        All arms of one seed have the same head, chains and batches, and choose among the same
        rates: their bodies alone differ.
        """
        from replication.landscapes import transfer

        scratch = transfer.regressors(x.shape[2], 1, self.width, self._keys(seed, "scratch"))
        arms = [
            transfer.with_heads(one, y.shape[2], self._keys(seed, "heads"))
            for one in (scratch, bodies, bodies)
        ]
        shape = (len(self.rates), len(arms), self.seeds)
        copies = shape[0] * shape[1]
        done = transfer.fit(
            transfer.join(arms * len(self.rates)),
            np.concatenate([x] * copies),
            np.concatenate([y] * copies),
            np.repeat(self.rates, shape[1] * shape[2]),
            np.broadcast_to(np.array([1, 1, 0])[:, None], shape).ravel(),
            self._keys(seed, "batches", copies=copies),
            steps=self.steps,
            batch=self.batch,
        )
        best = np.asarray(done.held_out).reshape(shape).argmin(axis=0)
        guesses = transfer.predictions(done.network, test.inputs).reshape(*shape, -1, y.shape[2])
        return np.take_along_axis(guesses, best[None, ..., None, None], axis=0)[0]


def samples_ratio(
    samples: tuple[int, ...], errors: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Samples that scratch needs over those of transfer, at each number of the latter's.

    Read off the straight lines between the logarithms of both. Beyond the ends of the curve of
    scratch the ratio is a bound, that of the end.

    **Arguments:** `samples`: increasing; `errors`: `(samples, arm, seed)`, scratch and transfer in
    front.

    **Returns:** `(samples, 4)`: the ratio, the ends of its interval of 95 per cent by bootstrap
    over seeds, and the fraction of bootstrap samples in which it is a bound.
    """
    logs = np.log(np.asarray(samples, float))

    def ratios(seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        scratch, transfer = np.log(errors[:, :2][..., seeds].mean(axis=-1)).T
        # The best so far, and where it was first: an error that rises again would be met twice.
        falling = np.minimum.accumulate(scratch)
        levels, places = np.unique(-falling, return_index=True)
        needed = np.interp(-transfer, levels, logs[places])
        beyond = (transfer < falling[-1]) | (transfer > falling[0])
        return np.exp(needed - logs), beyond

    count = errors.shape[-1]
    value, _ = ratios(np.arange(count))
    drawn = [ratios(seeds) for seeds in rng.integers(0, count, (RESAMPLES, count))]
    low, high = np.quantile([one for one, _ in drawn], [0.025, 0.975], axis=0)
    return np.stack([value, low, high, np.mean([one for _, one in drawn], axis=0)], axis=1)
