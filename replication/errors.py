"""The one exception for mistakes a user can mend; its message is a single sentence."""


class UserError(ValueError):
    """Bad input: the message names the offending key, file or value and what is allowed.

    The command line prints it without a traceback and exits with status 2.
    """
