"""The command that measures one landscape: its options are the probe's settings."""

import os

import pytest
import xarray as xr

from replication.__main__ import main
from replication.probes import probes

SMALL = ["--qubits", "[2]", "--layers", "[1]", "--circuits", "4"]


@pytest.fixture(autouse=True)
def environment():
    """The command sets variables for this process, which other tests must not see."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def test_it_prints_numbers_with_errors_and_writes_them(tmp_path, capsys):
    out = tmp_path / "noise.nc"
    assert main(["landscape", "noise", *SMALL, "--seed", "3", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "ratio: noisy / exact" in printed
    assert "±" in printed
    with xr.open_dataset(out, engine="h5netcdf") as written:
        assert written.sizes == {"qubits": 1, "layers": 1, "strength": 4}
        assert written.attrs["seed"] == 3


@pytest.mark.parametrize("probe", probes())
def test_every_probe_says_what_its_settings_mean(probe, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["landscape", probe, "--help"])
    assert stop.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "Checked:" in shown
    for name in probes()[probe].model_fields.keys() - {"kind"}:
        assert f"--{name.replace('_', '-')} YAML" in shown


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["noise", "--qubits", "[9]"], "qubits.0: input should be less than or equal to 7 (got 9)"),
        (["noise", "--qubits", "{"], "--qubits: '{' is no YAML value"),
        (["noise", "--seed", "-1"], "--seed must be from 0 to"),
        (
            ["gradients", "--subject", "{kind: mcclean, foo: 1}", "--sizes", '["4"]'],
            "unknown key subject.mcclean.foo; allowed here are kind",
        ),
    ],
)
def test_mistakes_are_one_sentence(arguments, words, capsys):
    assert main(["landscape", *arguments]) == 2
    assert words in capsys.readouterr().err
