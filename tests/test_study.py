"""Studies: what is allowed, and one sentence for what is not."""

import copy
import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pydantic
import pytest
import yaml

import replication
from replication import optimisers
from replication.errors import UserError
from replication.kinds.meta_learning_jobs import MAIN, starts_for
from replication.kinds.meta_learning_settings import Learner
from replication.study import (
    WORDS,
    Study,
    digest,
    dump_study,
    load_study,
    models_in,
    schema_text,
)
from replication.study_files import study_names
from replication.workflow import needs

ALL = ", ".join(study_names())

TINY = Path(__file__).parent / "workflow" / "tiny.yaml"
STUDIES = resources.files("replication") / "studies"


@pytest.fixture
def content():
    # Through JSON, since YAML's aliases would be one object in several places.
    return json.loads(json.dumps(yaml.safe_load(TINY.read_text(encoding="utf-8"))))


@pytest.fixture
def load(tmp_path):
    def load(content):
        path = tmp_path / "own.yaml"
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        return load_study(path)

    return load


@pytest.mark.parametrize("name", study_names())
def test_shipped_studies_are_valid_and_survive_a_round_trip(name, tmp_path):
    study = load_study(name)
    path = tmp_path / "effective.yaml"
    path.write_text(dump_study(study), encoding="utf-8")
    assert load_study(path) == study
    assert digest(load_study(path)) == digest(study)


def test_the_default_study_is_there():
    assert {"paper", "smoke"} <= set(study_names())


def test_the_committed_schema_is_in_step():
    text = (STUDIES / "schema.json").read_text(encoding="utf-8")
    assert text == schema_text(), (
        "run: python -m replication schema >replication/studies/schema.json"
    )
    assert json.loads(text)["title"] == "Study"


def _models(model):
    """A model and all that its fields hold."""
    yield model
    for field in model.model_fields.values():
        for inner in models_in(field.annotation):
            yield from _models(inner)


def test_every_setting_has_a_meaning_and_an_origin():
    models = set(_models(Study))
    for model in models:
        for name, field in model.model_fields.items():
            group = name in (
                "kind",
                "problem",
                "constants",
                "reference",
                "evaluation",
                "statistics",
                "claims",
            )
            if not group:
                assert field.description, f"{model.__name__}.{name}"
            if not group and not (model is Study and name in WORDS):
                origin = (field.json_schema_extra or {})["origin"]
                assert origin in ("paper", "code", "inferred", "chosen")


@pytest.mark.parametrize(
    ("origin", "settings"),
    [
        ("paper", "Learner.inputs Learner.loss Evaluation.feedback"),
        ("code", "MaxCut.graphs MaxCut.degree Learner.queries Evaluation.queries"),
        (
            "inferred",
            "MaxCut.weights Hubbard.t_range Hubbard.u_range "
            "Hubbard.ansatz Hubbard.filling MetaLearning.shots_size",
        ),
        # One word holds for all classes and values: what others gave for one of them is said in
        # the meaning.
        (
            "chosen",
            "SK.couplings SK.fields Learner.form Learner.theta_0 Learner.norm "
            "Learner.hidden Learner.learning_rate Learner.batch Learner.instances "
            "MetaLearning.depth MetaLearning.train_sizes MetaLearning.train_instances "
            "MetaLearning.test MetaLearning.headline_size MetaLearning.starts Evaluation.simplex",
        ),
    ],
)
def test_origins_are_those_of_the_protocol(origin, settings):
    for setting in settings.split():
        model, field = setting.split(".")
        (found,) = {one for one in _models(Study) if one.__name__ == model}
        assert found.model_fields[field].json_schema_extra == {"origin": origin}


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("Learner.form", "plain, the paper's map"),
        ("MetaLearning.train_sizes", "MaxCut's n = 6 … 9 alone are those of the code"),
        ("MetaLearning.test", "MaxCut's n = 12 alone is that of the code"),
        ("MetaLearning.headline_size", "MaxCut's n = 12 alone is that of the code"),
        ("MetaLearning.starts", "the paper has random angles and the class heuristic"),
    ],
)
def test_what_another_gave_for_one_value_is_said_in_the_meaning(setting, words):
    model, field = setting.split(".")
    (found,) = {one for one in _models(Study) if one.__name__ == model}
    assert words in found.model_fields[field].description


@pytest.mark.parametrize(
    ("where", "value", "sentence"),
    [
        (
            ("experimets",),
            {},
            "unknown key experimets; allowed here are claims, experiments, headline",
        ),
        (
            ("experiments", "sk", "dept"),
            3,
            "unknown key experiments.sk.dept; allowed here are constants, depth,",
        ),
        (
            ("experiments", "sk", "learners", "plain", "hiden"),
            3,
            "unknown key experiments.sk.learners.plain.hiden; allowed here are base, batch, clip,",
        ),
        (
            ("experiments", "sk", "evaluation", "bugdet"),
            3,
            "unknown key experiments.sk.evaluation.bugdet; allowed here are budget, feed",
        ),
        (("experiments", "ladder", "problem", "tt"), 1, "allowed here are ansatz, filling, kind"),
        (
            ("experiments", "sk", "problem", "kind"),
            "ising",
            "experiments.sk.problem: input tag 'ising' found using 'kind' does not match any of "
            "the expected tags: 'hubbard', 'ising_mixture', 'maxcut', 'sk'",
        ),
        (("experiments", "sk", "depth"), 0, "depth: input should be greater than or equal to 1"),
        (("experiments", "sk", "depth"), "two", "should be a valid integer"),
        (("seed",), -1, "seed: input should be greater than or equal to 0 (got -1)"),
        (("statistics", "confidence"), 1.5, "should be less than 1 (got 1.5)"),
        (("statistics", "confidence"), float("nan"), "statistics.confidence"),
        (("statistics", "targets"), [], "at least 1 item"),
        (
            ("experiments", "sk", "learners", "plain", "loss"),
            "regret",
            "should be 'observed_improvement', 'cumulative_regret', 'final_value' or 'weighted'",
        ),
        (
            ("experiments", "sk", "learners", "plain", "warm_up"),
            [0.8, 0.2],
            "must be two increasing fractions between 0 and 1",
        ),
        (
            ("experiments", "ladder", "problem", "t_range"),
            [2, 1],
            "the range [2.0, 1.0] must increase",
        ),
        (("experiments", "sk", "train_sizes"), ["6", "x"], "size 'x' must be a number of qubi"),
        (
            ("experiments", "sk", "train_sizes"),
            ["30"],
            "size '30' is out of reach: one state of 30 qubits takes 16 GiB; at most 24 qubits",
        ),
        (("experiments", "ladder", "train_sizes"), ["2"], "size '2' must be like '2x3'"),
        (("experiments", "ladder", "train_sizes"), ["3x3"], "half filling needs an even num"),
        (
            ("experiments", "ladder", "train_sizes"),
            ["4x4"],
            "size '4x4' is out of reach: one state of 16 sites takes 2.47 GiB; at most 12 sites",
        ),
        (
            ("experiments", "ladder", "train_sizes"),
            ["2x1"],
            "sizes 2x1, 2x2, 2x3 cannot be mixed: along a side of length 1 there is no angle",
        ),
        (("experiments", "sk", "headline_size"), "9", "is not among the test sizes 4"),
        (
            ("experiments", "sk", "learners", "plain", "train_sizes"),
            ["8"],
            "learner plain: train size 8 is not among 4, 5",
        ),
        (
            ("experiments", "sk", "learners", "plain", "test_sizes"),
            ["7"],
            "learner plain: test size 7 is not among 4",
        ),
        (("experiments", "../x"), "copy", "name '../x' must begin with a letter or digit"),
        (("experiments",), {}, "at least one experiment is needed"),
    ],
)
def test_mistakes_are_named_in_one_sentence(content, load, where, value, sentence):
    content = copy.deepcopy(content)
    node = content
    for key in where[:-1]:
        node = node.setdefault(key, {})
    node[where[-1]] = content["experiments"]["sk"] if value == "copy" else value
    with pytest.raises(UserError) as caught:
        load(content)
    message = str(caught.value)
    assert sentence in message
    assert "own.yaml" in message
    assert "\n" not in message


def test_a_learner_must_be_eligible(content, load):
    for learner in content["experiments"]["sk"]["learners"].values():
        learner["role"] = "other"
    with pytest.raises(UserError, match="at least one learner must have role: candidate"):
        load(content)


def test_unknown_and_unreadable_studies_are_named(tmp_path):
    with pytest.raises(
        UserError,
        match=f"unknown study 'papper'; allowed are {ALL} or",
    ):
        load_study("papper")
    with pytest.raises(UserError, match=r"none\.yaml cannot be read"):
        load_study(tmp_path / "none.yaml")
    (tmp_path / "broken.yaml").write_text("a: [1")
    with pytest.raises(UserError, match=r"broken\.yaml is not valid YAML"):
        load_study(tmp_path / "broken.yaml")
    (tmp_path / "list.yaml").write_text("- 1")
    with pytest.raises(UserError, match=r"list\.yaml must be a mapping of keys such as title"):
        load_study(tmp_path / "list.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match=r"binary\.yaml cannot be read"):
        load_study(tmp_path / "binary.yaml")


def test_a_missing_key_is_named(content, load):
    del content["experiments"]["sk"]["depth"]
    with pytest.raises(UserError, match=r"experiments\.sk\.depth: field required"):
        load(content)


def test_digests_ignore_the_order_of_keys():
    assert digest({"a": 1, "b": [1, 2]}) == digest({"b": [1, 2], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
    assert digest("a", "b") != digest("ab")


def test_a_study_extends_another_key_by_key(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "extends: smoke\ntitle: mine\nexperiments: {hubbard-r1: {test: {2x2: 3}, depth: 2}}\n"
    )
    mine, smoke = load_study(path), load_study("smoke")
    assert mine.title == "mine"
    assert mine.experiments["maxcut-p2"] == smoke.experiments["maxcut-p2"]
    assert mine.experiments["hubbard-r1"].depth == 2
    assert mine.experiments["hubbard-r1"].test == {"2x2": 3, "2x3": 8}
    path.write_text("extends: smok\n")
    with pytest.raises(
        UserError,
        match=f"unknown study 'smok'; allowed are {ALL}",
    ):
        load_study(path)


def test_a_protocol_changes_only_what_it_names():
    experiment = load_study("optimisers").experiments["maxcut-p4"]
    noisy = experiment.evaluation_under("shots-100")
    assert noisy.shots == 100
    assert noisy.model_copy(update={"shots": None}) == experiment.evaluation
    assert experiment.evaluation_under("main") == experiment.evaluation


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"headline": ["maxcut-p9"]}, "headline: 'maxcut-p9' must be one of"),
        ({"claims": {"target": 0.5}}, "target: 0.5 must be one of statistics.targets"),
        ({"claims": {"controls": ["ramp"]}}, "'ramp' is among paper_starts already"),
        (
            {"experiments": {"ising-p4": {"variant_of": "none"}}},
            "variant_of: 'none' must be one of",
        ),
        (
            {"experiments": {"sk-p4": {"protocols": {"main": {"shots": 100}}}}},
            "the name main is taken",
        ),
        (
            {"experiments": {"sk-p4": {"protocols": {"cobyla": {"test_sets": ["99"]}}}}},
            "test set 99 is not among",
        ),
        (
            {"experiments": {"sk-p4": {"transfer": {"12": {"size": "12"}}}}},
            "problem: field required",
        ),
        (
            {
                "experiments": {
                    "sk-p4": {"transfer": {"x": {"size": "12", "problem": {"kind": "hubbard"}}}}
                }
            },
            "size '12' must be like '2x3'",
        ),
        (
            {"experiments": {"maxcut-p4": {"transfer": {"regular-4": {"problem": {"degre": 3}}}}}},
            "unknown key experiments.maxcut-p4.transfer.regular-4.problem.maxcut.degre; "
            "allowed here are degree, graphs, kind, weights",
        ),
    ],
)
def test_mistakes_in_what_an_extended_study_holds(change, sentence, tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"extends": "extended", "title": "x"} | change))
    with pytest.raises(UserError) as caught:
        load_study(path)
    assert sentence in str(caught.value)


def test_a_row_of_null_is_left_out(tmp_path):
    """Of experiments, learners, test sets and protocols; elsewhere null is a value."""
    path = tmp_path / "mine.yaml"
    rows = {
        "test": {"16": None},
        "learners": {"spare": {"form": "plain"}, "residual": None},
        "transfer": {"planted": None},
        "starts": None,
    }
    change = {"experiments": {"hubbard-r3": None, "maxcut-p4": rows}, "headline": ["maxcut-p4"]}
    path.write_text(yaml.safe_dump({"extends": "extended", "title": "x"} | change))
    below, study = load_study("extended"), load_study(path)
    assert set(below.experiments) - set(study.experiments) == {"hubbard-r3"}
    one, other = below.experiments["maxcut-p4"], study.experiments["maxcut-p4"]
    assert set(one.transfer) - set(other.transfer) == {"planted"}
    assert list(other.learners) == ["plain", "spare"]
    assert list(other.test) == ["12", "18", "20"]
    assert other.starts is None


def test_null_for_a_row_that_is_not_there_is_refused(tmp_path):
    path = tmp_path / "mine.yaml"
    change = {"experiments": {"maxcut-p4": {"learners": {"plian": None}}}}
    path.write_text(yaml.safe_dump({"extends": "paper", "title": "x"} | change))
    with pytest.raises(UserError, match=r"experiments\.maxcut-p4\.learners\.plian"):
        load_study(path)


def test_studies_are_utf_8_whatever_the_locale(content, tmp_path):
    """Every study is read in a locale of ASCII alone, and no encoding is left to the locale."""
    content["title"] = "Barabási-Albert, √n, θ"
    own = tmp_path / "own.yaml"
    own.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    names = [*study_names(), str(own)]
    code = (
        "import sys; from replication.study import digest, load_study; "
        "print(*(digest(load_study(name)) for name in sys.argv[1:]))"
    )
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    strict = ["-X", "warn_default_encoding", "-W", "error::EncodingWarning:replication"]
    found = subprocess.run(
        [sys.executable, *strict, "-c", code, *names],
        env=os.environ | ascii_only,
        capture_output=True,
        text=True,
        check=False,
    )
    assert not found.returncode, found.stderr
    ours = f"{Path(replication.__file__).parent}/"
    assert not [line for line in found.stderr.splitlines() if line.startswith(ours)]
    assert found.stdout.split() == [digest(load_study(name)) for name in names]


def test_a_study_in_another_encoding_is_refused_by_name(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("# Barabási".encode("latin-1"))
    with pytest.raises(UserError, match=r"study file .*latin\.yaml cannot be read: 'utf-8'"):
        load_study(path)


def test_lists_of_starts_are_left_out_of_a_dump_where_they_are_the_defaults():
    study = load_study("smoke")
    assert {"paper_starts", "controls"}.isdisjoint(study.model_dump(mode="json")["claims"])
    claims = study.claims.model_copy(update={"controls": ("constant",)})
    other = study.model_copy(update={"claims": claims})
    assert digest(other) != digest(study)
    assert type(study).model_validate(other.model_dump(mode="json")) == other


def test_a_protocol_of_every_optimiser_is_one_for_each():
    protocols = {"with": {"optimiser": "all"}, "noisy": {"optimiser": "all", "shots": 1000}}
    content = load_study("smoke").model_dump(mode="json")
    content["labels"] = {"noisy": "1000 shots"}
    content["experiments"]["maxcut-p2"]["protocols"] = protocols
    study = Study.model_validate(content)
    one = study.experiments["maxcut-p2"]
    found = one.protocols
    others = [name for name in optimisers.names() if name != "nelder_mead"]
    assert list(found) == [f"{key}-{name}" for key in protocols for name in others]
    assert one.label("with-cobyla") == "COBYLA"
    assert one.label("noisy-cobyla") == "COBYLA, 1000 shots"
    assert study.experiments["maxcut-p2"].evaluation_under("noisy-spsa").shots == 1000
    # What is spelt out reads back as it is.
    assert Study.model_validate(study.model_dump(mode="json")) == study
    content["labels"] = {}
    bare = Study.model_validate(content).experiments["maxcut-p2"]
    assert [bare.label(f"{key}-spsa") for key in protocols] == ["with-spsa", "noisy-spsa"]
    content["labels"] = {"with": "same", "noisy": "same"}
    with pytest.raises(pydantic.ValidationError, match="with-adam_fd and noisy-adam_fd are both"):
        Study.model_validate(content)


def test_words_are_apart_from_science(content):
    """Labels reach learners, protocols, test sets and experiments, and change no digest."""
    varied = load_study("sensitivity")
    one = varied.experiments["maxcut-p4"]
    assert one.title == "MaxCut QAOA, p = 4"
    assert varied.experiments["sk-p4-seed"].title == "another base seed"
    named = [one.label(part) for part in ("residual", "few", "budget-200", "12")]
    assert named == ["residual", "32 training instances a size", "budget 200", "12"]
    noisy = load_study("optimisers").experiments["sk-p4"]
    assert [noisy.label(part) for part in ("shots-100", "cobyla")] == ["100 shots", "COBYLA"]
    elsewhere = load_study("extended").experiments["maxcut-p4"]
    assert elsewhere.label("planted") == "planted partition"
    science = varied.model_dump(mode="json", exclude={"labels"})
    bare = Study.model_validate(science | {"title": "another"})
    assert digest(bare) == digest(varied)
    assert bare.experiments["maxcut-p4"].label("few") == "few"
    assert bare.experiments["sk-p4-seed"].title == "sk-p4-seed"


def test_reading_a_study_imports_no_optimiser():
    """Every job reads it; the labels of optimisers are for figures."""
    code = (
        "import sys; from replication.study import load_study; load_study('optimisers'); "
        "print([name for name in ('scipy.optimize', 'cma', 'jax') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_optimisers_label_that_another_protocol_has_is_not_given_twice():
    content = load_study("smoke").model_dump(mode="json")
    content["labels"] = {"edges-double": "COBYLA"}
    one = Study.model_validate(content).experiments["maxcut-p2"]
    assert [one.label(part) for part in ("edges-double", "cobyla")] == ["COBYLA", "cobyla"]


def test_a_label_may_be_for_one_experiment_alone(content):
    content["labels"] = {"plain": "LSTM", "sk.plain": "LSTM of SK", "sk": "glasses"}
    content["experiments"]["other"] = content["experiments"]["sk"]
    study = Study.model_validate(content)
    assert study.experiments["sk"].label("plain") == "LSTM of SK"
    assert study.experiments["other"].label("plain") == "LSTM"
    assert study.experiments["sk"].title == "glasses"
    # What two experiments would both be called has their names too.
    assert study.experiments["other"].title == "SK QAOA, p = 1 (other)"
    assert Study.model_validate(study.model_dump(mode="json")) == study


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [
        (
            {"plane": "x"},
            "labels.plane names no experiment, learner, protocol or test set; allowed",
        ),
        ({"sk.plane": "x"}, "labels.sk.plane names no experiment"),
        ({"plain": "x", "residual": "x"}, "labels: plain and residual are both called 'x'"),
    ],
)
def test_labels_that_name_nothing_or_two_things_are_refused(content, load, labels, sentence):
    content["labels"] = labels
    with pytest.raises(UserError) as caught:
        load(content)
    assert sentence in str(caught.value)


def _with_successor(content, **changes):
    """The study with a second experiment of one problem, the successor of the first."""
    content = json.loads(json.dumps(content))
    first = next(name for name, one in content["experiments"].items() if one.get("train_sizes"))
    other = json.loads(json.dumps(content["experiments"][first])) | changes
    other["learners"] = {"mixture": {"units": "natural", "seeds": 2}}
    other["successor"] = None
    other.pop("protocols", None)
    content["experiments"] |= {"other": other}
    content["experiments"][first]["successor"] = "other"
    return content, first


def test_a_successors_networks_are_followed_besides_the_own_ones():
    content = load_study("smoke").model_dump(mode="json")
    content, first = _with_successor(content)
    study = Study.model_validate(content)
    size = study.experiments[first].headline_size
    names = starts_for(study, first, size)
    assert "successor.mixture" in names
    assert "lstm.plain" in names
    assert "successor.mixture" not in starts_for(study, "other", size)
    job = {"experiment": first, "set": size, "protocol": MAIN, "starts": "successor.mixture"}
    assert ("train", {"experiment": "other", "learner": "mixture"}) in needs("traces", study, job)
    read = needs("statistics", study, {key: job[key] for key in ("experiment", "set", "protocol")})
    selected = [names["experiment"] for step, names in read if step == "select"]
    assert selected == [first, "other"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"depth": 3}, "'other' must be"), ({"seed": 5}, "'other' must be")],
)
def test_a_successor_is_of_the_same_circuit_depth_and_seed(changes, named):
    content = load_study("smoke").model_dump(mode="json")
    content, first = _with_successor(content, **changes)
    with pytest.raises(pydantic.ValidationError, match=f"{first}.successor: {named}"):
        Study.model_validate(content)


def test_natural_units_have_no_norm():
    with pytest.raises(pydantic.ValidationError, match="leave norm out"):
        Learner(units="natural", norm=2)


def test_a_start_on_request_is_in_studies_that_name_it_alone():
    content = load_study("smoke").model_dump(mode="json")
    study = Study.model_validate(content)
    assert "fourier" not in starts_for(study, "maxcut-p2", "8")
    content["experiments"]["maxcut-p2"]["starts"] = ["lstm", "fourier"]
    assert "fourier" in starts_for(Study.model_validate(content), "maxcut-p2", "8")
