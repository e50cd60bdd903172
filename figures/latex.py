"""Text for LaTeX: plain ASCII that any engine sets."""

import re

from pylatexenc.latexencode import (
    RULE_REGEX,
    UnicodeToLatexConversionRule,
    UnicodeToLatexEncoder,
)

from replication.errors import UserError


def escape(text: str) -> str:
    """Text as LaTeX that shows just that text, what is in backticks as typewriter text.

    One letter with an index, such as θ_{t+1} or T_h, is a formula.

    **Raises:** [`UserError`][] for a character that LaTeX has no form of.
    """

    def code(found: re.Match[str]) -> str:
        return rf"\texttt{{{encoder.unicode_to_latex(found[1])}}}"

    def formula(found: re.Match[str]) -> str:
        return rf"\ensuremath{{{encoder.unicode_to_latex(found[1])}_{found[2]}}}"

    def unknown(sign: str) -> str:
        raise UserError(f"{sign!r} in {text!r} has no LaTeX form")

    rules = [
        (re.compile(r"`([^`]*)`"), code),
        (re.compile(r"\b([^\W\d_])_(\{[^{}]*\}|\w)(?!\w)"), formula),
        (re.compile(r"\|"), r"{\\textbar}"),
    ]
    encoder = UnicodeToLatexEncoder(
        conversion_rules=[UnicodeToLatexConversionRule(RULE_REGEX, rules), "defaults"],
        unknown_char_policy=unknown,
    )
    return encoder.unicode_to_latex(text)
