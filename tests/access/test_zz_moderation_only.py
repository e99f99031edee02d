from tests.access import test_matrix as t
from tests.access.conftest import *  # noqa
from tests.access.test_matrix import *  # noqa

t.PAGES = tuple(p for p in t.PAGES if "moderat" in p.name)
