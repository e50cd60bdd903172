"""Digests of source code: what makes a job stale when it is edited, and what not."""

import pytest

from replication import workflow
from replication.kinds.meta_learning_jobs import starts_for
from replication.steps.traces import modules_of
from replication.workflow import Job, code_digest, digests


@pytest.fixture
def package(monkeypatch, tmp_path):
    """A small package in place of this one, and a function that digests a module of it afresh."""
    monkeypatch.setattr(digests, "ROOT", tmp_path / "fake")
    monkeypatch.setattr(digests, "BESIDE", ("drawn",))
    monkeypatch.syspath_prepend(tmp_path)
    write(tmp_path / "fake" / "__init__.py", "")

    def ask(*modules):
        for cached in (digests._hash, digests._graph, digests._closure):
            cached.cache_clear()
        return code_digest(*modules)

    yield tmp_path, ask
    monkeypatch.undo()
    ask()


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def edit(path):
    write(path, path.read_text(encoding="utf-8") + "\n# edited\n")


def test_code_digests_follow_imports_and_nothing_else(package):
    root, ask = package
    inside = root / "fake"
    write(
        inside / "steps" / "step.py",
        "from typing import TYPE_CHECKING\n"
        "import numpy as np\n"
        "import fake.absolute\n"
        "from fake.workflow import Job\n"
        "from fake.fakes import one\n"
        "if TYPE_CHECKING:\n    from fake.fakes.hint import Hint\n"
        "else:\n    Hint = None\n",
    )
    write(inside / "fakes" / "one.py", "def f():\n    from .two import g\n    return g()\n")
    write(inside / "fakes" / "two.py", "from . import three\ndef g():\n    return 2\n")
    write(inside / "workflow" / "job.py", "from fake.fakes import other\n")
    write(inside / "workflow" / "__init__.py", "from fake.workflow.job import Job\n")
    silent = ("fakes/hint.py", "fakes/other.py", "__init__.py")
    silent = (*silent, "workflow/__init__.py", "workflow/job.py")
    loud = ("steps/step.py", "steps/__init__.py", "fakes/__init__.py", "fakes/one.py")
    loud = (*loud, "fakes/two.py", "fakes/three.py", "absolute.py")
    for name in (*silent, *loud):
        (inside / name).touch()
    step = "fake.steps.step"
    before = ask(step)
    for name in silent:
        edit(inside / name)
        assert ask(step) == before, name
    for name in loud:
        edit(inside / name)
        assert ask(step) != before, name
        before = ask(step)


def test_a_figure_counts_with_what_it_imports_of_both_packages(package):
    root, ask = package
    write(root / "fake" / "seeds.py", "from fake import deeper\n")
    write(root / "fake" / "deeper.py", "")
    write(root / "fake" / "unused.py", "")
    write(root / "drawn" / "__init__.py", "")
    write(root / "drawn" / "look.py", "from fake.seeds import key\n")
    write(root / "drawn" / "plot.py", "from drawn import look\n")
    before = ask("drawn.plot")
    for loud in ("drawn/plot.py", "drawn/look.py", "fake/seeds.py", "fake/deeper.py"):
        edit(root / loud)
        assert ask("drawn.plot") != before, loud
        before = ask("drawn.plot")
    edit(root / "fake" / "unused.py")
    assert ask("drawn.plot") == before


@pytest.mark.parametrize("asks", ["drawn.plot", "fake.taker"])
def test_names_from_the_package_root_count_as_everything(package, asks):
    root, ask = package
    write(root / "drawn" / "__init__.py", "")
    for path in ("drawn/plot.py", "fake/taker.py"):
        write(root / path, "from fake import maxcut\n")
    before = ask(asks)
    write(root / "fake" / "simulators" / "new.py", "")
    write(root / "fake" / "simulators" / "__init__.py", "")
    assert ask(asks) != before


def test_only_its_own_start_and_optimiser_count_for_a_trace(tiny, tmp_path):
    names = {"experiment": "sk", "set": "4", "protocol": "main"}
    job = Job("traces", tiny, tmp_path, {**names, "starts": "untrained"})
    codes = [
        code_digest(*job.modules_with(modules_of(tiny, names, [start])))
        for start in starts_for(tiny, "sk", "4")
    ]
    learners = len(tiny.experiments["sk"].learners)
    assert len(set(codes)) == len(codes) - learners + 1
    base = code_digest("replication.steps.traces.run")
    assert base not in codes


@pytest.mark.parametrize("step", workflow.STEPS)
def test_every_step_has_a_module(step):
    assert digests._file(f"replication.steps.{step}.run").is_file()
    assert len(code_digest(f"replication.steps.{step}.run")) == 16
