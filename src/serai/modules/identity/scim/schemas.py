"""What a directory may say of people and groups: the part of RFC 7643 that means something here."""

import json
from typing import Annotated, Any, ClassVar

from pydantic import EmailStr
from scim2_models import (
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Filter,
    Group,
    InvalidSyntaxException,
    Mutability,
    Patch,
    Required,
    Resource,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models.resources.user import Email, GroupMembership, Name
from scim2_models.urn import URN

MOST_RESULTS = 200


class WorkEmail(Email):
    """Without an address it is none."""

    value: Annotated[EmailStr | None, Required.true] = None


class User(Resource[Any]):
    """A member of the account, or somebody who is invited to it."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    display_name: str | None = None
    preferred_language: str | None = None
    active: Annotated[bool | None, Required.true] = None
    emails: Annotated[list[WorkEmail] | None, Required.true] = None
    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None

    Name: ClassVar[type[ComplexAttribute]] = Name
    Emails: ClassVar[type[ComplexAttribute]] = WorkEmail
    Groups: ClassVar[type[ComplexAttribute]] = GroupMembership


# Directories send what they have: attributes unknown here are left out, and Microsoft's ways of
# writing a patch understood.
TOLERANT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)

PROVIDER = ScimProvider(
    models=[User, Group],
    config=ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=True),
        etag=ETag(supported=True),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken, name="API key", primary=True,
                description="An API key of the account with the permission team:provision, as bearer token.",
            )
        ],
    ),
    policy=TOLERANT,
)  # fmt: skip


def read_object(body: bytes) -> dict[str, Any]:
    """Raises InvalidSyntaxException for what is no JSON object."""
    try:
        found = json.loads(body)
    except ValueError as error:
        raise InvalidSyntaxException(detail="The body is no valid JSON.") from error
    if not isinstance(found, dict):
        raise InvalidSyntaxException(detail="The body is no JSON object.")
    return found
