"""Components, forms, states and navigation without a browser."""

import re

import pytest
from wtforms import StringField
from wtforms.validators import InputRequired

from serai.kit.actor import Actor
from serai.kit.errors import Invalid
from serai.kit.i18n import LANGUAGES, PSEUDO, lazy_str, use_locale
from serai.kit.web import navigation
from serai.kit.web.navigation import NavItem
from serai.kit.web.security_headers import content_security_policy
from serai.portals.ui import samples, states
from serai.portals.ui.assets import ensure_built, icon_names
from serai.portals.ui.forms import Form
from serai.portals.ui.messages import browser_messages
from serai.portals.ui.setup import environment


@pytest.fixture(scope="module", autouse=True)
def _assets() -> None:
    ensure_built()


def rendered(source: str, **context: object) -> str:
    return environment().from_string(source).render(**context)


def test_values_are_escaped() -> None:
    html = rendered('{{ ui.badge(x) }}{{ ui.alert("t", x) }}{{ ui.code(x) }}', x="<script>")
    assert "<script>" not in html


def test_an_unknown_component_and_icon_are_named_with_the_way_out() -> None:
    with pytest.raises(LookupError, match=r"there are: .*badge"):
        rendered("{{ ui.bagde('x') }}")
    with pytest.raises(LookupError, match=r"icons\.txt"):
        rendered("{{ ui.icon('unicorn') }}")


def test_no_component_has_inline_scripts_styles_or_handlers() -> None:
    made = environment()
    for name in made.list_templates(extensions=["html"]):
        source = made.loader.get_source(made, name)[0]  # type: ignore[union-attr]
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", source), name
        for script in re.findall(r"<script[^>]*>", source):
            assert "src=" in script or 'type="application/json"' in script, name


def test_a_field_shows_its_error_in_place() -> None:
    html = rendered("{{ ui.field(form.email, help='Why') }}", form=samples.form())
    assert 'aria-invalid="true"' in html
    assert 'aria-describedby="email-error email-help"' in html


class NameForm(Form):
    name = StringField(lazy_str("Name"), [InputRequired()])


def test_wtforms_speaks_the_present_language() -> None:
    said = []
    for code in LANGUAGES:
        with use_locale(code):
            form = NameForm(data={})
            assert not form.validate()
            said.append(form.name.errors[0])
    assert said[0] == "This field is required."
    assert re.search(r"[\u0600-\u06ff]", str(said[1]))


def test_a_services_error_is_taken_to_its_field() -> None:
    form = NameForm(data={"name": "acme"})
    form.take(Invalid("no", fields={"name": "taken"}))
    form.take(Invalid("Nothing fits"))
    assert form.name.errors == ["taken"]
    assert form.form_errors == ["Nothing fits"]


def test_every_state_has_an_icon_of_the_sprite_and_a_known_tone() -> None:
    for name in states.STATES:
        assert states.icon(name) in icon_names()
        assert states.tone(name) in {"success", "warning", "danger", "info", "neutral"}
    assert states.tone("running") == "success"
    assert states.tone("running", work=True) == "info"
    assert states.label("some_thing") == "Some thing"


def test_the_scripts_texts_are_translated() -> None:
    with use_locale("ar"):
        arabic = browser_messages()
    assert arabic.keys() == browser_messages().keys()
    assert arabic["close"] == "إغلاق"
    assert arabic["attempt"].count("{number}") == 1


def test_navigation_is_ordered_grouped_and_filtered() -> None:
    staff = Actor(kind="staff", id="stf_1")
    navigation.register(
        "test",
        NavItem("B", "/b", "box", order=2, group="Second"),
        NavItem("A", "/a", "box", order=1),
        NavItem("C", "/c", "box", order=3, visible=lambda who: who == staff),
    )
    assert [item.label for item in navigation.entries("test")] == ["A", "B"]
    assert [title for title, _ in navigation.groups("test", staff)] == ["", "Second"]
    assert NavItem("A", "/a", "box").is_current("/a/1")
    assert not NavItem("A", "/a", "box").is_current("/ab")


def test_the_policy_can_be_widened_by_name_only() -> None:
    policy = content_security_policy({"form-action": ["https://pay.example.com"]})
    assert "form-action 'self' https://pay.example.com" in policy
    assert "unsafe" not in policy


def test_components_hold_no_hard_coded_texts() -> None:
    source = (
        "{{ ui.operation(s, '/x') }}{{ ui.copy_button('1') }}{{ ui.toast('2') }}"
        "{{ ui.theme_menu('auto') }}{{ ui.pager('c', 3, 'b') }}{{ ui.account_menu(none) }}"
        "{{ ui.confirm('1', '2', '3', '4', '5', type_name='6') }}"
    )
    with use_locale(PSEUDO):
        html = rendered(source, s={**samples.operation(0), "logs": []})
    words = re.sub(r"⟦[^⟧]*⟧|<[^>]+>", " ", re.sub(r'"[^"]*"', '""', html))
    assert re.findall(r"[A-Za-z]{3,}", words) == []
