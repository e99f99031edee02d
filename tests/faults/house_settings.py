"""The product's own settings, with the static files of this run."""

import os

from auditportal.settings import *  # noqa: F403  # the product exactly as it is

STATIC_ROOT = os.environ["FAULTS_STATIC"]
