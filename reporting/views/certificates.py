"""The certificate of a draw, for those who run the programme to hand on."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from allocation.views.access import draw_page, get_draw
from people.requests import StaffRequest
from reporting.draw_certificate import NoPdfError, certificate_pdf, file_name


@require_safe
@draw_page
def draw_certificate(request: StaffRequest, month: date, number: int) -> HttpResponse:
    """The certificate as a PDF; its name says month and number and nothing else."""
    draw = get_draw(request, month, number)
    try:
        made = certificate_pdf(draw)
    except NoPdfError as error:
        messages.error(request, str(error))
        return redirect("allocation:draw_detail", month, number)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{file_name(draw)}"'
    return response
