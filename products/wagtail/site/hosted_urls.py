"""The generated site's addresses, and its uploaded pictures, which no other server serves."""

from django.conf import settings
from django.urls import path
from django.views.static import serve
from website.urls import urlpatterns as generated

urlpatterns = [
    path("media/<path:path>", serve, {"document_root": settings.MEDIA_ROOT}),
    *generated,
]
