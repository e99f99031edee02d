"""Pages that belong to no app, account pages, and what the content security policy demands of every template."""

import re
from pathlib import Path

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.template.loader import get_template
from django.test import Client, RequestFactory

from auditportal import pages
from people.models import User
from tests.factories import UserFactory

urls = pytest.mark.urls("tests.auditportal.gallery")
TEMPLATES = Path(settings.BASE_DIR) / "templates"
ON_SCREEN = [path for path in sorted(TEMPLATES.rglob("*.html")) if path.relative_to(TEMPLATES).parts[0] != "pdf"]
OTHERS = {"audits", "people", "allocation", "reporting", "email"}
LOOK = [path for path in ON_SCREEN if path.relative_to(TEMPLATES).parts[0] not in OTHERS]
ACCOUNT_PAGES = [
    "/sign-in/",
    "/password/reset/",
    "/password/reset/sent/",
    "/password/reset/done/",
    "/account/inactive/",
]


class TestErrorPages:
    @pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "500.html"])
    def test_are_drawn_without_a_request_or_a_database(self, name: str) -> None:
        html = get_template(name).render({})
        assert "<h1" in html
        assert 'href="/"' in html

    def test_of_a_failure_says_that_saved_work_is_kept_and_asks_nothing_of_the_database(self) -> None:
        response = pages.server_error(RequestFactory().get("/"))
        assert response.status_code == 500
        assert "saved before this is kept" in response.content.decode()
        assert settings.COUNCIL_NAME in response.content.decode()

    @urls
    def test_are_shown_when_a_page_fails(self) -> None:
        response = Client(raise_request_exception=False).get("/sign-in/", headers={"host": "not allowed"})
        assert response.status_code == 400
        assert "We could not read" in response.content.decode()

    @urls
    @pytest.mark.django_db
    def test_tell_a_visitor_what_to_do_when_there_is_no_such_page(self) -> None:
        response = Client().get("/nowhere/")
        assert response.status_code == 404
        assert "go to the home page" in response.content.decode()

    @urls
    @pytest.mark.django_db
    def test_hold_no_technical_words(self) -> None:
        text = "".join(get_template(name).render({}) for name in ("400.html", "403.html", "404.html", "500.html"))
        shown = re.sub(r"<head.*?</head>|<[^>]+>", " ", text, flags=re.DOTALL).lower()
        for word in ("error code", "server", "database", "exception", "http", "request", "404", "500", "cookie"):
            assert word not in shown


@urls
@pytest.mark.django_db
class TestAccountPages:
    @pytest.mark.parametrize("address", ACCOUNT_PAGES)
    def test_are_open_to_visitors_and_wear_the_portal_s_look(self, address: str) -> None:
        html = Client().get(address).content.decode()
        assert 'class="portal-header"' in html
        assert html.count("<h1") == 1
        assert "Sign out" not in html

    def test_name_their_title_and_warn_of_errors_in_it(self) -> None:
        assert "<title>Sign in – Case file audits – " in Client().get("/sign-in/").content.decode()
        html = Client().post("/sign-in/", {"login": "", "password": ""}).content.decode()
        assert "<title>Error: Sign in" in html
        assert '<a href="#id_password">Enter the password</a>' in html

    def test_say_that_nobody_signs_up(self) -> None:
        html = Client().get("/sign-up/").content.decode()
        assert "Accounts are made for you" in html

    def test_lead_to_a_new_password(self) -> None:
        assert "no longer works" in Client().get("/password/reset/key/1-wrong/").content.decode()

    def test_let_the_signed_in_change_their_password_and_sign_out(self) -> None:
        client = Client()
        client.force_login(UserFactory(name="Wren Worker"))
        html = client.get("/password/change/").content.decode()
        assert "Change your password" in html
        assert "Wren Worker" in html
        assert "Sign out" in client.get("/sign-out/").content.decode()

    def test_ask_again_who_somebody_is(self) -> None:
        client = Client()
        client.force_login(UserFactory())
        assert "Confirm that it is you" in client.get("/account/signed-in-again/").content.decode()

    def test_show_a_name_as_text(self) -> None:
        client = Client()
        client.force_login(UserFactory(name="<script>alert(1)</script>"))
        assert "<script>alert" not in client.get("/").content.decode()


@urls
@pytest.mark.django_db
class TestLayout:
    def test_asks_the_database_for_nothing_but_session_and_person(self, django_assert_num_queries: object) -> None:
        client = Client()
        client.force_login(UserFactory())
        client.get("/accessibility/")
        with django_assert_num_queries(2):  # type: ignore[operator]  # a pytest fixture
            client.get("/accessibility/")

    def test_has_one_way_past_the_header(self) -> None:
        html = Client().get("/accessibility/").content.decode()
        assert html.count('href="#main-content"') == 1
        assert html.count('id="main-content"') == 1

    def test_speaks_british_english_and_keeps_out_of_search_engines(self) -> None:
        html = Client().get("/accessibility/").content.decode()
        assert '<html lang="en-GB" class="govuk-template">' in html
        assert 'content="noindex, nofollow"' in html


class TestTemplates:
    @pytest.mark.parametrize("path", ON_SCREEN, ids=lambda path: str(path.relative_to(TEMPLATES)))
    def test_need_no_inline_style_or_script(self, path: Path) -> None:
        source = path.read_text()
        assert not re.search(r"\sstyle\s*=", source)
        assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source)
        assert not re.search(r"<style", source)
        assert not re.search(r"<script(?![^>]*\ssrc=)", source)
        assert not re.search(r"(src|href)\s*=\s*[\"'](data|javascript):", source)

    @pytest.mark.parametrize("path", LOOK, ids=lambda path: str(path.relative_to(TEMPLATES)))
    def test_never_switch_escaping_off(self, path: Path) -> None:
        assert not re.search(r"\|\s*safe\b|autoescape off|\|\s*safeseq", path.read_text())

    @pytest.mark.parametrize("path", ON_SCREEN, ids=lambda path: str(path.relative_to(TEMPLATES)))
    def test_can_be_read_by_the_engine(self, path: Path) -> None:
        assert get_template(str(path.relative_to(TEMPLATES)))


class TestStaticFiles:
    def test_keep_nothing_in_the_browser(self) -> None:
        for script in (Path(settings.BASE_DIR) / "static").rglob("*.js"):
            assert not re.search(r"localStorage|sessionStorage|indexedDB|document\.cookie\s*=", script.read_text()), (
                script
            )

    def test_fetch_nothing_from_elsewhere(self) -> None:
        for file in (Path(settings.BASE_DIR) / "static").rglob("*"):
            if file.suffix in {".js", ".css"}:
                assert "http" not in file.read_text().replace("http://www.w3.org", ""), file

    def test_hold_what_pages_ask_for(self) -> None:
        for name in ("portal.css", "favicon.svg", "img/mark.svg", "js/app.js", "js/autosave.js", "js/progress.js"):
            assert (Path(settings.BASE_DIR) / "static" / name).is_file()


@urls
@pytest.mark.django_db
class TestPasswordReset:
    def test_takes_a_new_password_through_its_link(self) -> None:
        user: User = UserFactory(email="wren@exampleshire.example")
        link = f"/password/reset/key/{user_pk_to_url_str(user)}-{default_token_generator.make_token(user)}/"
        client = Client()
        form_page = client.get(link, follow=True)
        assert "Choose a new password" in form_page.content.decode()
        new = {"password1": "a heron stands still", "password2": "a heron stands still"}
        done = client.post(form_page.request["PATH_INFO"], new, follow=True)
        assert "Your password is changed" in done.content.decode()
        user.refresh_from_db()
        assert user.check_password("a heron stands still")
