"""Models need the packages of their own extra and no others; the environment of developers has all of them."""

import subprocess
import sys

import pytest

from janib.errors import ConfigError, MissingExtraError
from janib.labels import TASK_LABELS
from janib.runs.experiment import make_model

OF_OTHER_EXTRAS = ["accelerate", "onnx", "onnxscript", "peft", "pyarrow", "pyspark", "snowballstemmer", "trafilatura"]


def test_models_import_nothing_of_another_extra():
    modules = ", ".join(f"janib.models.{name}" for name in ("transformer.model", "probe", "onnx", "ensemble.model"))
    code = f"import sys; sys.modules.update(dict.fromkeys({OF_OTHER_EXTRAS})); import {modules}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_missing_packages_are_named_with_their_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "janib.models.transformer.model", raising=False)
    with pytest.raises(MissingExtraError, match=r"model=tiny needs packages .* 'janib\[transformers\]'"):
        make_model({"name": "tiny", "kind": "transformer"}, TASK_LABELS, 0)


def test_a_mistyped_kind_is_no_missing_package():
    with pytest.raises(ConfigError, match=r"kind=transfomer: expected .*; did you mean 'transformer'"):
        make_model({"name": "tiny", "kind": "transfomer"}, TASK_LABELS, 0)


def test_a_mistyped_module_is_no_missing_package():
    settings = {"name": "tiny", "_target_": "janib.models.transfomer.TransformerModel"}
    with pytest.raises(ConfigError, match=r"transfomer.* names no class that can be imported"):
        make_model(settings, TASK_LABELS, 0)
