"""What launching, stopping, starting, restarting, terminating and resetting a password consist of."""

from dataclasses import replace

from sqlalchemy.exc import IntegrityError

from serai.kit import clock, events
from serai.kit.actor import SYSTEM
from serai.kit.db import Session
from serai.kit.i18n import N_, _
from serai.modules import billing, catalog, fleet, operations
from serai.modules.identity import provider
from serai.modules.launches import releases, steps
from serai.modules.launches.errors import NameTaken, WrongState
from serai.modules.launches.models import Launch
from serai.modules.operations import Finish, Operation, Step, Workflow


async def _launched(session: Session, operation: Operation) -> None:
    launch = await _launch(session, operation)
    launch.state, launch.launched_at = "running", clock.now()
    await events.publish(session, SYSTEM, "launches.launched", launch.id, launch.account_id,
                         name=launch.name)  # fmt: skip


async def _launch_failed(session: Session, operation: Operation) -> None:
    launch = await _launch(session, operation)
    launch.state, launch.ended_at, launch.sealed_password = operation.state, clock.now(), None
    await fleet.release(session, launch.id)
    await provider.withdraw(session, SYSTEM, launch.id)
    await events.publish(session, SYSTEM, f"launches.{operation.state}", launch.id,
                         launch.account_id, error=operation.error)  # fmt: skip


async def _launch_again(session: Session, operation: Operation) -> None:
    """Take name and room again; both may be gone by now."""
    launch = await _launch(session, operation)
    await _subscribe_again(session, launch)
    try:
        async with session.begin_nested():
            launch.state, launch.ended_at = "launching", None
    except IntegrityError as error:  # the unique index decides, as with new launches
        raise NameTaken(_("%(name)s is taken. Choose another name.", name=operation.subject_name)) from error
    package = await catalog.package_resources(session, launch.package_id)
    await fleet.reserve(session, launch.id, int(package["memory"]))
    await provider.restore(session, SYSTEM, launch.id)


async def _subscribe_again(session: Session, launch: Launch) -> None:
    """What was paid for a launch that failed was given back: the next try is ordered anew. Raises
    WrongState when it would have to be paid first."""
    state = await billing.subscriptions.of_launch(session, launch.id)
    if state is None or not state.is_over:
        return
    addons = {item.package: item.quantity for item in state.plan.items[1:]}
    choice = billing.subscriptions.Choice(
        launch.product, launch.package, launch.period, state.currency, addons=addons
    )
    wanted = billing.subscriptions.Order(choice, launch_id=launch.id, label=launch.name, has_method=True)
    ordered = await billing.subscriptions.order(
        session, replace(SYSTEM, account_id=launch.account_id), wanted
    )
    if not ordered.begins:
        raise WrongState(
            _("What was paid for %(name)s was given back when it failed. Order it again.", name=launch.name)
        )
    launch.subscription_id = ordered.state.id


def _becomes(state: str, event: str) -> Finish:
    async def finish(session: Session, operation: Operation) -> None:
        launch = await _launch(session, operation)
        launch.state = state
        await events.publish(session, SYSTEM, event, launch.id, launch.account_id)

    return finish


async def _resumed(session: Session, operation: Operation) -> None:
    launch = await _launch(session, operation)
    launch.state, launch.suspension = "running", None
    await events.publish(session, SYSTEM, "launches.resumed", launch.id, launch.account_id)


async def _goes_back(session: Session, operation: Operation) -> None:
    launch = await _launch(session, operation)
    launch.state = operation.input["from_state"]


async def _terminated(session: Session, operation: Operation) -> None:
    launch = await _launch(session, operation)
    launch.state, launch.ended_at, launch.sealed_password = "terminated", clock.now(), None
    await fleet.release(session, launch.id)
    await provider.withdraw(session, SYSTEM, launch.id)
    await events.publish(session, SYSTEM, "launches.terminated", launch.id, launch.account_id)


async def _forget_the_choice(session: Session, operation: Operation) -> None:
    """The password is the launch's by now, or nobody's: the operation keeps no copy."""
    await operations.forget_output(session, operation.id, "choose_password")


async def _launch(session: Session, operation: Operation) -> Launch:
    return await session.get_one(Launch, operation.subject, with_for_update=True)


_CLONE = Step("clone_database", N_("Copy the database"), steps.clone_database,
              undo=steps.drop_database, weight=15)  # fmt: skip
_PREPARE = Step("prepare_home", N_("Prepare the files"), steps.prepare_home,
                undo=steps.remove_from_server, weight=5)  # fmt: skip
_START = Step("start_process", N_("Start the process"), steps.start_process,
              undo=steps.stop_again, weight=5)  # fmt: skip
_WAIT = Step("wait_until_healthy", N_("Wait until it answers"), steps.wait_until_healthy, weight=50)
_PUBLISH = Step("publish_route", N_("Open the address"), steps.publish_route,
                undo=steps.remove_route, weight=5)  # fmt: skip
_STOP = Step("stop_process", N_("Stop the process"), steps.stop_process,
             undo=steps.restart_again, weight=30)  # fmt: skip
_WITHDRAW = Step("withdraw_route", N_("Close the address"), steps.withdraw_route,
                 undo=steps.republish_route, weight=5)  # fmt: skip

LAUNCH = operations.register(
    Workflow(
        "launch",
        N_("Launch"),
        steps=(
            Step("ensure_release", N_("Make sure the release is built"), releases.ensure_release,
                 weight=5),
            _CLONE,
            _PREPARE,
            _START,
            Step("set_administrator", N_("Set the administrator's password"),
                 steps.set_administrator, weight=10),
            _WAIT,
            _PUBLISH,
        ),
        succeeded=_launched,
        failed=_launch_failed,
        reopened=_launch_again,
    )
)  # fmt: skip
STOP = operations.register(
    Workflow(
        "stop", N_("Stop"), steps=(_WITHDRAW, _STOP),
        succeeded=_becomes("stopped", "launches.stopped"), failed=_goes_back,
        reopened=_becomes("stopping", "launches.stop_retried"),
    )
)  # fmt: skip
START = operations.register(
    Workflow(
        "start", N_("Start"), steps=(_START, _WAIT, _PUBLISH),
        succeeded=_becomes("running", "launches.started"), failed=_goes_back,
        reopened=_becomes("starting", "launches.start_retried"),
    )
)  # fmt: skip
RESTART = operations.register(
    Workflow(
        "restart", N_("Restart"),
        steps=(
            _STOP,
            Step("start_process", N_("Start the process"), steps.start_process, weight=5),
            _WAIT,
        ),
        succeeded=_becomes("running", "launches.restarted"), failed=_goes_back,
        reopened=_becomes("restarting", "launches.restart_retried"),
    )
)  # fmt: skip
TERMINATE = operations.register(
    Workflow(
        "terminate", N_("Terminate"),
        steps=(
            Step("withdraw_route", N_("Close the address"), steps.withdraw_route, weight=5),
            Step("remove_files", N_("End the process and delete its files"), steps.forget_files,
                 weight=30),
            Step("drop_database", N_("Delete the database"), steps.forget_database, weight=20),
        ),
        # What is half gone does not run any more: it stays `terminating` until tried again.
        succeeded=_terminated, reopened=_becomes("terminating", "launches.terminate_retried"),
        cancellable=False,
    )
)  # fmt: skip
_CLOSE = Step("close_database", N_("Close the database"), steps.close_database,
              undo=steps.open_again, weight=5)  # fmt: skip
_OPEN = Step("open_database", N_("Open the database"), steps.open_database,
             undo=steps.close_again, weight=5)  # fmt: skip
SUSPEND = operations.register(
    Workflow(
        "suspend", N_("Suspend"), steps=(_WITHDRAW, _STOP, _CLOSE),
        succeeded=_becomes("suspended", "launches.suspended"), failed=_goes_back,
        reopened=_becomes("suspending", "launches.suspend_retried"), cancellable=False,
    )
)  # fmt: skip
RESUME = operations.register(
    Workflow(
        "resume", N_("Resume"), steps=(_OPEN, _START, _WAIT, _PUBLISH),
        succeeded=_resumed, failed=_goes_back,
        reopened=_becomes("resuming", "launches.resume_retried"), cancellable=False,
    )
)  # fmt: skip
RESIZE = operations.register(
    Workflow(
        "resize", N_("Resize"),
        steps=(
            _STOP,
            Step("start_process", N_("Start the process with its new limits"), steps.start_process, weight=5),
            _WAIT,
        ),
        succeeded=_becomes("running", "launches.resized"), failed=_goes_back,
        reopened=_becomes("resizing", "launches.resize_retried"), cancellable=False,
    )
)  # fmt: skip
RESET_PASSWORD = operations.register(
    Workflow(
        "reset_password", N_("Reset the administrator's password"),
        steps=(
            Step("choose_password", N_("Choose a new password"), steps.choose_password, weight=1),
            Step("apply_password", N_("Set it in the system"), steps.apply_password, weight=10),
        ),
        succeeded=_forget_the_choice, failed=_forget_the_choice, cancellable=False,
    )
)  # fmt: skip
