"""Where language models are asked, and where their answers are kept; it needs no package of the extra."""

from __future__ import annotations

import os
from pathlib import Path

from janib.corpora.fetch import get_cache_folder
from janib.errors import ModelError

URL_VARIABLE, KEY_VARIABLE, AT_ONCE_VARIABLE = "JANIB_LLM_URL", "JANIB_LLM_KEY", "JANIB_LLM_REQUESTS"
"""Environment variables: the endpoint's address up to ``/v1``, its key if it wants one, and requests at once."""

_NAME = "llm_answers.sqlite"


class NoEndpointError(ModelError):
    """A language model that has to be asked, and no endpoint is named."""


def get_answers_path() -> Path:
    """Return the file of the answers."""
    return get_cache_folder() / _NAME


def can_answer() -> bool:
    """Say whether an endpoint is named, which is not asked, or some answers are kept."""
    return bool(os.environ.get(URL_VARIABLE)) or get_answers_path().is_file()
