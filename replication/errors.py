"""The one exception for mistakes a user can mend; its message is a single sentence."""


class UserError(ValueError):
    """Bad input: the message names the offending key, file or value and what is allowed.

    The command line prints it without a traceback and exits with status 2.

    ```pycon
    >>> from replication import UserError, load_study
    >>> try:
    ...     load_study("papr")
    ... except UserError as error:
    ...     print(error)
    unknown study 'papr'; allowed are extended, paper, smoke or a path ending in .yaml

    ```
    """
