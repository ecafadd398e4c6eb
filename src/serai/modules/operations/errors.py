"""What can go wrong with operations."""

from serai.kit.errors import Conflict, NotFound


class OperationNotFound(NotFound):
    code = "operations.not_found"


class OperationInProgress(Conflict):
    code = "operations.in_progress"


class NotCancellable(Conflict):
    code = "operations.not_cancellable"


class NotRetryable(Conflict):
    code = "operations.not_retryable"


class PlanUnknown(Conflict):
    """The code cannot carry on what the operation was queued with."""

    code = "operations.plan_unknown"


class RecordingFailed(Exception):
    """The database stayed away too long to record what was done."""


class LostClaim(Exception):
    """Another worker has taken the operation over; whoever sees this must record nothing more."""
