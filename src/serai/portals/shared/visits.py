"""Support's visit in a customer's account: a cookie beside the member of staff's own."""

from serai.kit.web.cookies import TokenCookie

VISIT = TokenCookie("serai_visit", seconds=3600)
