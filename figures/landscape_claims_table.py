"""Claims of the sources about landscapes: each with its number, interval and verdict."""

from collections.abc import Mapping
from pathlib import Path

from figures import captions, script, tables
from figures import results as read
from replication.errors import UserError
from replication.kinds.landscape import Landscape, SourceClaim
from replication.study import Study
from replication.workflow import Need

HEAD = ["", "statement", "number", "threshold", "verdict", "seen in"]
COLUMNS = ("l", "p{5.5cm}", "p{4cm}", "p{1.5cm}", "p{1.8cm}", "p{2cm}")
SOURCES = {
    "S0": "S0: why transfer works",
    "S1": "S1: critical points of generative models",
    "S2": "S2: barren plateaus and their mitigations",
}


def _claiming(study: Study) -> dict[str, Landscape]:
    """Experiments that decide a claim."""
    return {name: one for name, one in study.of_kind(Landscape).items() if one.claims}


def needs(study: Study) -> list[Need] | None:
    """Every experiment that decides a claim."""
    return [("probe", {"experiment": name}) for name in _claiming(study)] or None


def _row(
    results: read.Results, name: str, key: str, claim: SourceClaim
) -> tuple[list[str], dict[str, str | int | float]]:
    found = results.findings(name)
    if found is None or claim.finding not in found["finding"].values:
        known = [] if found is None else found["finding"].values.tolist()
        raise UserError(
            f"experiment {name}, claim {key}: no finding {claim.finding!r}; "
            f"allowed are {', '.join(map(str, known)) or 'none'}"
        )
    one = found.sel(finding=claim.finding)
    value, low, high = (float(one[field]) for field in ("value", "low", "high"))
    side, threshold = ("above", claim.above) if claim.below is None else ("below", claim.below)
    verdict = claim.verdict(low, high)
    title = results.study.experiments[name].title
    cells = [
        key,
        f"{claim.statement} ({claim.source})",
        f"{claim.finding.replace('_', ' ')} = {value:.3g} [{low:.3g}, {high:.3g}]; {title}",
        f"{side} {threshold:g}",
        tables.bold(verdict) if verdict == "holds" else verdict,
        claim.figure,
    ]
    return cells, {
        "claim": key,
        "statement": claim.statement,
        "source": claim.source,
        "experiment": name,
        "finding": claim.finding,
        "value": value,
        "low": low,
        "high": high,
        "how": str(one["how"].item()),
        "side": side,
        "threshold": float(threshold or 0.0),
        "verdict": verdict,
        "figure": claim.figure,
    }


def write(results: read.Results, template: Path) -> Mapping[str, str]:
    """A section a source, its claims in their order."""
    found = sorted(
        (key, name, claim)
        for name, one in _claiming(results.study).items()
        for key, claim in one.claims.items()
    )
    rows: dict[str, list[list[str]]] = {}
    records = list[tables.Record]()
    for key, name, claim in found:
        cells, record = _row(results, name, key, claim)
        rows.setdefault(key[:2], []).append(cells)
        records.append(record)
    sections = [
        tables.Section(SOURCES.get(source, source), HEAD, several, COLUMNS)
        for source, several in rows.items()
    ]
    data = [results.of_step("probe", name) for name in _claiming(results.study)]
    caption = script.fill(template, {"provenance": captions.provenance(data)})
    return tables.write("Claims of the sources", caption, sections, records)
