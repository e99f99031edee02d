"""Addresses of the pages that come after an audit; part of audits.urls."""

from django.urls import URLPattern, URLResolver, path

from audits.views import actions, moderation, part_b

urlpatterns: list[URLPattern | URLResolver] = [
    path("audits/<str:reference>/part-b/", part_b.part_b, name="part_b"),
    path("audits/<str:reference>/moderate/", moderation.moderate, name="moderate"),
    path("actions/", actions.actions, name="actions"),
    path("actions/<int:pk>/", actions.action, name="action"),
]
