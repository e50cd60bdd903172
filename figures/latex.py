"""Text and tables for LaTeX: plain ASCII that any engine sets, with booktabs and longtable."""

import re
from collections.abc import Iterable, Sequence

from replication.errors import UserError

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
}
_UNICODE = {
    "–": "--",
    "—": "---",
    "‘": "`",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "\N{NO-BREAK SPACE}": "~",
    "\N{THIN SPACE}": r"\,",
    "á": r"\'a",
    "é": r"\'e",
    "ö": r"\"o",
    "ü": r"\"u",
}
_MATHS = {
    "α": r"\alpha",
    "β": r"\beta",
    "γ": r"\gamma",
    "ε": r"\varepsilon",
    "θ": r"\theta",
    "Λ": r"\Lambda",
    "λ": r"\lambda",
    "π": r"\pi",
    "σ": r"\sigma",
    "Σ": r"\Sigma",
    "±": r"\pm",
    "×": r"\times",
    "·": r"\cdot",
    "−": "-",
    "≤": r"\le",
    "≥": r"\ge",
    "≈": r"\approx",
    "√": r"\surd",
    "∞": r"\infty",
    "→": r"\to",
    "←": r"\leftarrow",
    "↑": r"\uparrow",
    "↓": r"\downarrow",
    "⟨": r"\langle",
    "⟩": r"\rangle",
    "∈": r"\in",
    "²": "^2",
    "½": r"\frac12",
    "¼": r"\frac14",
    "¾": r"\frac34",
    **{digit: f"_{index}" for index, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")},
}

_CODE = r"`[^`]*`"
_FORMULA = r"\b[^\W\d_]_(?:\{[^{}]*\}|\w)(?!\w)"
"""One letter with an index, such as θ_{t+1} or T_h."""


def escape(text: str) -> str:
    """Text as LaTeX that shows just that text, what stands in backticks as typewriter text.

    **Raises:** [`UserError`][] for a character that has no entry here.
    """
    out = []
    for sign in re.split(f"({_CODE}|{_FORMULA})", text):
        if re.fullmatch(_FORMULA, sign):
            base, index = sign.split("_", 1)
            out.append(f"${_MATHS.get(base, base)}_{index}$")
        elif re.fullmatch(_CODE, sign):
            out.append(rf"\texttt{{{_letters(sign[1:-1], text)}}}")
        else:
            out.append(_letters(sign, text))
    # Neighbouring formulas are one.
    return re.sub(r"(?<!\\)\$\$", " ", "".join(out))


def _letters(part: str, text: str) -> str:
    out = []
    for sign in part:
        if sign in _SPECIAL:
            out.append(_SPECIAL[sign])
        elif sign in _UNICODE:
            out.append(_UNICODE[sign])
        elif sign in _MATHS:
            out.append(f"${_MATHS[sign]}$")
        elif sign.isascii():
            out.append(sign)
        else:
            raise UserError(f"{sign!r} in {text!r} has no LaTeX form; add one to figures/latex.py")
    return "".join(out)


def row(cells: Iterable[str]) -> str:
    """One line of a table, its cells escaped."""
    return " & ".join(escape(cell) for cell in cells) + r" \\"


def table(columns: str, head: Sequence[str], body: Iterable[str], note: str) -> str:
    """A `longtable` of finished lines under a repeated head, `note` in a comment above it."""
    comment = "\n".join(f"% {line}" for line in note.splitlines())
    return "\n".join(
        [
            comment,
            r"% needs \usepackage{booktabs,longtable}",
            rf"\begin{{longtable}}{{{columns}}}",
            r"\toprule",
            row(head),
            r"\midrule\endhead",
            *body,
            r"\bottomrule",
            r"\end{longtable}",
            "",
        ]
    )
