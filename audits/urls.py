"""Addresses of the audits pages."""

from django.urls import URLPattern, URLResolver, path

from audits.views import answers, case_imports, cases, check, page, reading, saving, smart_actions, tasks

app_name = "audits"
urlpatterns: list[URLPattern | URLResolver] = [
    path("cases/", cases.cases, name="cases"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/import/", case_imports.import_cases, name="import_cases"),
    path("cases/import/<int:pk>/", case_imports.import_preview, name="import_preview"),
    path("cases/import/<int:pk>/columns/", case_imports.import_columns, name="import_columns"),
    path("audits/", reading.audits, name="list"),
    path("audits/<str:reference>/", reading.detail, name="detail"),
    path("audits/<str:reference>/do/", tasks.tasks, name="tasks"),
    path("audits/<str:reference>/do/actions/", smart_actions.actions, name="smart_actions"),
    path("audits/<str:reference>/do/actions/<int:number>/", smart_actions.change_action, name="change_action"),
    path("audits/<str:reference>/do/actions/<int:number>/remove/", smart_actions.remove_action, name="remove_action"),
    path("audits/<str:reference>/do/check/", check.check, name="check"),
    path("audits/<str:reference>/do/<str:page>/", page.page, name="page"),
    path("audits/<str:reference>/do/<str:page>/save/", saving.save_page, name="save_page"),
    path("audits/<str:reference>/part-b/", answers.part_b, name="part_b"),
    path("audits/<str:reference>/moderate/", answers.moderate, name="moderate"),
    path("actions/", answers.actions, name="actions"),
    path("actions/<int:pk>/", answers.action, name="action"),
    path("templates/", reading.templates, name="templates"),
    path("templates/<str:code>/<int:number>/", reading.template, name="template"),
]
