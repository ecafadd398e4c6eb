"""What the entry points of `serai.payments` lead to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from serai.contracts.payments import ConfigField, Gateway, GatewaySettings, GatewayTools
from serai.kit.errors import Invalid
from serai.kit.i18n import LazyText, _


@dataclass(slots=True)
class Factory:
    """A GatewayFactory. Raises Invalid, with `fields`, when settings are missing."""

    key: str
    name: LazyText
    fields: tuple[ConfigField, ...]
    make: Callable[[GatewaySettings, GatewayTools], Gateway]

    def __call__(self, settings: GatewaySettings, tools: GatewayTools) -> Gateway:
        missing = [each for each in self.fields if each.required and not value(settings.values, each.name)]
        if missing:
            raise Invalid(
                _("%(gateway)s is not set up: %(fields)s missing.", gateway=self.name,
                  fields=", ".join(str(each.label) for each in missing)),
                fields={each.name: _("This is needed.") for each in missing},
            )  # fmt: skip
        return self.make(settings, tools)


def value(values: Mapping[str, str], name: str) -> str:
    return (values.get(name) or "").strip()


def wrong(gateway: object, label: object, *names: str) -> Invalid:
    """A setting the gateway does not take. `label`: what the admin form calls it."""
    message = _("%(gateway)s does not take the setting “%(label)s”. Copy it again from its pages.",
                gateway=gateway, label=label)  # fmt: skip
    return Invalid(message, code="billing.gateway_settings", fields=dict.fromkeys(names, message))
