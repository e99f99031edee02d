"""Addresses of the allocation pages. A month is written as 2026-11."""

from datetime import date

from django.urls import URLPattern, URLResolver, path, register_converter

from allocation.views import cycles, draws, late


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
    path("cycles/<month:month>/", cycles.cycle, name="cycle"),
    path("cycles/<month:month>/draw/", draws.draw, name="draw"),
    path("cycles/<month:month>/draws/<int:number>/", draws.draw_detail, name="draw_detail"),
    path("cycles/<month:month>/publish/", draws.publish, name="publish"),
    path("cycles/<month:month>/why-not/", draws.why_not, name="why_not"),
    path("cycles/<month:month>/override/", draws.override, name="override"),
    path("cycles/<month:month>/close/", cycles.close, name="close"),
    path("late/", late.late, name="late"),
]
