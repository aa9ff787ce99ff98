"""The errors that Touchstone raises, each with the exit code it ends a command with.

Every message is one sentence for a person: what, where, what to do. An error is permanent (the
same call fails again until somebody changes something) or transient (run again).
"""


class TouchstoneError(Exception):
    """Root of all errors that Touchstone raises on purpose."""

    exit_code = 1
    is_transient = False


class NotPublishableError(TouchstoneError):
    """The cycle ran and its data did not pass the gate: only the validation page is published."""

    exit_code = 1


class InputError(TouchstoneError):
    """A programme, a source, a setting or an argument is wrong; the message names the remedy."""

    exit_code = 2


class ServiceError(TouchstoneError):
    """A service outside (ledger, store, mail server, disk) failed; running again may succeed."""

    exit_code = 3
    is_transient = True


class LockedError(TouchstoneError):
    """Another run holds the programme's lock; the message says who."""

    exit_code = 4


class MissingSourceError(InputError):
    """A feed that should be there is not."""
