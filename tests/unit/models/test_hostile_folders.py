"""Model folders that are damaged or made to harm: each is one clear error, soon, in little memory, and runs nothing."""

import io
import json
import os
import resource
import shutil
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from onnx import TensorProto, helper, load_model_from_string
from safetensors.numpy import load_file, save_file

import janib
from janib.errors import JanibError, ModelError
from janib.io.files import hash_file
from janib.labels import SENTIMENT_LABELS, STANCE_LABELS
from janib.models import store
from janib.models.cue_lexicon import LexiconModel
from janib.models.encoders.huggingface import make_tiny, read_tokenizer
from janib.models.ensemble.model import EnsembleModel
from janib.models.hybrid import HybridModel
from janib.models.majority import MajorityModel
from janib.models.onnx import OnnxModel
from janib.models.probe import ProbeModel
from janib.models.store import save_model
from janib.models.tfidf.model import TfidfModel
from janib.models.transformer.model import TransformerModel
from janib.schema import Example
from janib.tracking.pyfunc import JanibModel

LABELS = {"stance": STANCE_LABELS}
TEXTS = ("نعم نعم جدا", "لا لا أبدا", "ربما")
ROWS = [
    Example(str(i), TEXTS[i % 3], "الحزب", stance=STANCE_LABELS[i % 3], sentiment=SENTIMENT_LABELS[i % 3])
    for i in range(12)
]
MAX_SECONDS = 10  # of the processor
MAX_MIB = 700  # more than before the first folder

NAN, INF = float("nan"), float("inf")
DEEP = "[" * 200_000 + "]" * 200_000


def make_graph(n_labels=3, size=None):
    """Make a graph of mean token ids times weights, or of an array of ``size`` numbers."""
    names = ("input_ids", "attention_mask")
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in names]
    nodes = [
        helper.make_node("Cast", ["input_ids"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["numbers"], ["mean"], axes=[1], keepdims=1),
        helper.make_node("MatMul", ["mean", "weights"], ["logits"]),
    ]
    constants = [helper.make_tensor("weights", TensorProto.FLOAT, [1, n_labels], [0.1 * i for i in range(n_labels)])]
    if size is not None:
        constants = [helper.make_tensor("shape", TensorProto.INT64, [2], [size, 3])]
        nodes = [helper.make_node("ConstantOfShape", ["shape"], ["logits"])]
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "labels"])
    graph = helper.make_graph(nodes, "graph", inputs, [output], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


def make_loop(*, long=False):
    """Make a graph of a loop of 2^62 rounds; ``long`` writes the length of the node's kind in two bytes."""
    names = ("input_ids", "attention_mask")
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in names]
    state = {name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3]) for name in ("before", "after")}
    flags = {name: helper.make_tensor_value_info(name, TensorProto.BOOL, []) for name in ("goes", "goes_on")}
    round_number = helper.make_tensor_value_info("round", TensorProto.INT64, [])
    body = helper.make_graph(
        [helper.make_node("Identity", ["goes"], ["goes_on"]), helper.make_node("Neg", ["before"], ["after"])],
        "body",
        [round_number, flags["goes"], state["before"]],
        [flags["goes_on"], state["after"]],
    )
    constants = [
        helper.make_tensor("rounds", TensorProto.INT64, [], [2**62]),
        helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
        helper.make_tensor("start", TensorProto.FLOAT, [1, 3], [0.0] * 3),
    ]
    node = helper.make_node("Loop", ["rounds", "yes", "start"], ["logits"], body=body)
    output = helper.make_tensor_value_info("logits", TensorProto.FLOAT, [1, 3])
    graph = helper.make_graph([node], "graph", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    if not long:
        return model.SerializeToString()
    # The node and the graph are one byte longer then, which their own lengths must say.
    short_node, short_graph, whole = (part.SerializeToString() for part in (node, graph, model))
    long_node = short_node.replace(b"\x22\x04Loop", b"\x22\x84\x00Loop")
    long_graph = short_graph.replace(measure(short_node), measure(long_node))
    return whole.replace(measure(short_graph), measure(long_graph))


def measure(content):
    """Return a field's content after its length, as a graph's file has it."""
    size, length = len(content), b""
    while size > 127:
        length, size = length + bytes([128 | size & 127]), size >> 7
    return length + bytes([size]) + content


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Kind to a sound model folder."""
    place = tmp_path_factory.mktemp("sound")
    options = {"seed": 0, "cleaning": [], "words": [1, 1], "chars": [2, 3], "min_df": 1, "target": "crossed"}
    models = {
        "majority": MajorityModel(labels=LABELS),
        "lexicon": LexiconModel(labels=LABELS),
        "tfidf": TfidfModel(labels=LABELS, classifier={"name": "logreg"}, **options),
        "probe": ProbeModel(labels=LABELS, encoder="tiny"),
        "hybrid": HybridModel(labels=LABELS, encoder="tiny", hints=["sentiment"], **options),
        "transformer": TransformerModel(labels=LABELS, encoder="tiny", training={"epochs": 1}),
    }
    for kind, model in models.items():
        save_model(model.fit(ROWS, []), place / kind, {"target_is_given": True}, "# Card\n")
    shutil.copytree(place / "majority", place / "other")
    ensemble = EnsembleModel(labels=LABELS, members=[f"{place}/majority", f"{place}/other"]).fit(ROWS, [])
    save_model(ensemble, place / "ensemble", {"target_is_given": True}, "# Card\n")
    (place / "graph").mkdir()
    (place / "graph/model.onnx").write_bytes(make_graph())
    tokenizer = read_tokenizer(make_tiny({})[1])
    reader = {"cleaning": [], "max_length": 64, "fields": ["target"], "prefix": ""}
    tokenizer = type(tokenizer)(tokenizer.backend, "[SEP]", "[MASK]", 0, ("input_ids", "attention_mask"))
    about = {"reader": reader, "windows": True, "targets": None, "temperature": {"stance": 1.0}}
    exported = OnnxModel(labels=LABELS, folder=place / "graph", tokenizer=tokenizer, **about)
    save_model(exported, place / "onnx", {"target_is_given": True}, "# Card\n")
    return place


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def renew(folder):
    """Give janib.json the checksums that the files now have; a stranger would."""
    manifest = read(folder / "janib.json")
    manifest["files"] = {name: hash_file(folder / name) for name in manifest["files"] if (folder / name).is_file()}
    (folder / "janib.json").write_text(json.dumps(manifest), encoding="utf-8")


def put(keys, value, name="janib.json"):
    """Return what sets a value of a JSON file; ``keys`` are joined by slashes."""

    def change(folder):
        content = part = read(folder / name)
        *path, last = keys.split("/")
        for key in path:
            part = part[int(key)] if isinstance(part, list) else part.setdefault(key, {})
        part[int(last) if isinstance(part, list) else last] = value
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
        if name != "janib.json":
            renew(folder)

    return change


def drop(key):
    def change(folder):
        content = read(folder / "janib.json")
        del content["settings"][key]
        (folder / "janib.json").write_text(json.dumps(content), encoding="utf-8")

    return change


def write(name, content):
    def change(folder):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if name != "janib.json":
            renew(folder)

    return change


def cut(name, size):
    def change(folder):
        (folder / name).write_bytes((folder / name).read_bytes()[:size])
        renew(folder)

    return change


def link(name, target):
    def change(folder):
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return change


def make_fifo(name):
    def change(folder):
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return change


def edit_arrays(name, edit):
    """Return what edits the arrays of an npz file."""

    def change(folder):
        with np.load(folder / name) as file:
            arrays = dict(file)
        edit(arrays)
        np.savez(folder / name, **arrays)
        renew(folder)

    return change


def edit_weights(edit):
    def change(folder):
        tensors = load_file(folder / "model.safetensors")
        edit(tensors)
        save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
        renew(folder)

    return change


def forge_header(shape, size=8, kind="<f4"):
    """Return a zip file of one array whose header says another shape than it has."""
    stream = io.BytesIO()
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": kind, "fortran_order": False, "shape": shape})
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("words.npy", header.getvalue() + bytes(size))
    return stream.getvalue()


def make_bomb(mib):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (mib * 2**20,)})
        with archive.open("words.npy", "w") as entry:
            entry.write(header.getvalue())
            for _ in range(mib):
                entry.write(bytes(2**20))
    return stream.getvalue()


def set_first(name, value):
    """Return what sets the first number of the array whose name ends so."""

    def edit(arrays):
        key = next(key for key in arrays if key.endswith(name))
        arrays[key] = arrays[key].copy()
        arrays[key].flat[0] = value

    return edit


def replace_array(name, make):
    def edit(arrays):
        key = next(key for key in arrays if key.endswith(name))
        arrays[key] = make(arrays[key])

    return edit


def shard(target):
    """Return what makes the weights a list of shards, one of them elsewhere."""

    def change(folder):
        (folder / "model.safetensors").rename(folder / "one.safetensors")
        names = dict.fromkeys(load_file(folder / "one.safetensors"), "one.safetensors")
        names[next(iter(names))] = target
        index = {"metadata": {}, "weight_map": names}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
        renew(folder)

    return change


def join(*changes):
    def change(folder):
        for each in changes:
            each(folder)

    return change


def edit_tokenizer(edit):
    """Return what edits the content of tokenizer.json."""

    def change(folder):
        content = read(folder / "tokenizer.json")
        edit(content)
        write("tokenizer.json", json.dumps(content))(folder)

    return change


def nest_folders(count):
    return lambda folder: (folder / "/".join("d" * count)).mkdir(parents=True)


def nest_ensemble(folder):
    """Put the ensemble's own folder below itself as its first member, 40 times."""
    for depth in range(1, 40):
        shutil.copytree(folder / "members/1", folder / "/".join(["members/0/0"] * depth) / "members/1")
        manifest = read(folder / "janib.json")
        path = folder / "/".join(["members/0/0"] * depth) / "janib.json"
        path.write_text(json.dumps(manifest | {"files": {}}), encoding="utf-8")


def number_cases(kind, field, change, values):
    return [(f"{kind}: {field} {str(value)[:30]}", kind, change(value)) for value in values]


def settings(kind, keys, *values):
    return number_cases(kind, keys, lambda value: put(f"settings/{keys}", value), values)


def manifest(keys, *values):
    return number_cases("majority", keys, lambda value: put(keys, value), values)


def config(kind, key, *values, name="config.json"):
    return number_cases(kind, key, lambda value: put(key, value, name), values)


EVIL = {"AutoConfig": "evil.C", "AutoModel": "evil.M", "AutoModelForSequenceClassification": "evil.M"}
NO_NUMBERS = (NAN, INF, -1, "x", None, {}, True)
LONGER = {"type": "Replace", "pattern": {"String": "ع"}, "content": "ع" * 11}
TEMPLATE = {"type": "TemplateProcessing", "special_tokens": {}}
FIRST, SECOND = ({"Sequence": {"id": name, "type_id": 0}} for name in "AB")
MASK = {"id": "m", "ids": [0] * 10**5, "tokens": ["m"] * 10**5}
TOKENIZERS = {
    "repeats a letter": lambda content: content.update(normalizer={"type": "Sequence", "normalizers": [LONGER] * 9}),
    "repeats in a nest": lambda content: content.update(
        normalizer={"type": "Sequence", "normalizers": [LONGER, {"type": "Sequence", "normalizers": [LONGER] * 3}]}
    ),
    "puts much before": lambda content: content.update(normalizer={"type": "Prepend", "prepend": "ع" * 10**6}),
    "repeats a segment": lambda content: content.update(
        post_processor=TEMPLATE | {"single": [FIRST], "pair": [FIRST, *[SECOND] * 10**5]}
    ),
    "repeats a special token": lambda content: content.update(
        post_processor={**TEMPLATE, "single": [FIRST], "pair": [FIRST, SECOND], "special_tokens": {"m": MASK}}
    ),
    "splits endless words": lambda content: content["model"].update(max_input_chars_per_word=10**9),
}
AS_WRITTEN = put("tokenizer_class", "PreTrainedTokenizerFast", "tokenizer_config.json")  # BERT's own rewrites it
OUTSIDE = "../../../../../../../../etc/passwd"

CASES = [
    # the manifest
    *manifest("format", INF, NAN, 0, -1, "1", 1.9, True, None, 10**400, {}),
    *manifest("kind", 3, "evil", "../majority", None, ["majority"]),
    *manifest("labels", {}, [], None, {"stance": []}, {"stance": ["favor"]}, {"stance": ["favor"] * 3}),
    *manifest("labels/stance", ["a\nb", "c", "d"], ["a", "a ", "b"], ["a" * 10**6, "b", "c"]),
    *manifest("labels/stance", [1, 2, 3], ["", "a", "b"], {"a": 1}, [["a"], ["b"]], ["a", "b"]),
    *manifest("settings", [], None, {}, 3),
    *manifest("provenance", [], "x", {"side_threshold": NAN}, {"side_threshold": "x"}, {"side_threshold": 2}),
    *manifest("files", [], None, {"a" * 5000: "0"}, {OUTSIDE: "0"}, {"/etc/passwd": "0"}, {"a\0b": "0"}, {"": "0"}),
    *manifest("files", {".": "0"}, {"README.md": 3}, {"README.md": None}, {"nothing": "0"}),
    *[
        (f"majority: janib.json of {name}", "majority", write("janib.json", content))
        for name, content in {
            "nothing": b"",
            "deep lists": DEEP,
            "deep settings": json.dumps({"format": 1, "kind": "majority"})[:-1] + ', "settings": ' + DEEP + "}",
            "many digits": '{"format": ' + "9" * 5000 + "}",
            "a list": "[]",
            "a number": "1",
            "null": "null",
            "UTF-16": '{"format": 1}'.encode("utf-16"),
            "zeros": bytes(1000),
        }.items()
    ],
    ("majority: sparse janib.json", "majority", lambda folder: os.truncate(folder / "janib.json", 2**36)),
    # links and what is no file
    ("majority: janib.json elsewhere", "majority", link("janib.json", "/etc/passwd")),
    ("majority: a link out", "majority", link("notes.txt", "/etc/passwd")),
    ("majority: a link out by dots", "majority", link("notes.txt", OUTSIDE)),
    ("majority: a folder elsewhere", "majority", link("members", "/usr")),
    ("majority: a link to itself", "majority", link("notes.txt", "notes.txt")),
    ("majority: a link to nothing", "majority", link("notes.txt", "nothing")),
    ("majority: a link to /dev/zero", "majority", link("notes.txt", "/dev/zero")),
    ("majority: a pipe", "majority", make_fifo("notes.txt")),
    ("majority: janib.json is a pipe", "majority", make_fifo("janib.json")),
    ("majority: folders without end", "majority", nest_folders(50)),
    ("majority: code", "majority", write("modeling.py", "raise SystemExit")),
    # frequencies and a lexicon, in the manifest alone
    *settings("majority", "shares/stance/0", *NO_NUMBERS, 0.9),
    *settings("majority", "shares/stance", [0.5, 0.5], [1, 0, 0, 0], "abc", {}, None),
    *settings("lexicon", "reach", 0, *NO_NUMBERS),
    *settings("lexicon", "across", *NO_NUMBERS, 2),
    *settings("lexicon", "words", {"for": "x"}, {"for": [3]}, {"for": [" "]}, "x"),
    *settings("lexicon", "weights/stance/bias", [None, None, None], [0, 0], [NAN, 0, 0], [INF, 0, 0], "x", {}),
    *settings("lexicon", "weights/stance/opens", [NAN, 0, 0], [INF, 0, 0], [0], None),
    *settings("lexicon", "evil", 1),
    # arrays
    *settings("tfidf", "words", ["a", "b"], [2, 1], [0, 1], [1, 10**6], 3, "12", [1], [1.5, 2]),
    *settings("tfidf", "min_df", 0, "x", NAN),
    *settings("tfidf", "classifier", 3, {}, {"name": "evil"}, {"name": "logreg", "c": NAN}),
    *settings("tfidf", "cleaning", "tfidf", [3], ["evil"], [["tfidf"]]),
    *settings("tfidf", "target", 5, "evil"),
    *settings("tfidf", "targets", {}, {"stance": 3}, {"stance": "الحزب"}, {"stance": ["الحزب"] * 2}),
    *[
        (f"tfidf: tfidf.npz {name}", "tfidf", write("tfidf.npz", content))
        for name, content in {
            "of 10^15 numbers": forge_header((10**15,)),
            "of less than it says": forge_header((100,)),
            "of a negative shape": forge_header((-1,)),
            "of objects": forge_header((1,), kind="|O"),
            "of a strange kind": forge_header((1,), kind="<U1000000"),
            "empty": b"",
            "of text": b"text" * 100,
            "of a zip that is none": b"PK\x03\x04" + bytes(100),
            "bomb": make_bomb(200),
        }.items()
    ],
    ("tfidf: arrays cut off", "tfidf", cut("tfidf.npz", 500)),
    *[
        (f"tfidf: {name}", "tfidf", edit_arrays("tfidf.npz", edit))
        for name, edit in {
            "a weight is nan": set_first("0/weights", NAN),
            "a weight is infinite": set_first("0/weights", INF),
            "a bias is nan": set_first("0/bias", NAN),
            "a bias is infinite": set_first("0/bias", INF),
            "every bias is -inf": replace_array("0/bias", lambda array: np.full_like(array, -INF)),
            "weights complex": replace_array("0/weights", lambda array: array.astype(complex)),
            "weights are texts": replace_array("0/weights", lambda array: array.astype(str)),
            "weights turned": replace_array("0/weights", lambda array: array.T),
            "weights of other labels": replace_array("0/weights", lambda array: array[:, :2]),
            "bias of other labels": replace_array("0/bias", lambda array: array[:2]),
            "no weights": lambda arrays: arrays.pop(next(key for key in arrays if key.endswith("weights"))),
            "terms beyond": set_first("0/terms", 10**6),
            "terms below": set_first("0/terms", -5),
            "terms turned": replace_array("0/terms", lambda array: array[::-1]),
            "terms are fractions": replace_array("0/terms", lambda array: array.astype(float)),
            "fewer idf": replace_array("0/idf", lambda array: array[1:]),
            "idf nan": set_first("0/idf", NAN),
            "no words": lambda arrays: arrays.pop("words"),
            "words not UTF-8": lambda arrays: arrays.update(words=np.full(10, 255, np.uint8)),
        }.items()
    ],
    # ensembles
    *settings("ensemble", "weights", [NAN, 1], [0, 0], [-1, 2], [1.0], [0.5, "x"], "x", None, [1, 1]),
    *settings("ensemble", "folders", [["."], ["members/1/0"]], [[".."], ["members/1/0"]], [["/etc"], ["/usr"]]),
    *settings("ensemble", "folders", [["members/1/0"]] * 2, [["members/1"], ["members/1/0"]], 3, [[3], [4]], [[], []]),
    *settings("ensemble", "folders", [["members/9/0"], ["members/1/0"]], [["members/0/0"]]),
    *settings("ensemble", "members", ["a"], "ab", [3, 4], {}),
    *settings("ensemble", "combination", "evil", "stacking", 3),
    (
        "ensemble: a member elsewhere",
        "ensemble",
        lambda folder: (shutil.rmtree(folder / "members/0"), (folder / "members/0").symlink_to("/usr")),
    ),
    (
        "ensemble: a member that is the ensemble",
        "ensemble",
        lambda folder: (shutil.rmtree(folder / "members/0/0"), (folder / "members/0/0").symlink_to(folder)),
    ),
    ("ensemble: ensembles in ensembles", "ensemble", nest_ensemble),
    ("ensemble: a member's share nan", "ensemble", put("settings/shares/stance/0", NAN, "members/0/0/janib.json")),
    ("ensemble: a member's labels", "ensemble", put("labels/stance", ["a", "b", "c"], "members/0/0/janib.json")),
    # tokenizers
    *[
        (f"{kind}: tokenizer {name}", kind, join(edit_tokenizer(edit), *others))
        for kind, others in {"onnx": (), "probe": (AS_WRITTEN,)}.items()
        for name, edit in TOKENIZERS.items()
    ],
    *config("transformer", "vocab", OUTSIDE, "/etc/passwd", name="tokenizer_config.json"),
    *config("transformer", "merges", "/etc/passwd", name="tokenizer_config.json"),
    *config("transformer", "gguf_file", "/etc/passwd", name="tokenizer_config.json"),
    *config("transformer", "tokenizer_object", "/etc/passwd", name="tokenizer_config.json"),
    # graphs
    *settings("onnx", "margin", *NO_NUMBERS, 2),
    *settings("onnx", "temperature", {}, {"stance": 0}, {"stance": -1}, {"stance": NAN}, {"stance": "x"}, 3),
    *settings("onnx", "reader/max_length", 0, 1, 10**9, "x", 1.5),
    *settings("onnx", "reader/fields", ["evil"], "x", [3]),
    *settings("onnx", "reader/cleaning", ["evil"], "tfidf"),
    *settings("onnx", "reader/prefix", 3),
    *settings("onnx", "reader/evil", 3),
    *settings("onnx", "tokenizer/inputs", ["input_ids", "evil"], [], 3, ["attention_mask"]),
    *settings("onnx", "tokenizer/pad_id", -1, "x", 1.5),
    *settings("onnx", "tokenizer/mask", 3),
    *settings("onnx", "targets", 3, [3]),
    ("onnx: no reader", "onnx", drop("reader")),
    ("onnx: a graph of five labels", "onnx", write("model.onnx", make_graph(5))),
    ("onnx: a graph of 10^18 numbers", "onnx", write("model.onnx", make_graph(size=10**18))),
    ("onnx: a graph of other rows", "onnx", write("model.onnx", make_graph(size=7))),
    ("onnx: a graph without end", "onnx", write("model.onnx", make_loop())),
    ("onnx: a loop's name written long", "onnx", write("model.onnx", make_loop(long=True))),
    ("onnx: no graph", "onnx", write("model.onnx", b"")),
    ("onnx: a graph cut off", "onnx", cut("model.onnx", 100)),
    *[
        (f"onnx: tokenizer.json {name}", "onnx", write("tokenizer.json", content))
        for name, content in {"empty": b"", "of nothing": "{}", "deep": DEEP, "a list": "[]"}.items()
    ],
    # encoders
    *[
        (f"{kind}: {name}", kind, change)
        for kind in ("probe", "transformer")
        for name, change in {
            "a nan weight": edit_weights(set_first("LayerNorm.weight", NAN)),
            "no embeddings": edit_weights(lambda tensors: [tensors.pop(key) for key in list(tensors) if "word" in key]),
            "narrow embeddings": edit_weights(
                replace_array("word_embeddings.weight", lambda array: array[:, :5].copy())
            ),
            "a shard elsewhere": shard(OUTSIDE),
            "a shard at /etc": shard("/etc/passwd"),
            "an adapter": write("adapter_config.json", json.dumps({"base_model_name_or_path": "/etc"})),
            "no weights": write("model.safetensors", b""),
            "weights cut off": cut("model.safetensors", 1000),
            "a header of 2^60 bytes": write("model.safetensors", (2**60).to_bytes(8, "little") + b"{}"),
            "a config that is deep": write("config.json", DEEP),
            "a config that is a list": write("config.json", "[]"),
            "a config that is a pipe": make_fifo("config.json"),
            "code": join(write("evil.py", "raise SystemExit"), put("auto_map", EVIL, "config.json")),
            "a tokenizer's code": put("auto_map", {"AutoTokenizer": ["evil.T", None]}, "tokenizer_config.json"),
            "no tokenizer": write("tokenizer.json", "{}"),
        }.items()
    ],
    *config("transformer", "num_hidden_layers", 10**6, 50_000, 10**12, "x"),
    *config("transformer", "hidden_size", 10**9, 10**6, 7, -1),
    *config("transformer", "vocab_size", 10**12, 10**7),
    *config("transformer", "num_labels", 10**9, 5),
    *config("transformer", "id2label", {str(number): str(number) for number in range(7)}, 3),
    *config("transformer", "dtype", "os.system", "evil", 3),
    *config("transformer", "quantization_config", {"quant_method": "bitsandbytes", "load_in_4bit": True}),
    *config("transformer", "attn_implementation", "evil/kernel"),
    *config("transformer", "fusion_config", {"evil": True}),
    *config("transformer", "model_type", "evil", "vit", 3),
    *config("transformer", "num_attention_heads", 0, 3),
    *config("transformer", "hidden_act", "os.system"),
    *config("transformer", "transformers_weights", OUTSIDE),
    *config("probe", "max_position_embeddings", 10**12),
    *config("probe", "model_type", "dpt"),
    *settings("transformer", "temperature", {"stance": 0}, {"stance": NAN}, {"other": 1}, "x"),
    *settings("transformer", "max_length", 0, 10**9, "x"),
    *settings("transformer", "training", {"epochs": "x"}, {"evil": 1}, 3),
    *settings("transformer", "dropout", "x", 2, NAN),
    *settings("probe", "targets", 3, ["الحزب", "آخر", "ثالث"]),
    *settings("probe", "c", *NO_NUMBERS),
    # hybrids
    *settings("hybrid", "encoder_weight", 0, *NO_NUMBERS),
    *settings("hybrid", "hints", [], ["stance"], ["evil"], "sentiment", 3, [["sentiment"]]),
    *settings("hybrid", "classifiers", [], {}, 3, [{}], [{}, {}]),
    *settings("hybrid", "classifiers/0/width", 0, 7, 10**12, -1, "x"),
    *[
        (f"hybrid: {name}", "hybrid", edit_arrays(file, change))
        for name, file, change in [
            ("a scale of 0", "hybrid.npz", set_first("vectors/scale", 0)),
            ("a mean is nan", "hybrid.npz", set_first("vectors/mean", NAN)),
            ("a scaling of other features", "hybrid.npz", replace_array("sentiment/mean", lambda array: array[:2])),
            ("no scaling of the hint", "hybrid.npz", lambda arrays: arrays.pop("sentiment/mean")),
            ("a weight of a vector is nan", "0/tfidf.npz", set_first("0/vector_weights", NAN)),
            ("fewer weights of vectors", "0/tfidf.npz", replace_array("0/vector_weights", lambda array: array[1:])),
            ("no weights of vectors", "1/tfidf.npz", lambda arrays: arrays.pop("sentiment/0/vector_weights")),
        ]
    ],
    ("hybrid: no second classifier", "hybrid", lambda folder: (folder / "1/tfidf.npz").unlink()),
]


def test_there_are_many():
    names = [name for name, _, _ in CASES]
    assert len(names) == len(set(names)) >= 150


def test_the_loop_is_one_to_those_who_read_it():
    assert load_model_from_string(make_loop(long=True)) == load_model_from_string(make_loop())
    assert make_loop(long=True) != make_loop()


@pytest.mark.parametrize("kind", ["majority", "lexicon", "tfidf", "ensemble", "onnx", "probe", "hybrid", "transformer"])
def test_a_sound_folder_labels(sound, kind):
    assert janib.load(sound / kind).predict(["نعم"], "الحزب")[0].label in STANCE_LABELS


@pytest.fixture(scope="module")
def memory_before(sound):
    for kind in ("transformer", "onnx"):
        janib.load(sound / kind).predict(["نعم"], "الحزب")
    return measure_peak()


def measure_peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "kind", "change"), CASES, ids=[name for name, _, _ in CASES])
def test_a_hostile_folder_is_one_clear_error(sound, memory_before, tmp_path, monkeypatch, name, kind, change):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\ny\n"))
    folder = shutil.copytree(sound / kind, tmp_path / "model")
    change(folder)
    begun = time.process_time()
    with pytest.raises(JanibError) as raised:
        janib.load(folder).predict(["نعم لا"], "الحزب")
    assert time.process_time() - begun < MAX_SECONDS
    assert measure_peak() - memory_before < MAX_MIB
    said = str(raised.value)
    assert "\n" not in said
    assert len(said) < 700 + 2 * len(str(folder))
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["model"]


CANARY = "open('canary', 'w').close()\n"
DOORS = {
    "load": lambda folder, run_janib: janib.load(folder),
    "predict": lambda folder, run_janib: run_janib(
        "predict", "--model", folder, "--text-column", "y", "--target", "x", "-", "out.csv", stdin=b"y\nx\n"
    ),
    "explain": lambda folder, run_janib: run_janib("explain", "--model", folder, "--target", "x", "-", stdin=b"y\nx\n"),
    "export": lambda folder, run_janib: run_janib("export", folder, "exported", stdin=b"y\ny\n"),
    "analyse": lambda folder, run_janib: run_janib("analyse", "--model", folder, "-", "-o", "out", stdin=b"y\ny\n"),
    "MLflow": lambda folder, run_janib: JanibModel().load_context(SimpleNamespace(artifacts={"model": folder})),
    "ensemble": lambda folder, run_janib: EnsembleModel(labels=LABELS, members=[f"{folder}", f"{folder}"]).fit(
        ROWS, []
    ),
    "probe": lambda folder, run_janib: ProbeModel(labels=LABELS, encoder=str(folder)).fit(ROWS, []),
    "training": lambda folder, run_janib: TransformerModel(labels=LABELS, encoder=str(folder)).fit(ROWS, []),
    "checks": lambda folder, run_janib: TransformerModel(labels=LABELS, encoder=str(folder)).check_rows(ROWS),
}


@pytest.mark.parametrize("suffixes", [(), (".py",)], ids=["by its name", "by the library"])
@pytest.mark.parametrize("kind", ["probe", "transformer"])
@pytest.mark.parametrize("door", DOORS)
def test_no_door_runs_code_of_a_folder(sound, tmp_path, monkeypatch, run_janib, door, kind, suffixes):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(store, "MODEL_SUFFIXES", (*store.MODEL_SUFFIXES, *suffixes))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\ny\n"))
    folder = shutil.copytree(sound / kind, tmp_path / "model")
    write("evil.py", CANARY)(folder)
    put("auto_map", EVIL, "config.json")(folder)
    put("model_type", "evilmodel", "config.json")(folder)
    try:
        code, out, err = DOORS[door](folder, run_janib)
    except ModelError as error:
        code, out, err = 2, "", f"error: {error}\n"
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["model"]


def test_the_canary_sings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(CANARY)
    assert Path("canary").exists()
