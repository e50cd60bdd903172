"""Result files: labelled arrays in netCDF that appear whole, and are refused by name if not."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replication.errors import UserError

if TYPE_CHECKING:
    import xarray as xr

FORMAT = 2
"""Version of the layout of all result files; a file of another one is stale."""

_SEAL = b"\nsha256:"
_SEAL_LENGTH = len(_SEAL) + 64

_MEND = "delete it and run snakemake again"


def write(path: str | Path, content: bytes | memoryview) -> None:
    """Write a whole file by rename: readers see the old content or the new one, never a half.

    **Arguments:**

    - `path`: the file; its folder is made where it does not exist.
    - `content`: its bytes.

    **Raises:** [`UserError`][] naming the folder where it cannot be written (no permission, disk
    full, quota …). The temporary file is removed and an older `path` is left as it was.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(path.parent, error) from None
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), 0o666 & ~_umask())
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise _unwritable(path.parent, error) from None
    finally:
        with contextlib.suppress(OSError):
            os.unlink(temporary)


@contextlib.contextmanager
def alone(path: str | Path) -> Iterator[None]:
    """Keep others that ask for the same out of a file's folder; they wait until this ends.

    It changes nothing where the system or the file system has no such locks.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    folder = Path(path).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _unwritable(folder: Path, error: OSError) -> UserError:
    reason = error.strerror or str(error)
    return UserError(
        f"cannot write to folder {folder}: {reason}; free some space or choose a writable folder"
    )


def save(
    tree: "xr.DataTree | xr.Dataset",
    path: str | Path,
    attributes: Mapping[str, str | int | float],
) -> None:
    """Save a tree (or one dataset as its root) as netCDF-4, compressed, by rename.

    A seal follows the data, the SHA-256 of all bytes before it; other readers of netCDF-4 do not
    see it.

    **Arguments:**

    - `tree`: labelled arrays; none of them complex (netCDF knows only real ones).
    - `path`: the file.
    - `attributes`: added to the root's attributes; `kind` and `settings` are what [`load`][]
      compares.

    **Raises:** [`UserError`][] as [`write`][].
    """
    import xarray as xr

    tree = xr.DataTree(tree) if isinstance(tree, xr.Dataset) else tree.copy()
    tree.attrs = {**tree.attrs, **attributes, "format": FORMAT}
    encoding: dict[str, Any] = {
        node.path: {
            str(name): {"zlib": True, "complevel": 4, "shuffle": True}
            for name, variable in node.to_dataset(inherit=False).variables.items()
            if variable.ndim and variable.size and variable.dtype.kind in "iufb"
        }
        for node in tree.subtree
    }
    content = tree.to_netcdf(engine="h5netcdf", encoding=encoding)
    assert content is not None
    write(path, bytes(content) + _seal(content))


def _seal(content: bytes | memoryview) -> bytes:
    return _SEAL + hashlib.sha256(content).hexdigest().encode()


def load(path: str | Path, kind: str, settings: str | None = None) -> "xr.DataTree":
    """Load a file that [`save`][] wrote, whole, into memory.

    **Arguments:**

    - `path`: the file.
    - `kind`: the step that must have written it, such as `"traces"`.
    - `settings`: digest of the settings it must have been made with; `None` for any.

    **Returns:** the tree; the root's `attrs` hold the provenance.

    **Raises:** [`UserError`][] naming the file where it is missing, cut, not one of ours, of
    another kind, or stale (made with other settings).
    """
    import xarray as xr

    path = Path(path)
    if not path.is_file():
        raise UserError(f"{path} is missing: run snakemake to make it")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    # Before HDF5 sees it, which may crash or loop for ever on a damaged file.
    content, seal = content[:-_SEAL_LENGTH], content[-_SEAL_LENGTH:]
    if seal != _seal(content):
        raise UserError(f"{path} is cut, damaged or not a result file of this suite: {_MEND}")
    with xr.open_datatree(content, engine="h5netcdf") as tree:
        tree.load()
    check_origin(path, tree.attrs, kind, settings)
    return tree


def attributes(path: Path, keys: Iterable[str]) -> dict[str, Any]:
    """These attributes of a file's root, as far as it has them, read without its data.

    **Raises:** OSError for a file that is no netCDF-4.
    """
    import h5py

    # By HDF5 itself: a study has a thousand files, and xarray takes ten times as long for each.
    with h5py.File(path, "r") as file:
        found = {key: file.attrs[key] for key in keys if key in file.attrs}
    # netCDF gives a number back as an array of one.
    return {
        key: one.ravel()[0].item() if hasattr(one, "ravel") else one for key, one in found.items()
    }


def check_origin(
    path: Path, attributes: Mapping[Any, Any], kind: str, settings: str | None
) -> None:
    """Refuse a file by what it says of itself; arguments as of [`load`][].

    **Raises:** [`UserError`][] naming the file where it is of another kind, or stale.
    """
    found = attributes.get("kind")
    if found != kind:
        raise UserError(f"{path} holds {found!r} where {kind!r} is needed: {_MEND}")
    stale = settings is not None and attributes.get("settings") != settings
    if stale or attributes.get("format", FORMAT) != FORMAT:
        raise UserError(f"{path} is stale, it was made with other settings: {_MEND}")
