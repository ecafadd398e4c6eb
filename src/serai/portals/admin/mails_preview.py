"""/admin/mails/templates: how each kind of mail looks, in every language, filled with samples."""

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from serai.kit.i18n import LANGUAGES
from serai.modules import notifications
from serai.portals.admin.mails_html import html_page
from serai.portals.shared.access import acting, page, settings

router = APIRouter(prefix="/templates")


@router.get("")
async def listed(request: Request) -> Response:
    notifications.require_mails(acting(request))
    rows = [
        (kind, notifications.GROUPS[kind.group], {code: _subject(kind.name, code) for code in LANGUAGES})
        for kind in notifications.KINDS.values()
    ]
    return page(request, "admin/mail_templates.html", rows=rows)


@router.get("/{kind}/{language}")
async def one(request: Request, kind: str, language: str) -> Response:
    made = _sample(request, kind, language)
    return page(
        request, "admin/mail_template.html", kind=notifications.KINDS[kind], language=language, made=made,
        text=notifications.links.show(made.text, settings(request)),
    )  # fmt: skip


@router.get("/{kind}/{language}/html")
async def as_html(request: Request, kind: str, language: str) -> Response:
    return html_page(notifications.links.show(_sample(request, kind, language).html, settings(request)))


def _sample(request: Request, kind: str, language: str) -> notifications.Rendered:
    notifications.require_mails(acting(request))
    if kind not in notifications.KINDS or language not in LANGUAGES:
        raise HTTPException(404)
    return notifications.rendering.sample(kind, language)


def _subject(kind: str, language: str) -> str:
    return notifications.rendering.sample(kind, language).subject
