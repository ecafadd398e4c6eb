"""WTForms in the reader's language, filled from a request."""

from typing import Any, TypeVar

from starlette.requests import Request
from wtforms import Form as _Form
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # stubs are older
from wtforms.meta import DefaultMeta

from serai.kit.errors import SeraiError
from serai.kit.i18n import SOURCE, get_locale

F = TypeVar("F", bound="Form")


class _Meta(DefaultMeta):
    def get_translations(self, form: Any) -> Any:
        # WTForms caches translations per class; the locale belongs to the request.
        self.locales = [get_locale(), SOURCE]
        self.cache_translations = False
        return super().get_translations(form)


class Form(_Form):
    """Declare fields with `lazy_str("…")` labels. WTForms' own messages follow the locale; errors
    of the whole form stand in `form_errors` and are shown at the top by `ui.form`."""

    Meta = _Meta

    def take(self, error: SeraiError) -> None:
        """Show what a service refused in place: at its fields, else at the top."""
        unplaced = not error.fields
        for name, message in error.fields.items():
            if name in self:
                self[name].errors = [*self[name].errors, message]
            else:
                unplaced = True
        if unplaced:
            self.form_errors.append(error.message)


def choice(value: str, label: str) -> Any:
    """An option of a select or radio field."""
    return SelectChoice(value, label)


async def from_request(form: type[F], request: Request, **initial: Any) -> F:
    """The form with the posted values, or with `initial` ones on a GET."""
    if request.method in {"POST", "PUT", "PATCH"}:
        return form(formdata=await request.form(), data=initial)
    return form(data=initial)
