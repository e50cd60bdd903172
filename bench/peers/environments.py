"""One virtual environment a peer, and one process a question put to it."""

import ast
import hashlib
import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from replication.errors import UserError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ENVIRONMENTS = ROOT / ".peers"
README = ROOT / "bench" / "README.md"


@dataclass(frozen=True)
class Peer:
    """A peer's file and the interpreter that runs it."""

    path: Path
    python: Path

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.stem

    @property
    def constants(self) -> dict[str, Any]:
        """`LABEL`, `PACKAGE` and `PRECISION`, read without importing the peer."""
        found: dict[str, Any] = {}
        for node in ast.parse(self.path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                found |= {one.id: node.value.value for one in node.targets if hasattr(one, "id")}
        return found

    @property
    def label(self) -> str:
        """The name a reader sees."""
        return str(self.constants["LABEL"])

    @property
    def precision(self) -> str:
        """`float64` or `float32`."""
        return str(self.constants["PRECISION"])

    def offers(self, quantities: Sequence[str]) -> bool:
        """Whether it has a function of one of these names, read without importing it."""
        body = ast.parse(self.path.read_text(encoding="utf-8")).body
        return any(isinstance(one, ast.FunctionDef) and one.name in quantities for one in body)


def known() -> list[str]:
    """Every peer: a file here with its requirements beside it."""
    return sorted(path.stem for path in HERE.glob("*.txt"))


def chosen(names: Sequence[str]) -> list[str]:
    """The named peers, all where none is named; UserError for one that is not there."""
    unknown = [name for name in names if name not in known()]
    if unknown:
        raise UserError(f"unknown peer {unknown[0]!r}; there are {', '.join(known())}")
    return sorted(set(names)) or known()


def prepare(name: str) -> tuple[Peer, str]:
    """A peer with its environment, made where it is missing or stale, and what went wrong or "".

    The stamp is the digest of the requirements, this Python and the place, and comes last.
    """
    folder, requirements = ENVIRONMENTS / name, HERE / f"{name}.txt"
    python = folder / "bin" / "python"
    peer = Peer(HERE / f"{name}.py", python)
    stamp = folder / ".complete"
    digest = hashlib.sha256(
        requirements.read_bytes() + sys.version.encode() + str(folder).encode()
    ).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return peer, ""
    print(f"Setting up {folder.relative_to(ROOT)} (log: {name}.log beside it).", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    ENVIRONMENTS.mkdir(exist_ok=True)
    log = ENVIRONMENTS / f"{name}.log"
    install = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"]
    with log.open("w", encoding="utf-8") as out:
        for command in (
            [sys.executable, "-m", "venv", "--clear", str(folder)],
            [*install, "--require-hashes", "--requirement", str(requirements)],
        ):
            try:
                subprocess.run(command, stdout=out, stderr=subprocess.STDOUT, check=True)
            except (OSError, subprocess.CalledProcessError):
                return peer, f"could not be installed: {_reason(log)}"
    stamp.write_text(digest, encoding="utf-8")
    return peer, ""


def _reason(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR")]
    return plain((errors or lines or ["pip said nothing"])[-1])


def plain(text: str) -> str:
    """A sentence of another program without addresses and places of this machine, cut short."""
    text = re.sub(r"\w+://\S+", "…", text.strip())
    text = re.sub(r"(?<![\w.])/[\w.@+-]+(/[\w.@+-]+)+", "…", text)
    return text if len(text) <= 160 else text[:159] + "…"


@dataclass
class Answer:
    """What came back: on the peer, on each quantity, and why it ended early or ""."""

    about: dict[str, Any] = field(default_factory=dict)
    quantities: dict[str, dict[str, Any]] = field(default_factory=dict)
    ended: str = ""
    out_of_time: bool = False


def ask(peer: Peer, task: dict[str, Any], limit: float) -> Answer:
    """Run the peer's process on a task for at most `limit` seconds.

    It inherits this process's cores and thread settings; `-I` keeps this project and the folder of
    the peers' files, some named like the package they wrap, off its path.
    """
    answer = Answer()
    with tempfile.TemporaryDirectory() as name:
        given, found = Path(name, "task.json"), Path(name, "answer.jsonl")
        given.write_text(json.dumps(task), encoding="utf-8")
        paths = (HERE / "worker.py", peer.path, given, found)
        # No byte code is kept: a file changed within a second would be taken for the old one.
        command = [str(peer.python), "-I", "-B", *map(str, paths)]
        try:
            process = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=limit,
                check=False,
                cwd=name,
            )
        except OSError as error:
            answer.ended = f"did not start: {error.strerror}"
        except subprocess.TimeoutExpired:
            answer.out_of_time = True
            answer.ended = f"not finished within {limit:g} s"
        else:
            answer.ended = _ending(process)
        for line in found.read_text(encoding="utf-8").splitlines() if found.exists() else []:
            _take(answer, line)
    return answer


def _ending(process: "subprocess.CompletedProcess[bytes]") -> str:
    if process.returncode == 0:
        return ""
    if process.returncode < 0:
        return f"crashed: {signal.Signals(-process.returncode).name}"
    lines = process.stderr.decode(errors="replace").strip().splitlines()
    return f"crashed: {plain(lines[-1] if lines else f'exit status {process.returncode}')}"


def _take(answer: Answer, line: str) -> None:
    """A line of the answer; one cut short by the end of the process is left out."""
    try:
        read = json.loads(line)
    except json.JSONDecodeError:
        return
    if "quantity" in read:
        if "said" in read:
            read["said"] = plain(read["said"])
        answer.quantities[read["quantity"]] = read
    else:
        answer.about = read
