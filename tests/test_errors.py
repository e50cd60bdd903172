"""What a command makes of a mistake."""

import pytest

from replication.errors import UserError, exit_status


def test_a_command_tells_a_mistake_in_one_line(capsys):
    def work():
        raise UserError("unknown start 'x'")

    assert exit_status(work) == 2
    assert capsys.readouterr().err == "replication: error: unknown start 'x'\n"


def test_a_command_that_ends_well_says_nothing(capsys):
    assert exit_status(lambda: "something") == 0
    assert capsys.readouterr() == ("", "")


def test_a_fault_of_the_program_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        exit_status(lambda: 1 / 0)
