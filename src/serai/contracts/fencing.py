"""Why a driver may refuse: every change carries its operation's claim number, the fence, and a driver
refuses a number lower than one it has seen for the same launch, so that a worker that was only
paused changes nothing."""

from serai.kit.errors import Conflict


class StaleFence(Conflict):
    """A later claim has acted on this launch; whoever holds the earlier one must stop."""

    code = "launches.stale_fence"
