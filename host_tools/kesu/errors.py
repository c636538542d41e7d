"""errors: the exception that carries a message and a hint to the user."""
# SPDX-License-Identifier: MIT


class KesuError(Exception):
    """A failure with a message for the user and, where there is one, a remedy.

    message: what is wrong, one sentence. hint: what to do about it. code: exit status, 1 to 125.
    """

    def __init__(self, message: str, *, hint: str = "", code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code
