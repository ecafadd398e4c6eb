"""What can go wrong with launches."""

from serai.kit.errors import Conflict, Invalid, NotFound, SeraiError


class LaunchNotFound(NotFound):
    code = "launches.not_found"


class InvalidName(Invalid):
    code = "launches.invalid_name"


class NameTaken(Conflict):
    code = "launches.name_taken"


class WrongState(Conflict):
    code = "launches.wrong_state"


class CredentialsGone(Conflict):
    code = "launches.credentials_shown"


class ReleaseBuildFailed(SeraiError):
    code = "launches.release_build_failed"
