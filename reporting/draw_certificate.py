"""The certificate of a draw as a PDF: made from the record alone, so that it comes out the same each time."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string

from allocation.models import Draw
from allocation.months.certificate import certificate


class NoPdfError(RuntimeError):
    """The machine lacks what the PDF library needs."""


def file_name(draw: Draw) -> str:
    """Month and number, nothing else."""
    return f"draw-certificate-{draw.cycle.month:%Y-%m}-{draw.number}.pdf"


def certificate_html(draw: Draw, *, left_out: bool = True) -> str:
    """The certificate's pages as HTML. Nothing in it depends on the day on which it is made.

    `left_out`: the cases that were left out are named too.
    """
    context = {
        "draw": draw,
        "cycle": draw.cycle,
        "certificate": certificate(draw, left_out=left_out),
        "council_name": settings.COUNCIL_NAME,
        "service_name": settings.SERVICE_NAME,
    }
    return render_to_string("pdf/draw_certificate.html", context)


def certificate_pdf(draw: Draw, *, left_out: bool = True) -> bytes:
    """The certificate as a tagged PDF. Raises NoPdfError where the machine cannot make one."""
    # Here and not above: without Pango on the machine only this may fail, not every page.
    try:
        from reporting import pdf
    except OSError as error:
        raise NoPdfError("The PDF library needs Pango (libpango-1.0-0 and libpangoft2-1.0-0): install it.") from error
    return pdf.render(certificate_html(draw, left_out=left_out))
