import json
import runpy
import sys
from pathlib import Path
from types import ModuleType
from unittest.mock import Mock

import pytest

from janib.errors import MissingExtraError, ModelError
from janib.text import arabert
from janib.text.cleaning import compose

FIXTURE = Path(__file__).parents[2] / "fixtures" / "arabert"
CASES = json.loads((FIXTURE / "cases.json").read_text(encoding="utf-8"))
MODELS = {
    "bert-base-arabertv01": arabert.clean_v01,
    "bert-base-arabert": arabert.clean_v1,
    "bert-base-arabertv02": arabert.clean_v02,
    "bert-large-arabertv02": arabert.clean_v02,
    "bert-base-arabertv02-twitter": arabert.clean_v02_twitter,
    "bert-large-arabertv02-twitter": arabert.clean_v02_twitter,
    "bert-base-arabertv2": arabert.clean_v2,
    "bert-large-arabertv2": arabert.clean_v2,
}
SEGMENTED = ["bert-base-arabert", "bert-base-arabertv2", "bert-large-arabertv2"]


@pytest.fixture(autouse=True)
def _forget_farasa():
    arabert.start_farasa.cache_clear()
    yield
    arabert.start_farasa.cache_clear()


@pytest.fixture
def farasapy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Mock:
    """Stand in for farasapy's FarasaSegmenter, its jar and Java."""
    segmenter = Mock(base_dir=tmp_path, bin_dir=tmp_path / "farasa_bin")
    segmenter.return_value.segment = runpy.run_path(str(FIXTURE / "make.py"))["segment"]
    jar = tmp_path / "farasa_bin" / "lib" / "FarasaSegmenterJar.jar"
    java = tmp_path / "bin" / "java"
    for file in (jar, java):
        file.parent.mkdir(parents=True)
        file.touch()
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(java.parent))
    module = ModuleType("farasa.segmenter")
    module.FarasaSegmenter = segmenter
    monkeypatch.setitem(sys.modules, "farasa", ModuleType("farasa"))
    monkeypatch.setitem(sys.modules, "farasa.segmenter", module)
    return segmenter


@pytest.mark.parametrize("model", CASES["outputs"])
def test_cleaning_equals_the_package(model: str, farasapy: Mock) -> None:
    outputs = CASES["outputs"][model]
    if isinstance(outputs, str):
        outputs = CASES["outputs"][outputs]
    clean = MODELS[model]
    for text, output in zip(CASES["texts"], outputs, strict=True):
        assert clean(text) == output, text


def test_the_oracle_covers_every_model() -> None:
    assert set(CASES["outputs"]) == set(MODELS)
    assert CASES["packages"]["arabert"] == "1.0.1"
    assert len(CASES["texts"]) > 300


@pytest.mark.parametrize(
    ("step", "model"),
    [
        ("arabert_v01", "bert-base-arabertv01"),
        ("arabert_v1", "bert-base-arabert"),
        ("arabert_v02", "bert-base-arabertv02"),
        ("arabert_v02_twitter", "bert-large-arabertv02-twitter"),
        ("arabert_v2", "bert-base-arabertv2"),
    ],
)
def test_steps_are_registered_by_name(step: str, model: str, farasapy: Mock) -> None:
    text = "RT @user: والمدرسة جميييلة 😀 http://t.co/x"
    assert compose([step])(text) == MODELS[model](text)


def test_twitter_models_keep_emoji_and_others_do_not() -> None:
    assert arabert.clean_v02_twitter("حلو😍😍😍 @a ١٢") == "حلو 😍 😍 [مستخدم] 12"
    assert arabert.clean_v02("حلو😍😍😍 @a ١٢") == "حلو [مستخدم] 12"


def test_kaf_is_a_prefix_before_the_stem_and_a_suffix_after_it(farasapy: Mock) -> None:
    farasapy.return_value.segment = Mock(return_value="و+ك+ال+كتاب+ك+م+ك ك+ت [ رابط ]")
    assert arabert.clean_v2("نص") == "و+ ك+ ال+ كتاب +ك م +ك ك+ +ت [رابط]"
    assert arabert.clean_v1("نص") == "و+ ك+ ال+ كتاب ك+ م ك+ ك+ +ت [رابط]"


def test_farasa_starts_once_from_its_jar_and_without_cache(farasapy: Mock) -> None:
    arabert.clean_v2("نص")
    arabert.clean_v1("آخر")
    jar = farasapy.bin_dir / "lib" / "FarasaSegmenterJar.jar"
    farasapy.assert_called_once_with(interactive=True, binary_path=jar, cache=False, logging_level="ERROR")


@pytest.mark.parametrize("model", SEGMENTED)
def test_missing_farasapy_is_an_error(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "farasa", None)
    monkeypatch.delitem(sys.modules, "farasa.segmenter", raising=False)
    with pytest.raises(MissingExtraError) as caught:
        MODELS[model]("نص")
    assert str(caught.value) == (
        "The cleaning of AraBERT v1 and v2 needs packages that are not installed; "
        f"install them with: {sys.executable} -m pip install 'janib[farasa]'"
    )


def test_missing_java_is_an_error(farasapy: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ModelError) as caught:
        arabert.clean_v2("نص")
    assert str(caught.value) == (
        "AraBERT v1 and v2 read words segmented by Farasa, which runs on Java, and no java is on the PATH; "
        "install a Java runtime, or use a v02 model, which needs none"
    )


def test_missing_jar_is_an_error(farasapy: Mock) -> None:
    jar = farasapy.bin_dir / "lib" / "FarasaSegmenterJar.jar"
    jar.unlink()
    with pytest.raises(ModelError) as caught:
        compose(["arabert_v2"])("نص")
    assert str(caught.value) == (
        f"AraBERT v1 and v2 read words segmented by Farasa, and its jar is not at {jar}; "
        f"download {arabert.FARASA_ZIP}, unpack it into {farasapy.base_dir}, or use a v02 model, which needs none"
    )
    farasapy.assert_not_called()


def test_an_empty_answer_of_farasa_is_an_error(farasapy: Mock) -> None:
    farasapy.return_value.segment = Mock(return_value="")
    clean = arabert.clean_v2
    assert clean(" \n") == ""
    with pytest.raises(ModelError) as caught:
        clean("كلام")
    assert str(caught.value) == (
        "Farasa returned nothing for a text of 4 characters; "
        "see whether java can run FarasaSegmenterJar.jar, or use a v02 model"
    )


def test_the_package_s_exponential_pattern_is_gone() -> None:
    text = "@http://" + "ا" * 60 + " نص"
    assert arabert.clean_v02(text) == "@ [رابط] نص"
