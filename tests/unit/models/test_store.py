import errno
import io
import json
import pickle
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

import janib
from janib.errors import JanibError, MissingExtraError, ModelError
from janib.inference.classifier import SHIPPED
from janib.io.files import hash_file
from janib.labels import STANCE_LABELS
from janib.models import store
from janib.models.folder import explain_damage
from janib.models.probe import ProbeModel
from janib.models.store import MODEL_SUFFIXES, ModelKind, load_model, read_manifest, save_model
from janib.models.tfidf.model import TfidfModel
from janib.models.transformer.model import TransformerModel
from janib.schema import Example


def list_names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def explain(folder):
    with pytest.raises(ModelError) as raised:
        janib.load(folder)
    return str(raised.value)


def change(folder, **keys):
    path = folder / "janib.json"
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | keys), encoding="utf-8")


def test_a_loaded_model_predicts_the_same(majority, model_folder):
    assert list_names(model_folder) == ["README.md", "janib.json"]
    model, manifest = load_model(model_folder)
    rows = [Example("1", "نص"), Example("2", "نص آخر")]
    assert np.array_equal(model.predict_proba(rows)["stance"], majority.predict_proba(rows)["stance"])
    assert manifest["format"] == 1
    assert manifest["labels"] == {"stance": ("against", "neutral", "favor")}
    assert manifest["provenance"] == {"target_is_given": True}


def test_a_link_into_the_blobs_of_the_hubs_cache_is_followed(majority, tmp_path):
    save_model(majority, tmp_path / "blobs" / "model", {}, "")
    member = tmp_path / "snapshots" / "0123" / "members" / "1"
    for folder in (tmp_path / "snapshots" / "0123", member):
        folder.mkdir(parents=True)
        (folder / "janib.json").symlink_to(tmp_path / "blobs" / "model" / "janib.json")
        assert load_model(folder)[0].kind == "majority"
    (tmp_path / "elsewhere.json").write_text("{}")
    (member / "config.json").symlink_to(tmp_path / "elsewhere.json")
    assert "leads out of its folder" in explain(member)


@pytest.mark.parametrize(
    ("error", "raised", "said"),
    [
        (RuntimeError("CUDA out of memory. Tried"), ModelError, "^x: it asks for more memory than there is; free some"),
        (OSError(errno.ENOSPC, "No space left"), OSError, "No space left"),
        (OSError(errno.EDQUOT, "Quota"), OSError, "Quota"),
        (OSError(errno.EFBIG, "File too large"), OSError, "File too large"),
        (OSError(errno.EIO, "Input/output error"), ModelError, r"^x \(OSError: .*\); copy the model folder again$"),
    ],
)
def test_full_disk_and_full_memory_are_no_damage(error, raised, said):
    with pytest.raises(raised, match=said), explain_damage("x"):
        raise error


def test_a_model_replaces_another(majority, model_folder):
    save_model(majority, model_folder, {}, "# New\n")
    assert list_names(model_folder.parent) == ["model", "model/README.md", "model/janib.json"]


def test_a_manifest_holds_json_alone(majority, tmp_path):
    with pytest.raises(TypeError, match="PosixPath is not JSON serializable"):
        save_model(majority, tmp_path / "model", {"path": tmp_path}, "")


def test_a_model_replaces_no_other_folder(majority, tmp_path):
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(ModelError) as raised:
        save_model(majority, tmp_path, {}, "")
    assert str(raised.value) == (
        f"{tmp_path} holds thesis.docx, which is of no model and would be lost; name a new folder"
    )
    assert list_names(tmp_path) == ["thesis.docx"]


def test_other_files_in_a_model_folder_are_not_lost(majority, model_folder):
    (model_folder / "notes.md").touch()
    with pytest.raises(ModelError, match=r"holds notes\.md, which is of no model"):
        save_model(majority, model_folder, {}, "# New\n")


@pytest.mark.parametrize("existed", [False, True])
@pytest.mark.parametrize("step", ["mkdir", "write_text", "hash_file", "replace"])
def test_a_full_disk_leaves_the_old_model(majority, tmp_path, monkeypatch, existed, step):
    folder = tmp_path / "model"
    (tmp_path / "other").mkdir()
    majority.save = lambda partial: (partial / "weights.json").write_bytes(b"{}") and {}
    if existed:
        save_model(majority, folder, {}, "# Old\n")
    before = list_names(tmp_path)

    def fill_disk(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(store if step == "hash_file" else Path, step, fill_disk)
        with pytest.raises(OSError, match="No space left"):
            save_model(majority, folder, {}, "# New\n")
    assert list_names(tmp_path) == before
    assert not existed or (folder / "README.md").read_text(encoding="utf-8") == "# Old\n"


def test_missing_folder_or_manifest(tmp_path):
    assert explain(tmp_path / "model") == (
        f"{tmp_path}/model does not exist; expected a model folder, one that holds janib.json"
    )
    assert explain(tmp_path) == f"{tmp_path} holds no janib.json; expected a model folder that Janib saved"
    (tmp_path / "janib.json").touch()
    assert explain(tmp_path / "janib.json") == (
        f"{tmp_path}/janib.json holds no janib.json; expected a model folder that Janib saved"
    )


def test_unreadable_manifest(model_folder, monkeypatch):
    def forbid(*_args, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_text", forbid)
    assert explain(model_folder) == (
        f"{model_folder}/janib.json cannot be read: permission denied; check its owner and mode"
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is damaged (Expecting value: line 1 column 1 (char 0))"),
        (b'{"format": 1, "ki', "is damaged (Unterminated string starting at: line 1 column 15 (char 14))"),
        (b"\xff\xfe", "is damaged ('utf-8' codec can't decode byte 0xff in position 0: invalid start byte)"),
        (b"[]", "is damaged (list indices must be integers or slices, not str)"),
        (b"{}", "is damaged: it has no 'format'"),
        (b'{"format": 1, "kind": "majority"}', "is damaged: it has no 'labels'"),
    ],
)
def test_damaged_manifest(model_folder, content, said):
    path = model_folder / "janib.json"
    path.write_bytes(content)
    assert explain(model_folder) == f"{path} {said}; copy the model folder again"


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"kind": 3}, "is damaged (kind is of type int, expected str); copy the model folder again"),
        ({"settings": []}, "is damaged (settings is of type list, expected dict); copy the model folder again"),
        (
            {"provenance": None},
            "is damaged (provenance is of type NoneType, expected dict); copy the model folder again",
        ),
        ({"labels": {"stance": 3}}, "is damaged (the task stance has no list of labels); copy the model folder again"),
        ({"format": 2}, "has format 2, this Janib reads up to 1; upgrade: pip install -U janib"),
        (
            {"kind": "majorty"},
            "has the kind 'majorty', this Janib knows ensemble, hybrid, lexicon, llm, majority, onnx, probe, tfidf, "
            "transformer; did you mean 'majority'?",
        ),
    ],
)
def test_manifest_of_another_janib(model_folder, keys, said):
    change(model_folder, **keys)
    assert explain(model_folder) == f"{model_folder}/janib.json {said}"


def test_a_newer_format_may_have_other_keys(model_folder):
    (model_folder / "janib.json").write_text('{"format": 2}', encoding="utf-8")
    assert explain(model_folder) == (
        f"{model_folder}/janib.json has format 2, this Janib reads up to 1; upgrade: pip install -U janib"
    )


def test_settings_that_do_not_fit_the_kind(model_folder):
    change(model_folder, settings={})
    assert explain(model_folder).startswith(f"{model_folder} ")
    assert explain(model_folder).endswith("; copy the model folder again")


def test_missing_and_truncated_weights(majority, tmp_path):
    folder = tmp_path / "model"
    majority.save = lambda partial: (partial / "weights.json").write_bytes(b"[1, 2]") and {"shares": majority.shares}
    save_model(majority, folder, {}, "")
    path = folder / "weights.json"
    path.write_bytes(b"[1, ")
    assert explain(folder) == f"{path} is cut off or changed (its sha256 is not the saved one); copy it again"
    path.unlink()
    assert explain(folder) == f"{path} is missing; copy the model folder again"


def test_a_kind_whose_packages_are_missing(model_folder, monkeypatch):
    monkeypatch.setitem(store._KINDS, "majority", ModelKind("janib.models.nowhere", "Model", "experiments"))
    with pytest.raises(MissingExtraError) as raised:
        janib.load(model_folder)
    assert isinstance(raised.value, JanibError)
    assert str(raised.value) == (
        "a model of the kind majority needs packages that are not installed; "
        f"install them with: {sys.executable} -m pip install 'janib[experiments]'"
    )


LARGE = {"weights": [0.5] * 1000, "labels": ["مع", "ضد"]}
FOREIGN = ["empty.pkl", "model.pickle", "model.PT", "model.pth", "pytorch_model.bin", "a.ckpt", "nested/model.joblib"]
FOREIGN += ["torch.dat", "modeling.py", "objects.npy", "picture.png", "text.zip", "harmful", "dot."]


@pytest.mark.parametrize("content", [b"", pickle.dumps(LARGE), b"text"], ids=["empty", "pickle", "text"])
@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_that_may_be_a_pickle_is_refused_by_its_name(model_folder, name, content):
    path = model_folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    assert explain(model_folder) == (
        f"{path} is no file of a model and may be a pickle, which can run any code when it is read; expected only "
        ".json, .npz, .safetensors, .onnx, .data, .model, .txt, .jinja, .md. Remove it, or take the model from a "
        "source that gives safetensors"
    )


KNOWN = ["vocab.txt", "tokenizer.json", "model.SAFETENSORS", "model.onnx.data", "spiece.model", "members/0/README.md"]


@pytest.mark.parametrize("name", [*KNOWN, ".gitattributes", ".git/objects/pack/one.pack"])
def test_other_files_may_lie_there(model_folder, name):
    path = model_folder / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.touch()
    assert read_manifest(model_folder)["kind"] == "majority"


class Harmful:
    """Unpickled, it makes the file ``canary`` in the current folder."""

    def __reduce__(self):
        return open, ("canary", "w")


def zip_up(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


def save_array(array):
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def save_torch():
    stream = io.BytesIO()
    torch.save({"weight": Harmful()}, stream)
    return stream.getvalue()


NESTED = np.array([(1, Harmful())], dtype=[("n", "i4"), ("o", object)])
DISGUISED = {
    **{f"protocol {protocol}": pickle.dumps(Harmful(), protocol) for protocol in range(6)},
    "cut": pickle.dumps(Harmful(), 0)[:-1],
    "followed": pickle.dumps(Harmful(), 1) + bytes(1000),
    "torch": save_torch(),
    "zipped": zip_up(words=pickle.dumps(Harmful()), chars=pickle.dumps(Harmful())),
    "array": save_array(np.array([Harmful()], dtype=object)),
    "arrays": zip_up(
        **{"words.npy": save_array(np.array([Harmful()], dtype=object)), "stance/0/terms.npy": save_array(NESTED)}
    ),
    "damaged": zip_up(words=b"abc" * 100).replace(b"PK\x03\x04", b"PK\x00\x00"),
}


@pytest.fixture(scope="module")
def saved_models(tmp_path_factory):
    """Kind to a model folder: of each kind that has files of its own."""
    place = tmp_path_factory.mktemp("saved")
    rows = [Example(str(i), ("نعم نعم", "لا لا")[i % 2], "الحزب", stance=STANCE_LABELS[i % 2 * 2]) for i in range(20)]
    labels = {"stance": STANCE_LABELS}
    options = {"seed": 0, "cleaning": [], "words": [1, 1], "chars": [2, 3], "min_df": 1, "target": "ignored"}
    trained = {
        "tfidf": TfidfModel(labels=labels, classifier={"name": "logreg"}, **options),
        "probe": ProbeModel(labels=labels, encoder="tiny"),
        "transformer": TransformerModel(labels=labels, encoder="tiny", training={"epochs": 1}),
    }
    for kind, model in trained.items():
        save_model(model.fit(rows, []), place / kind, {}, "")
    return place


@pytest.mark.parametrize("disguise", DISGUISED)
@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("tfidf", "tfidf.npz"),
        ("probe", "probe.npz"),
        ("probe", "model.safetensors"),
        ("transformer", "model.safetensors"),
        ("transformer", "config.json"),
        ("transformer", "tokenizer.json"),
    ],
)
def test_a_pickle_under_another_name_is_an_error_and_is_not_run(
    saved_models, tmp_path, monkeypatch, kind, name, disguise
):
    monkeypatch.chdir(tmp_path)
    folder = shutil.copytree(saved_models / kind, tmp_path / "model")
    path = folder / name
    path.write_bytes(DISGUISED[disguise])
    change(folder, files=json.loads((folder / "janib.json").read_text())["files"] | {name: hash_file(path)})
    assert explain(folder).endswith(("opy the model folder again", "copy the folder again"))
    assert not Path("canary").exists()


@pytest.mark.parametrize("kind", ["probe", "transformer"])
def test_code_of_a_folder_is_neither_run_nor_asked_about(saved_models, tmp_path, monkeypatch, kind):
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("it asks"))
    folder = shutil.copytree(saved_models / kind, tmp_path / "model")
    path = folder / "config.json"
    names = ("AutoConfig", "AutoModel", "AutoModelForSequenceClassification")
    config = {"model_type": "theirs", "auto_map": dict.fromkeys(names, "modeling.Theirs")}
    path.write_text(json.dumps(config), encoding="utf-8")
    change(folder, files=json.loads((folder / "janib.json").read_text())["files"] | {"config.json": hash_file(path)})
    assert explain(folder).endswith("copy the folder again")


def test_the_harmful_object_acts_when_it_is_unpickled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pickle.loads(pickle.dumps(Harmful())).close()
    assert Path("canary").exists()


def test_the_shipped_model_holds_known_files_alone():
    suffixes = {path.suffix for path in SHIPPED.rglob("*") if path.is_file()}
    assert suffixes <= set(MODEL_SUFFIXES)
