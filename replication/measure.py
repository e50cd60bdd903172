"""The command that measures a landscape by one probe, without a study."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pydantic
import yaml

from replication import environment, probes, provenance, store
from replication.errors import UserError
from replication.probes.base import Probe
from replication.settings import Settings
from replication.study import sentence

if TYPE_CHECKING:
    import xarray as xr

SEED = 0


def add_to(commands: Any) -> None:
    """A command `landscape` with a command for every probe, its settings as options."""
    text = "measure a cost landscape by one probe, without a study"
    one = commands.add_parser("landscape", help=text, description=text)
    found = one.add_subparsers(dest="probe", required=True, metavar="PROBE")
    for kind, probe in probes.probes().items():
        parser = found.add_parser(
            kind,
            help=probe.title,
            description=f"{probe.__doc__} Checked: {probe.source}.",
            epilog="Values are YAML, such as 3, [4, 6] or {kind: mcclean}.",
        )
        for name, field in probe.model_fields.items():
            if name != "kind":
                default = "" if field.is_required() else f" (default {_text(field.default)})"
                parser.add_argument(
                    _option(name),
                    dest=f"setting {name}",
                    metavar="YAML",
                    required=field.is_required(),
                    help=f"{field.description or name}{default}".replace("%", "%%"),
                )
        parser.add_argument("--seed", type=int, default=SEED, help=f"base seed (default {SEED})")
        parser.add_argument("--out", type=Path, help="netCDF file for the arrays")


def run(arguments: argparse.Namespace) -> None:
    """Measure, print every array with its errors, and write them if a file is named.

    **Raises:** [`UserError`][] for a setting that is none, naming it and what is allowed.
    """
    probe = _probe(arguments)
    if not 0 <= arguments.seed < 2**63:
        raise UserError(f"--seed must be from 0 to 2^63 - 1 (got {arguments.seed})")
    os.environ.update(environment.variables(provenance.available_cores(), rolled=True))
    measured = probe.measure(arguments.seed)
    print(text_of(measured))
    if arguments.out is not None:
        attributes = {"kind": "probe", "settings": probe.model_dump_json(), "seed": arguments.seed}
        store.save(measured, arguments.out, attributes)
        print(f"\nwritten to {arguments.out}")


def _probe(arguments: argparse.Namespace) -> Probe:
    given: dict[str, Any] = {"kind": arguments.probe}
    for key, value in vars(arguments).items():
        name = key.removeprefix("setting ")
        if name != key and value is not None:
            try:
                given[name] = yaml.safe_load(value)
            except yaml.YAMLError:
                raise UserError(f"{_option(name)}: {value!r} is no YAML value") from None
    model = probes.load(arguments.probe)
    try:
        return model.model_validate(given)
    except pydantic.ValidationError as error:
        raise UserError(sentence(error, arguments.probe, model)) from None


def text_of(measured: "xr.Dataset") -> str:
    """Every array as a table, numbers with their standard errors."""
    parts = []
    for name, array in measured.data_vars.items():
        if str(name).endswith("_error") and str(name).removesuffix("_error") in measured:
            continue
        error = measured.get(f"{name}_error")
        # A number alone has no index.
        table = array.to_series() if array.dims else None
        label = f"{name}: {array.attrs.get('long_name', '')}"
        if table is None:
            spread = "" if error is None else f" ± {float(error):.2g}"
            parts.append(f"{label}\n{float(array):.6g}{spread}")
            continue
        frame = table.to_frame(str(name))
        if error is not None:
            frame["±"] = error.to_series()
        parts.append(f"{label}\n{frame.to_string()}")
    return "\n\n".join(parts)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _text(value: Any) -> str:
    """A default as YAML on one line."""
    if isinstance(value, Settings):
        value = value.model_dump(mode="json")
    plain = list(value) if isinstance(value, tuple) else value
    dumped: str = yaml.safe_dump(plain, default_flow_style=True, allow_unicode=True, width=10**6)
    return dumped.removesuffix("\n").removesuffix("...").strip()
