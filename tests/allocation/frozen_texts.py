"""How often whole frozen texts were fetched, which may have hundreds of thousands of lines."""

from __future__ import annotations

from functools import reduce

from django.test.utils import CaptureQueriesContext


def whole_texts(queries: CaptureQueriesContext) -> int:
    """How many queries fetch a whole frozen text, and not only what the database cuts out of it."""
    cuts = ('split_part("allocation_draw"."inputs"', "string_to_array(allocation_draw.inputs")
    texts = [reduce(lambda sql, cut: sql.replace(cut, ""), cuts, query["sql"]) for query in queries]
    return sum("inputs" in sql.split(" FROM ")[0].replace("inputs_sha256", "") for sql in texts)
