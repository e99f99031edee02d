"""Addresses of the floors."""

from django.urls import path

from bench.floor import views

urlpatterns = [
    path("empty/", views.empty, name="empty"),
    path("audits/", views.audits, name="audits"),
    path("team-audits/", views.team_audits, name="team_audits"),
    path("cases/", views.cases, name="cases"),
    path("actions/", views.actions, name="actions"),
    path("section/<str:reference>/<str:page>/", views.section, name="section"),
    path("questions/<str:reference>/", views.questions, name="questions"),
    path("save/<str:reference>/<str:page>/", views.save, name="save"),
    path("audits/<str:reference>/", views.detail, name="detail"),
    path("text/<str:reference>/", views.text, name="text"),
    path("dashboard/", views.dashboard, name="dashboard"),
    path("cases/<int:pk>/", views.empty, name="case"),
    path("actions/<int:pk>/", views.empty, name="action"),
]
