"""Page furniture: navigation, dates, tags, percentages, page links."""

from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
import time_machine
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.html import escape

from auditportal import tags
from auditportal.drawn import _drawn, drawn_rows
from auditportal.figure_tags import group_share
from auditportal.navigation import navigation
from audits.models import Grade, Status
from people.models import User
from people.roles import JobRole
from reporting.shares import Share
from tests.auditportal.gallery import HOSTILE

pytestmark = pytest.mark.urls("tests.auditportal.every_page")


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context)).strip()


def labels(job_role: str, path: str = "") -> list[str]:
    return [entry.label for entry in navigation(User(job_role=job_role), path=path)]


class TestNavigation:
    def test_shows_everything_to_who_runs_the_programme_without_asking_the_database(self) -> None:
        assert labels(JobRole.PRINCIPAL_SOCIAL_WORKER) == [
            "Home",
            "Audits",
            "Actions",
            "Cases",
            "Cycles",
            "Templates",
            "Timescales",
            "People",
            "Dashboard",
            "Reports",
            "Mail",
        ]

    def test_shows_a_worker_only_what_is_theirs(self) -> None:
        assert labels(JobRole.SOCIAL_WORKER) == ["Home", "Audits", "Actions", "Reports"]

    def test_shows_a_manager_no_staff_and_no_mail(self) -> None:
        assert labels(JobRole.TEAM_MANAGER) == ["Home", "Audits", "Actions", "Reports"]

    def test_shows_someone_of_an_unknown_role_no_more_than_the_common_pages(self) -> None:
        assert labels("poet") == ["Home", "Audits", "Actions"]

    @pytest.mark.parametrize(
        ("path", "label", "mark"),
        [
            ("/", "Home", "page"),
            ("/audits/", "Audits", "page"),
            ("/audits/2026-11-0007/do/", "Audits", "true"),
            ("/cycles/2026-11/", "Cycles", "true"),
        ],
    )
    def test_marks_the_page_one_is_on(self, path: str, label: str, mark: str) -> None:
        entries = navigation(User(job_role=JobRole.PRINCIPAL_SOCIAL_WORKER), path=path)
        assert [(entry.label, entry.current) for entry in entries if entry.current] == [(label, mark)]

    @pytest.mark.urls("tests.auditportal.no_page")
    def test_leaves_out_pages_that_are_not_installed(self) -> None:
        assert labels(JobRole.PRINCIPAL_SOCIAL_WORKER) == ["Home"]

    def test_is_empty_for_a_visitor(self) -> None:
        request = SimpleNamespace(user=SimpleNamespace(is_authenticated=False), path="/")
        assert tags.service_navigation(Context({"request": request})) == []
        assert tags.service_navigation(Context({})) == []


class TestDates:
    def test_are_written_out(self) -> None:
        assert tags.day(date(2026, 11, 21)) == "21 November 2026"
        with time_machine.travel(datetime(2026, 11, 10, tzinfo=UTC), tick=False):
            assert tags.short_day(date(2026, 11, 21)) == "Sat 21 Nov"
        assert tags.month_name(date(2026, 11, 1)) == "November 2026"

    def test_of_another_year_say_which(self) -> None:
        with time_machine.travel(datetime(2026, 12, 31, 23, 59, tzinfo=UTC), tick=False):
            assert tags.short_day(date(2030, 6, 4)) == "Tue 4 Jun 2030"
            assert tags.short_day(date(2027, 1, 1)) == "Fri 1 Jan 2027"
            assert tags.day_of_year(date(2030, 6, 4)) == "Tue 4 Jun"

    def test_are_london_days_and_times(self) -> None:
        late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
        assert tags.moment(late) == "1 July 2026 at 00:30"
        assert tags.day(late) == "1 July 2026"
        assert tags.moment(datetime(2026, 11, 21, 14, 2, tzinfo=UTC)) == "21 November 2026 at 14:02"

    def test_are_empty_for_none(self) -> None:
        assert [tags.day(None), tags.short_day(None), tags.moment(None), tags.month_name(None)] == ["", "", "", ""]


class TestPercent:
    @pytest.mark.parametrize(
        ("n", "total", "text"),
        [
            (1298, 1632, "80% (1,298 of 1,632)"),
            (1, 8, "13% (1 of 8)"),
            (1, 200, "1% (1 of 200)"),
            (0, 3, "0% (0 of 3)"),
            (3, 3, "100% (3 of 3)"),
            (0, 0, "no data (0 of 0)"),
            (None, None, "no data (0 of 0)"),
        ],
    )
    def test_carries_its_numbers(self, n: int | None, total: int | None, text: str) -> None:
        assert tags.percent(n, total) == text


class TestStatusTag:
    @pytest.mark.parametrize("status", list(Status))
    def test_knows_every_status_of_an_audit(self, status: Status) -> None:
        assert status in tags.TAG_COLOURS
        assert status.label in render("{% status_tag status %}", status=status.value)

    def test_shows_what_is_finished_as_plain_text(self) -> None:
        assert render("{% status_tag 'closed' %}") == '<span class="portal-status">Closed</span>'

    def test_takes_other_words_and_escapes_them(self) -> None:
        html = render("{% status_tag 'overdue' words %}", words=HOSTILE)
        assert "govuk-tag--red" in html
        assert "<script>" not in html

    def test_makes_words_of_a_code_it_does_not_know(self) -> None:
        assert "Half way there" in render("{% status_tag 'half_way_there' %}")

    def test_is_nothing_for_nothing(self) -> None:
        assert render("{% status_tag '' %}") == ""


class TestGradeTag:
    def test_shows_the_grade_in_its_colour(self) -> None:
        html = render("{% grade_tag grade %}", grade=Grade(label="Good", colour="green"))
        assert html == '<strong class="portal-grade portal-grade--green">Good</strong>'

    def test_reads_the_word_of_a_point_of_a_scale(self) -> None:
        choice = SimpleNamespace(point=SimpleNamespace(label="Inadequate"), colour="red")
        assert "Inadequate" in render("{% grade_tag grade %}", grade=choice)

    def test_says_so_where_there_is_no_grade(self) -> None:
        assert "Not graded" in render("{% grade_tag grade %}", grade=None)
        assert "Set aside" in render("{% grade_tag grade 'Set aside' %}", grade=None)

    def test_escapes_the_council_s_own_words(self) -> None:
        assert "<script>" not in render("{% grade_tag grade %}", grade=Grade(label=HOSTILE, colour=HOSTILE))


class TestCrumbs:
    def test_links_all_but_the_page_itself(self) -> None:
        html = render("{% crumbs 'Home' '/' 'Audits' '/audits/' name %}", name=HOSTILE)
        assert html.count("<a ") == 2
        assert 'aria-current="page">&lt;script&gt;' in html

    def test_links_every_pair(self) -> None:
        assert render("{% crumbs 'Home' '/' 'Audits' '/audits/' %}").count("<a ") == 2


class TestPageLinks:
    def links(self, address: str, number: int, rows: int = 900) -> str:
        context = {"request": RequestFactory().get(address), "page_obj": Paginator(range(rows), 50).get_page(number)}
        return render("{% page_links page_obj %}", **context)

    def test_keep_every_filter_and_replace_the_page(self) -> None:
        html = self.links("/audits/?team=3&team=4&q=a%26b&page=7", 7)
        assert 'href="?team=3&amp;team=4&amp;q=a%26b&amp;page=8" rel="next"' in html
        assert "page=7&amp;page" not in html

    def test_mark_the_present_page_and_leave_gaps(self) -> None:
        html = self.links("/audits/?page=7", 7)
        assert html.count("aria-current") == 1
        assert html.count("govuk-pagination__item--ellipsis") == 2

    def test_have_no_way_back_from_the_first_page(self) -> None:
        html = self.links("/audits/", 1)
        assert 'rel="prev"' not in html
        assert 'rel="next"' in html

    def test_are_nothing_for_a_single_page(self) -> None:
        assert self.links("/audits/", 1, rows=50) == ""

    def test_cannot_be_broken_out_of(self) -> None:
        assert "<script>" not in self.links('/audits/?q="><script>', 1)


class TestAttributes:
    def test_escape_values_and_leave_out_what_is_off(self) -> None:
        html = render("<i{% attributes values %}></i>", values={"a": '"x', "b": True, "c": False, "d": None})
        assert html == '<i a="&quot;x" b></i>'


class TestDrawnRows:
    def row(self, **other: str) -> dict[str, str]:
        return {"number": "1.1", "text": "Seen alone.", "value": "yes", **other}

    def test_escape_what_they_are_given(self) -> None:
        drawn = drawn_rows("components/answer.html", [self.row(text=HOSTILE)])
        assert HOSTILE not in drawn
        assert escape(HOSTILE) in drawn

    def test_keep_rows_apart_that_differ_in_anything(self) -> None:
        first, again, other = (
            drawn_rows("components/answer.html", [self.row(value=value)]) for value in ("yes", "yes", "no")
        )
        assert first == again
        assert first != other
        assert drawn_rows("components/answers.html", []) == ""

    def test_keep_nothing_that_was_typed_about_a_child(self) -> None:
        row = self.row(name="answers__S1-01", comment_name="comments__S1-01", comment="")
        drawn_rows("components/standard.html", [row])
        kept = _drawn.cache_info().currsize
        assert "Nobody rang back." in drawn_rows("components/standard.html", [{**row, "comment": "Nobody rang back."}])
        assert _drawn.cache_info().currsize == kept


class TestFullStop:
    def test_ends_what_somebody_typed_once(self) -> None:
        wanted = {"asked for it": "asked for it.", "Yes. ": "Yes.", "Why?": "Why?", "": ""}
        assert {text: tags.full_stop(text) for text in wanted} == wanted


class TestShares:
    def test_of_groups_say_none_then_counts_then_a_percentage(self) -> None:
        wanted = {Share(0, 0): "none", Share(2, 5): "2 of 5", Share(40, 80): "50% (40 of 80)"}
        assert {share: group_share(share) for share in wanted} == wanted

    def test_of_small_numbers_are_flagged(self) -> None:
        assert "small numbers" in render("{% load figure_tags %}{{ s|group_share }}", s=Share(4, 8))
        assert "&lt;" not in render("{% load figure_tags %}{{ s|share }}", s=Share(4, 8))

    def test_that_were_not_counted_then_are_empty(self) -> None:
        assert render("{% load figure_tags %}{{ none.rate|group_share }}{{ none.rate|share }}") == ""


class TestCount:
    def test_leads_to_its_rows_where_there_are_any(self) -> None:
        source = '{% load figure_tags %}{% with query=rows|add:"&b=2" %}{% count n query %}{% endwith %}'
        assert (
            render(source, n=1200, links="/audits/", rows="a=1")
            == '<a class="govuk-link" href="/audits/?a=1&amp;b=2">1,200</a>'
        )
        assert render(source, n=0, links="/audits/", rows="a=1") == "0"
        assert render(source, n=1200, links="", rows="a=1") == "1,200"
