"""Addresses of the allocation pages. A month is written as 2026-11."""

from datetime import date

from django.urls import URLPattern, URLResolver, path, register_converter

from allocation.views import cycles, draws, late, requests, rules, setup, themes


class MonthConverter:
    """2026-11 in an address, the month's first day in a view."""

    regex = r"\d{4}-(?:0[1-9]|1[0-2])"

    def to_python(self, value: str) -> date:
        """Raises ValueError for the year nought, which is then no address."""
        return date(int(value[:4]), int(value[5:]), 1)

    def to_url(self, value: date) -> str:
        return f"{value:%Y-%m}"


register_converter(MonthConverter, "month")

app_name = "allocation"
urlpatterns: list[URLPattern | URLResolver] = [
    path("cycles/", cycles.cycles, name="cycles"),
    path("cycles/new/", cycles.open_cycle, name="open_cycle"),
    path("cycles/pause/", cycles.pause, name="pause"),
    path("cycles/rules/", rules.rules, name="rules"),
    path("cycles/themes/", themes.themes, name="themes"),
    path("cycles/themes/new/", themes.new_theme, name="new_theme"),
    path("cycles/themes/<int:pk>/", themes.theme, name="theme"),
    path("cycles/themes/<int:pk>/retire/", themes.retire_theme, name="retire_theme"),
    path("cycles/themes/<int:pk>/use-again/", themes.use_theme_again, name="use_theme_again"),
    path("cycles/<month:month>/", cycles.cycle, name="cycle"),
    path("cycles/<month:month>/change/", setup.change_month, name="change_month"),
    path("cycles/<month:month>/cases/", setup.choose_cases, name="choose_cases"),
    path("cycles/<month:month>/questions/", setup.choose_questions, name="choose_questions"),
    path("cycles/<month:month>/spread/", setup.choose_spread, name="choose_spread"),
    path("cycles/<month:month>/spread/<str:by>/", setup.choose_numbers, name="choose_numbers"),
    path("cycles/<month:month>/fairness/", setup.choose_fairness, name="choose_fairness"),
    path("cycles/<month:month>/theme/", setup.save_theme, name="save_theme"),
    path("cycles/<month:month>/draw/", draws.draw, name="draw"),
    path("cycles/<month:month>/draws/<int:number>/", draws.draw_detail, name="draw_detail"),
    path("cycles/<month:month>/publish/", draws.publish, name="publish"),
    path("cycles/<month:month>/why-not/", draws.why_not, name="why_not"),
    path("cycles/<month:month>/override/", draws.override, name="override"),
    path("cycles/<month:month>/close/", cycles.close, name="close"),
    path("late/", late.late, name="late"),
    path("requests/", requests.requests, name="requests"),
    path("requests/new/<str:reference>/", requests.ask, name="ask"),
    path("requests/<int:pk>/", requests.detail, name="request"),
    path("requests/<int:pk>/take-back/", requests.take_back, name="take_back_request"),
]
