import sys
from types import SimpleNamespace

import pytest

from janib.errors import MissingExtraError
from janib.text import stemming
from janib.text.cleaning import compose


@pytest.fixture(autouse=True)
def _forget_stemmer(monkeypatch: pytest.MonkeyPatch):
    stemming._load_stemmer.cache_clear()
    yield
    stemming._load_stemmer.cache_clear()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "snowballstemmer", None)
    with pytest.raises(MissingExtraError) as caught:
        compose(["stem"])("نص")
    assert str(caught.value) == (
        "The text step 'stem' needs packages that are not installed; "
        f"install them with: {sys.executable} -m pip install 'janib[stemming]'"
    )


def test_only_arabic_words_are_stemmed(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = SimpleNamespace(stemmer=lambda language: SimpleNamespace(stemWord=lambda word: f"[{word}]"))
    monkeypatch.setitem(sys.modules, "snowballstemmer", stub)
    assert compose(["stem"])("الكِتاب، book 12 والقلم😀") == "[الكِتاب]، book 12 [والقلم]😀"


def test_snowball_itself() -> None:
    pytest.importorskip("snowballstemmer")
    assert compose(["stem"])("الكتاب والمدرسة المعلمون") == "كتاب والمدرس معلم"
