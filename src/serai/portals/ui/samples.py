"""What the kit page shows: invented systems and an operation that plays itself."""

from datetime import timedelta
from typing import Any

from wtforms import BooleanField, EmailField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import Email, InputRequired, Length

from serai.kit import clock
from serai.kit.i18n import _, lazy, lazy_str
from serai.kit.money import Money
from serai.portals.ui.forms import Form, choice

_STEPS = (
    ("reserve", lazy("Reserve the name"), 400),
    ("clone", lazy("Copy the database"), 900),
    ("administrator", lazy("Set the administrator"), 700),
    ("process", lazy("Start the process"), 1200),
    ("health", lazy("Wait until it answers"), 1500),
    ("route", lazy("Open the address"), 300),
)
TAKEN = {"acme", "globex"}


class SampleForm(Form):
    name = StringField(lazy_str("Organisation"), [InputRequired(), Length(max=60)])
    email = EmailField(lazy_str("E-mail"), [InputRequired(), Email()])
    subdomain = StringField(lazy_str("Address"), [InputRequired()])
    region = SelectField(
        lazy_str("Region"),
        choices=[choice("cai", lazy_str("Cairo")), choice("fra", lazy_str("Frankfurt"))],
    )
    amount = StringField(lazy_str("Credit limit"))
    code = StringField(lazy_str("One-time code"), [InputRequired()])
    note = TextAreaField(lazy_str("Note"))
    size = RadioField(
        lazy_str("Size"),
        choices=[choice("small", lazy_str("Small")), choice("large", lazy_str("Large"))],
        default="small",
    )
    terms = BooleanField(lazy_str("I accept the terms"))


def form() -> SampleForm:
    sample = SampleForm(data={"name": "Nile Trading", "email": "mona@", "region": "cai"})
    sample.email.errors = [_("Write an e-mail address such as name@example.com.")]
    return sample


def systems() -> list[dict[str, Any]]:
    now = clock.now()
    names = [("acme", "running", 42), ("globex", "starting", 0), ("nile", "stopped", 7),
             ("initech", "crashing", 3), ("hooli", "suspended", 19)]  # fmt: skip
    return [
        {"name": name, "state": state, "users": users, "product": "ERP", "memory": users * 2.7e6,
         "since": now - timedelta(hours=7 * index + 1)}
        for index, (name, state, users) in enumerate(names)
    ]  # fmt: skip


def packages() -> list[dict[str, Any]]:
    month, year = _("per month"), _("per year")
    return [
        {"name": name, "text": text, "href": f"/ui-kit?package={key}", "featured": key == "team",
         "features": features,
         "prices": {"monthly": (Money(price, "USD"), month),
                    "yearly": (Money(price * 10, "USD"), year)}}
        for key, name, text, price, features in (
            ("starter", _("Starter"), _("For a first project."), 1900,
             [_("3 users"), _("5 GB of storage"), _("Daily backups")]),
            ("team", _("Team"), _("For a growing company."), 4900,
             [_("25 users"), _("50 GB of storage"), _("Own domain")]),
            ("scale", _("Scale"), _("For many branches."), 14950,
             [_("Unlimited users"), _("500 GB of storage"), _("Priority support")]),
        )
    ]  # fmt: skip


def events() -> list[dict[str, Any]]:
    now = clock.now()
    return [
        {"title": _("Back-up made"), "text": _("412 MB, checked."), "icon": "database",
         "tone": "success", "at": now - timedelta(minutes=12)},
        {"title": _("Restarted"), "text": _("Asked for by Mona."), "icon": "reload",
         "tone": "info", "at": now - timedelta(hours=3)},
        {"title": _("Created"), "icon": "rocket", "at": now - timedelta(days=2)},
    ]  # fmt: skip


def operation(elapsed_ms: float, after: int = 0, *, fails: bool = False) -> dict[str, Any]:
    """The snapshot `elapsed_ms` after the start."""
    now = clock.now()
    begun = now - timedelta(milliseconds=elapsed_ms)
    left = elapsed_ms
    steps: list[dict[str, Any]] = []
    logs: list[dict[str, Any]] = []
    total = sum(each[2] for each in _STEPS)
    failed = False
    for number, (name, title, length) in enumerate(_STEPS, 1):
        failing = fails and name == "health" and left >= length
        state = "pending" if left <= 0 or failed else "succeeded" if left >= length else "running"
        steps.append({
            "name": name, "title": str(title), "state": "failed" if failing else state,
            "attempts": 3 if failing else int(state != "pending"),
            "progress": 100 if state == "succeeded" else max(0, round(100 * left / length)),
            "started_at": None, "finished_at": None,
            "duration_ms": length if state == "succeeded" else None,
            "error": _("It did not answer within 20 seconds.") if failing else None,
        })  # fmt: skip
        if state != "pending":
            level = "error" if failing else "info"
            logs.append({"id": number, "at": begun.isoformat(), "step": name,
                         "level": level, "message": f"{name}: {state}"})  # fmt: skip
        failed = failed or failing
        left -= length
    finished = failed or elapsed_ms >= total
    return {
        "id": "op_sample", "kind": "launch", "steps": steps,
        "state": "failed" if failed else "succeeded" if finished else "running",
        "progress": 100 if finished and not failed else min(99, round(100 * elapsed_ms / total)),
        "message": _("Ready") if finished and not failed else _("Launching acme"),
        "logs": [each for each in logs if each["id"] > after],
        "finished": finished, "redirect": "/ui-kit?opened=1" if finished and not failed else None,
    }  # fmt: skip
