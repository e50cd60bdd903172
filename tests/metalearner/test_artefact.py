"""A network as a file and as an optimiser: round trip, refusals, counted queries, SciPy."""

import contextlib
import json
import re
import warnings
from decimal import Decimal
from fractions import Fraction

import equinox as eqx
import jax
import numpy as np
import pytest
from scipy.optimize import minimize

from replication.ansatze.qaoa import qaoa
from replication.errors import UserError
from replication.metalearner import network_file
from replication.metalearner.artefact import MetaOptimizer, load_meta_optimizer
from replication.metalearner.network import (
    Network,
    arrays_of,
    initialise,
    network_from,
    weights_of,
)
from replication.metalearner.rollout import batch_of, roll_out, task_for
from replication.problems.maxcut import maxcut

SQUARE = maxcut([(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)])


@pytest.fixture(scope="module")
def learner():
    network = initialise([0.3, -0.4], 4, "residual", starts_there=False, key=jax.random.key(0))
    return MetaOptimizer(weights_of(network), {"name": "small", "needs_start": False, "seed": 3})


@pytest.fixture
def saved(learner, tmp_path):
    path = tmp_path / "small.npz"
    learner.save(path)
    return path


def recorded(function):
    def cost(theta, *others):
        cost.points.append(np.array(theta))
        return function(theta, *others)

    cost.points = []
    return cost


def bowl(theta):
    return float(np.tanh(np.sum((theta - 0.2) ** 2)) - 0.5)


def test_round_trip(learner, saved):
    again = load_meta_optimizer(saved)
    assert eqx.tree_equal(again.network, learner.network)
    assert learner.metadata.items() <= again.metadata.items()
    assert repr(again) == "MetaOptimizer('small', residual, 2 angles)"
    assert load_meta_optimizer(str(saved)).num_parameters == 2
    np.testing.assert_array_equal(again.suggest(bowl).points, learner.suggest(bowl).points)


def test_the_file_is_arrays_and_json(saved):
    assert [path.name for path in saved.parent.iterdir()] == ["small.npz"]
    with np.load(saved, allow_pickle=False) as file:
        header = json.loads(str(file["metadata"]))
        assert header["form"] == "residual"
        assert sorted(file.files)[:3] == ["anchor", "cell.bias", "cell.weight_hh"]
    assert saved.stat().st_size < 10_000


def test_saving_overwrites_whole_and_makes_its_folder(learner, tmp_path):
    path = tmp_path / "new" / "folder" / "net.npz"
    learner.save(path)
    learner.save(path)
    assert load_meta_optimizer(path).num_parameters == 2


def test_a_folder_that_cannot_be_written_is_named(learner, tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "net.npz"
    with pytest.raises(UserError, match=f"cannot write to folder {re.escape(str(path.parent))}"):
        learner.save(path)


@pytest.mark.parametrize("axes", [0, 1])
def test_arrays_by_name(axes):
    networks = [Network(2, 3, "plain", key=jax.random.key(k)) for k in range(2)]
    network = jax.tree.map(lambda *leaves: np.stack(leaves), *networks) if axes else networks[0]
    again = network_from(arrays_of(network), "plain")
    for a, b in zip(jax.tree.leaves(network), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(KeyError, match=r"cell\.bias"):
        network_from({k: v for k, v in arrays_of(network).items() if k != "cell.bias"}, "plain")


def rewritten(**changes):
    def damage(content, path):
        path.write_bytes(content)
        with np.load(path) as file:
            arrays = {name: file[name] for name in file.files} | {
                name: value for name, value in changes.items() if name != "header"
            }
        header = json.loads(str(arrays["metadata"])) | changes.get("header", {})
        np.savez(path, **{**arrays, "metadata": np.array(json.dumps(header))})

    return damage


def bytes_of(change):
    return lambda content, path: path.write_bytes(change(content))


def text(content, path):
    path.write_text("theta = 1")


def stacked(_, path):
    with np.load(path) as file:
        np.savez(path, **{n: file[n] if n == "metadata" else np.stack([file[n]] * 2) for n in file})


DAMAGES = {
    "empty": bytes_of(lambda _: b""),
    "cut": bytes_of(lambda content: content[: len(content) // 2]),
    "one byte short": bytes_of(lambda content: content[:-1]),
    "text": text,
    "foreign npz": lambda _, path: np.savez(path, a=np.ones(3)),
    "foreign npy": lambda _, path: path.write_bytes(b"\x93NUMPY\x01\x00"),
    "pickle": lambda _, path: np.savez(path, metadata=np.array({"a": 1}, dtype=object)),
    "other format": rewritten(header={"format": "replication/meta-optimizer/0"}),
    "unknown form": rewritten(header={"form": "spiral"}),
    "not finite": rewritten(anchor=np.array([np.nan, 0])),
    "wrong shape": rewritten(anchor=np.zeros(3)),
    "extra array": rewritten(surplus=np.zeros(3)),
    "several networks": stacked,
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_or_foreign_file_is_refused_by_name(saved, name):
    DAMAGES[name](saved.read_bytes(), saved)
    with pytest.raises(UserError, match=f"{re.escape(str(saved))} is not a network file"):
        load_meta_optimizer(saved)


def test_any_flipped_byte_is_refused_or_harmless(learner, saved):
    """Never a traceback of zlib, zipfile or NumPy, wherever the damage is."""
    content = saved.read_bytes()
    for position in range(0, len(content), 7):
        damaged = bytearray(content)
        damaged[position] ^= 0b101
        saved.write_bytes(damaged)
        with contextlib.suppress(UserError):
            assert eqx.tree_equal(load_meta_optimizer(saved).network, learner.network)


def test_a_name_that_is_neither_shipped_nor_a_path(tmp_path):
    with pytest.raises(UserError, match=r"unknown meta-optimizer 'maxcut'; allowed are .*\.npz"):
        load_meta_optimizer("maxcut")
    path = tmp_path / "missing.npz"
    with pytest.raises(UserError, match=f"{re.escape(str(path))} does not exist"):
        load_meta_optimizer(path)
    folder = tmp_path / "folder.npz"
    folder.mkdir()
    with pytest.raises(UserError, match=f"{re.escape(str(folder))} is not a network file"):
        load_meta_optimizer(folder)


def test_paths_load_without_shipped_networks(saved, monkeypatch, tmp_path):
    monkeypatch.setattr(network_file.resources, "files", lambda _: tmp_path / "nothing")
    assert load_meta_optimizer(saved).num_parameters == 2
    with pytest.raises(UserError, match="unknown meta-optimizer 'x'"):
        load_meta_optimizer("x")


@pytest.mark.parametrize("form", ["plain", "residual"])
def test_suggest_is_the_roll_out_of_training(experiment, form):
    """The same queries, whether the network runs inside the compiled scan or on a callable."""
    network = initialise([0.3, -0.4], 4, form, starts_there=False, key=jax.random.key(2))
    task = task_for(SQUARE, qaoa(SQUARE, experiment.depth))
    batch = batch_of([SQUARE], lambda problem: qaoa(problem, experiment.depth))
    expected = jax.jit(roll_out, static_argnums=2)(network, batch, 5)
    found = MetaOptimizer(weights_of(network), {}).suggest(
        lambda theta: float(task.ansatz.energy(theta)), queries=5, scale=SQUARE.normaliser
    )
    np.testing.assert_allclose(found.points, expected.points[0], 0, 1e-12)
    np.testing.assert_allclose(found.values, expected.costs[0] * SQUARE.normaliser, 0, 1e-12)


def test_every_query_is_counted(learner):
    cost = recorded(bowl)
    found = learner.suggest(cost, queries=4)
    assert found.queries == len(cost.points) == 4
    np.testing.assert_array_equal(found.points, cost.points)
    np.testing.assert_array_equal(found.values, [bowl(point) for point in cost.points])
    assert found.best_value == found.values.min() == bowl(found.best)


def test_a_given_start_is_queried_counted_and_may_win(learner):
    cost = recorded(bowl)
    found = learner.suggest(cost, queries=3, start=[0.2, 0.2])
    assert found.queries == len(cost.points) == 4
    assert found.points.shape == (3, 2)
    np.testing.assert_array_equal(cost.points[0], [0.2, 0.2])
    np.testing.assert_array_equal(found.best, [0.2, 0.2])
    assert found.best_value == -0.5 < found.values.min()


def test_scale_and_offset_are_undone(learner):
    plain = learner.suggest(bowl, queries=4)
    moved = learner.suggest(lambda theta: 7 * bowl(theta) + 3, queries=4, scale=7.0, offset=3.0)
    np.testing.assert_allclose(moved.points, plain.points, 0, 1e-12)
    np.testing.assert_allclose(moved.values, 7 * plain.values + 3, 0, 1e-12)


def test_costs_outside_the_trained_range_warn(learner):
    with pytest.warns(UserWarning, match=r"= 9 at query 1 lies outside \[-1, 1\]") as caught:
        learner.suggest(lambda theta: 9.0, queries=1)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        learner.suggest(lambda theta: -1.04, queries=1)
        learner.suggest(lambda theta: 9.0, queries=1, scale=9.0)


def test_a_cost_that_writes_into_its_argument_spoils_nothing(learner):
    def vandal(theta):
        value = bowl(theta)
        theta[:] = 99
        return value

    start = np.array([0.1, 0.3])
    expected = learner.suggest(bowl, queries=3, start=start)
    found = learner.suggest(vandal, queries=3, start=start)
    np.testing.assert_array_equal(found.points, expected.points)
    np.testing.assert_array_equal(found.best, expected.best)
    np.testing.assert_array_equal(start, [0.1, 0.3])


def test_array_costs_of_one_number_are_taken(learner):
    found = learner.suggest(lambda theta: jax.numpy.asarray(bowl(theta)), queries=2)
    assert isinstance(found.best_value, float)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"queries": 0}, "queries = 0 must be a whole number, at least 1"),
        ({"queries": 2.5}, r"queries = 2\.5 must be a whole number"),
        ({"queries": True}, "queries = True must be a whole number"),
        ({"queries": None}, "queries = None must be a whole number"),
        ({"scale": 0.0}, r"scale must be a positive real number, got 0\.0"),
        ({"scale": -2.0}, r"scale must be a positive real number, got -2\.0"),
        ({"scale": np.nan}, "scale must be a positive real number, got nan"),
        ({"offset": np.inf}, "offset must be a finite real number, got inf"),
        ({"start": [0.0]}, r"start has shape \(1,\), but .* takes shape \(2,\)"),
        ({"start": [0.0, np.nan]}, r"start = .*nan.* must be finite"),
    ],
)
def test_bad_arguments_are_refused_before_any_query(learner, arguments, sentence):
    cost = recorded(bowl)
    with pytest.raises(UserError, match=sentence):
        learner.suggest(cost, **arguments)
    assert not cost.points


@pytest.mark.parametrize(
    "value",
    [
        np.nan,
        np.inf,
        np.zeros(2),
        [[0.0], [0.0, 1.0]],
        None,
        "low",
        "0.5",
        b"1",
        1j,
        complex(0.5, 0),
        np.complex128(0.5),
        jax.numpy.complex64(0.5),
        True,
        np.False_,
        {0.5: 1},
        Decimal("0.5"),
        np.ma.masked,
        10**400,
    ],
    ids=repr,
)
def test_a_cost_that_is_no_number_is_named_with_its_query(learner, value):
    with pytest.raises(
        UserError,
        match=r"^cost returned .* at query 1; a finite real number \(an int or a float\) is needed",
    ):
        learner.suggest(lambda theta: value)


@pytest.mark.parametrize("name", ["scale", "offset"])
@pytest.mark.parametrize(
    "value",
    [
        1j,
        complex(1, 0),
        np.complex64(1),
        "2",
        b"2",
        True,
        {2.0: 1},
        [2.0],
        np.ones(2),
        10**400,
    ],
    ids=repr,
)
def test_a_scale_or_offset_that_is_no_real_number_is_named(learner, name, value):
    cost = recorded(bowl)
    with pytest.raises(UserError, match=f"^{name} must be a (positive|finite) real number, got "):
        learner.suggest(cost, **{name: value})
    assert not cost.points


@pytest.mark.parametrize(
    "start",
    [
        np.array([1j, 0]),
        np.zeros(2, complex),
        [0.0, 1j],
        ["0.1", "0.2"],
        np.array(["0.1", "0.2"]),
        [0.1, "0.2"],
        "12",
        b"12",
        {0.1: 1, 0.2: 2},
        {0.1, 0.2},
        [True, False],
        [0.1, None],
        [0.1, [0.2]],
        np.zeros(2, "m8[s]"),
        np.ma.masked_array([0.1, 0.2], [True, False]),
    ],
    ids=repr,
)
def test_a_start_that_is_not_of_real_numbers_is_named(learner, start):
    cost = recorded(bowl)
    for call in (lambda: learner.suggest(cost, start=start), lambda: learner(cost, start)):
        with pytest.raises(UserError, match=r"^start must be an array of real numbers"):
            call()
    assert not cost.points


def test_scipy_hands_a_complex_start_on_and_it_is_refused(learner):
    with pytest.raises(UserError, match=r"^start must be .* start\[0\] is 1j"):
        minimize(bowl, np.array([1j, 0]), method=learner)


@pytest.mark.parametrize("args", ["ab", b"ab", {"shift": 1.0}, 0.25, None], ids=repr)
def test_arguments_that_are_no_tuple_are_refused(learner, args):
    with pytest.raises(UserError, match=r"^args must be a tuple, got "):
        learner(lambda theta, *others: bowl(theta), np.zeros(2), args)


@pytest.mark.parametrize("kind", [int, np.float32, np.array, Decimal, Fraction])
def test_scales_offsets_and_starts_of_any_real_type_are_taken(learner, kind):
    expected = learner.suggest(bowl, 3, scale=2.0, offset=1.0, start=[1.0, 0.0])
    found = learner.suggest(bowl, 3, scale=kind(2), offset=kind(1), start=[kind(1), kind(0)])
    np.testing.assert_allclose(found.points, expected.points, 0, 1e-6)


def test_a_network_that_needs_a_start_says_so(learner):
    needy = MetaOptimizer(learner.weights, {"name": "ladder", "needs_start": True})
    with pytest.raises(UserError, match=r"'ladder'.* needs start=: .*adiabatic"):
        needy.suggest(bowl)
    assert needy.suggest(bowl, queries=2, start=np.zeros(2)).queries == 3


def test_as_a_method_of_scipy(learner):
    cost = recorded(lambda theta, shift: bowl(theta) + shift)
    found = minimize(
        cost,
        np.zeros(2),
        args=(0.25,),
        method=learner,
        options={"queries": 6, "scale": 2.0, "offset": 0.25},
    )
    assert found.success
    assert (found.nfev, found.nit) == (len(cost.points), 6) == (7, 6)
    expected = learner.suggest(
        lambda theta: bowl(theta) + 0.25, 6, scale=2.0, offset=0.25, start=np.zeros(2)
    )
    np.testing.assert_array_equal(found.x, expected.best)
    assert found.fun == expected.best_value
