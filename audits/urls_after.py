"""Addresses of the pages that come after an audit; part of audits.urls."""

from django.urls import URLPattern, URLResolver, path

from audits.views import actions, concerns, moderation, part_b

urlpatterns: list[URLPattern | URLResolver] = [
    path("audits/<str:reference>/concern/", concerns.raise_concern, name="raise_concern"),
    path("concerns/", concerns.concerns, name="concerns"),
    path("concerns/<int:pk>/", concerns.concern, name="concern"),
    path("audits/<str:reference>/part-b/", part_b.part_b, name="part_b"),
    path("audits/<str:reference>/moderate/", moderation.moderate, name="moderate"),
    path("actions/", actions.actions, name="actions"),
    path("actions/<int:pk>/", actions.action, name="action"),
]
