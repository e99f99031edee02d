"""A site of which only the home page is installed."""

from django.urls import path

from tests.auditportal.every_page import nothing

urlpatterns = [path("", nothing, name="home")]
