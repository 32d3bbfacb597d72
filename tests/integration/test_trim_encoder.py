"""The script that cuts an encoder's vocabulary."""

import importlib.util
import io
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
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

from janib.errors import ConfigError, DataError, ModelError
from janib.models.encoders import hub
from janib.models.encoders.hub import find_encoder

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


def load_script():
    path = Path(__file__).parents[2] / "experiments" / "trim_encoder.py"
    spec = importlib.util.spec_from_file_location("trim_encoder", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["trim_encoder"] = module  # where dataclasses look their module up
    spec.loader.exec_module(module)
    return module


trim = load_script()


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch, one_thread):
    """No mirror, an empty cache, a folder of its own, one thread."""
    monkeypatch.delenv(hub.MIRROR, raising=False)
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


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
    # As in BERT, unused pieces come before the special ones.
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
    proof = trim.trim_encoder(str(whole), TEXTS, Path("cut"))
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
    trim.trim_encoder(str(folder), TEXTS, Path("cut"))
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
    trim.trim_encoder(str(folder), ["wxyz", "xyz"], Path("cut"))
    assert AutoTokenizer.from_pretrained("cut").tokenize("wxyz") == ["▁", "wx", "yz"]


def test_other_pieces_are_refused(monkeypatch):
    folder = save_encoder(Path("whole"), make_unigram(LEVERS), BertModel, BertConfig)
    monkeypatch.setattr(trim, "find_special", lambda _: {0, 1, 2, 3, 10})
    with pytest.raises(ModelError) as caught:
        trim.trim_encoder(str(folder), ["wxyz", "xyz"], Path("cut"))
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
        trim.trim_encoder(str(folder), TEXTS, Path("cut"))
    assert not Path("cut").exists()


def test_other_tokenizers_are_refused():
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.train_from_iterator(TEXTS, trainers.BpeTrainer(special_tokens=MARKS, show_progress=False))
    folder = save_encoder(Path("whole"), tokenizer, XLMRobertaModel, XLMRobertaConfig)
    with pytest.raises(ModelError) as caught:
        trim.trim_encoder(str(folder), TEXTS, Path("cut"))
    assert str(caught.value) == (
        "encoder 'whole' cannot be cut: its tokenizer is of the kind BPE, expected Unigram or WordPiece; "
        "use the whole encoder"
    )


def test_texts_without_a_word_are_refused():
    folder = save_encoder(Path("whole"), train_wordpiece(), BertModel, BertConfig)
    with pytest.raises(DataError) as caught:
        trim.trim_encoder(str(folder), [" ", "\t"], Path("cut"))
    assert str(caught.value) == "encoder 'whole' finds no piece in 2 texts; expected texts with words"


def test_decoders_are_refused():
    sizes = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 1, "num_heads": 2, "decoder_start_token_id": 1}
    folder = save_encoder(Path("whole"), train_unigram(), T5Model, T5Config, **sizes)
    with pytest.raises(ModelError) as caught:
        trim.trim_encoder(str(folder), TEXTS, Path("cut"))
    assert str(caught.value) == "encoder 'whole' is an encoder with a decoder (t5); name one without"
    assert not Path("cut").exists()


def test_texts_come_from_corpora_and_files():
    Path("rows.csv").write_text(
        "id,text,target,stance\n1,نعم لهذا,الحزب,favor\n2,لا لـهذا,الحزب,against\n", encoding="utf-8"
    )
    Path("rows.jsonl").write_text('{"text": "نعم", "context": "سؤال"}\n', encoding="utf-8")
    Path("lines.txt").write_text("سطر أول\n\nسطر ثان\n", encoding="utf-8")
    assert trim.read_texts(["rows.csv", "rows.jsonl", "lines.txt"], ["strip_tatweel"]) == [
        *("نعم لهذا", "الحزب", "لا لهذا", "نعم", "سؤال", "سطر أول", "سطر ثان"),
    ]
    assert len(trim.read_texts(["statements"])) > 100


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
        (
            "a.docx",
            "نعم",
            "a.docx: the suffix '.docx' names no known format, expected one of .csv, .tsv, .txt, .json, .jsonl, "
            ".ndjson, .parquet, .xlsx",
        ),
        ("a.txt", "\n\n", "there is no text in a.txt; expected at least one"),
    ],
)
def test_sources_that_cannot_be_read(name, content, message):
    if content:
        Path(name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        trim.read_texts([name])
    assert str(caught.value) == message.format(names=", ".join(trim.corpora.NAMES))


def test_a_text_file_in_another_encoding():
    Path("a.txt").write_bytes("نعم".encode("cp1256"))
    with pytest.raises(DataError) as caught:
        trim.read_texts(["a.txt"])
    assert str(caught.value) == "a.txt is not UTF-8; save it as UTF-8"
    with pytest.raises(ConfigError):
        trim.read_texts(["statements"], ["no such step"])


def test_the_command_line(monkeypatch, capsys):
    save_encoder(Path("whole"), train_unigram(), XLMRobertaModel, XLMRobertaConfig)
    Path("a.txt").write_text("\n".join(TEXTS[:3]), encoding="utf-8")
    Path("b.txt").write_text("\n".join(TEXTS[3:]), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["trim_encoder.py", "whole", "a.txt", "b.txt", "cut"])
    trim.main()
    written = capsys.readouterr().out.splitlines()
    assert written[-2:] == ["last hidden states: largest difference 0 on 6 texts", "whole: cut"]
    assert find_encoder("cut").folder == Path("cut")


@pytest.mark.skipif(not MIRRORED.is_dir(), reason=f"{hub.MIRROR} names no folder with e5-small-ar")
def test_e5_small_ar_can_be_cut_again():
    proof = trim.trim_encoder(str(MIRRORED), TEXTS, Path("cut"))
    assert proof.difference == 0
    assert proof.vocabulary[1] < 5000
    assert torch.equal(encode(MIRRORED, TEXTS[5]), encode("cut", TEXTS[5]))


def test_code_of_an_encoder_is_neither_run_nor_asked_about(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("y\ny\n"))
    folder = save_encoder(Path("whole"), train_wordpiece(), BertModel, BertConfig)
    (folder / "evil.py").write_text("open('canary', 'w').close()", encoding="utf-8")
    names = ("AutoConfig", "AutoModel", "AutoTokenizer")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    changed = config | {"model_type": "evilmodel", "auto_map": dict.fromkeys(names, "evil.Model")}
    (folder / "config.json").write_text(json.dumps(changed), encoding="utf-8")
    with pytest.raises(ModelError, match=r"config\.json has the key auto_map"):
        trim.trim_encoder(str(folder), TEXTS, Path("cut"))
    assert not Path("canary").exists()
