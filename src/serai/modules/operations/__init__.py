"""Operations: durable multi-step jobs that survive a crash and can be undone.

Owns: operations, their steps and logs. Calls: kit. Emits: `operations.queued`,
`operations.cancel_requested`, `operations.retried`. A module registers a `Workflow` and asks for
it with `enqueue(session, actor, kind, subject=…)`; the worker's `operations.run` job does the rest.
"""

from serai.modules.operations import policy
from serai.modules.operations.errors import (
    LostClaim,
    NotCancellable,
    NotRetryable,
    OperationInProgress,
    OperationNotFound,
)
from serai.modules.operations.jobs import requeue_forgotten
from serai.modules.operations.models import Operation
from serai.modules.operations.queries import (
    CHANNEL,
    active_subjects,
    count_by_state,
    forget_output,
    next_fence,
)
from serai.modules.operations.schemas import OperationSnapshot, OperationView
from serai.modules.operations.service import (
    allowed_actions,
    cancel,
    enqueue,
    get,
    is_busy,
    newest_of,
    page,
    retry,
    snapshot,
    view,
)
from serai.modules.operations.watch import watch
from serai.modules.operations.workflow import (
    Context,
    Finish,
    Step,
    Workflow,
    register,
    workflow_of,
    workflows,
)

__all__ = [
    "CHANNEL",
    "Context",
    "Finish",
    "LostClaim",
    "NotCancellable",
    "NotRetryable",
    "Operation",
    "OperationInProgress",
    "OperationNotFound",
    "OperationSnapshot",
    "OperationView",
    "Step",
    "Workflow",
    "active_subjects",
    "allowed_actions",
    "cancel",
    "count_by_state",
    "enqueue",
    "forget_output",
    "get",
    "is_busy",
    "newest_of",
    "next_fence",
    "page",
    "policy",
    "register",
    "requeue_forgotten",
    "retry",
    "snapshot",
    "view",
    "watch",
    "workflow_of",
    "workflows",
]
