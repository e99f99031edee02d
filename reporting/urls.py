"""Addresses of the reporting pages. Home has no namespace: it is where signing in leads."""

from django.urls import include, path

from allocation import month_address  # noqa: F401  # teaches Django what a month in an address is
from reporting.views import certificates, documents, overview, reports

pages = [
    path("dashboard/", overview.dashboard, name="dashboard"),
    path("reports/", reports.reports, name="reports"),
    path("reports/new/", reports.new_report, name="new_report"),
    path("reports/<str:month>/<int:version>/", reports.report, name="report"),
    path("reports/<str:month>/<int:version>/edit/", reports.edit_report, name="edit_report"),
    path("reports/<str:month>/<int:version>/build/", reports.build_report, name="build_report"),
    path("reports/<str:month>/<int:version>/publish/", reports.publish_report, name="publish_report"),
    path("reports/<str:month>/<int:version>/pdf/", reports.report_pdf, name="report_pdf"),
    path(
        "cycles/<month:month>/draws/<int:number>/certificate.pdf",
        certificates.draw_certificate,
        name="draw_certificate",
    ),
    path("audits/<str:reference>/audit.pdf", documents.audit_as_pdf, name="audit_pdf"),
    path("audits/<str:reference>/audit.docx", documents.audit_as_word, name="audit_word"),
    path("reports/<str:month>/<int:version>/progress/", reports.report_progress, name="report_progress"),
]

urlpatterns = [
    path("", overview.home, name="home"),
    path("", include((pages, "reporting"))),
]
