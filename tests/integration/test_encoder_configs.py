"""Every fine-tuned encoder of conf/model fits, predicts and says when it is missing; its weights here are tiny."""

import time
from pathlib import Path

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from hydra import compose, initialize_config_dir
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoTokenizer, BertConfig, BertModel, BertTokenizer, PreTrainedTokenizerFast

from janib import corpora
from janib.errors import ModelError
from janib.labels import STANCE_LABELS
from janib.models.encoders import hub
from janib.models.encoders.huggingface import TINY
from janib.models.store import load_model, save_model
from janib.runs.experiment import read_experiment
from janib.schema import Example
from janib.text import arabert

CONF = Path(__file__).parents[2] / "conf"
TEXTS = {"against": "نرفض هذا القرار ورداءته", "neutral": "صدر القرار أمس عن الوزارة", "favor": "نؤيّد القـــرار كثيرًا"}
ROWS = [Example(f"{i}{stance}", text, "القرار", stance=stance) for i in range(3) for stance, text in TEXTS.items()]
LETTERS = "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىي"


def list_encoders():
    with initialize_config_dir(str(CONF), version_base="1.3"):
        names = [path.stem for path in sorted((CONF / "model").glob("*.yaml"))]
        found = {name: compose("train", [f"model={name}"]).model for name in names}
    return {name: model.encoder for name, model in found.items() if "training" in model and model.encoder != TINY}


ENCODERS = list_encoders()


@pytest.fixture(autouse=True)
def mirror(tmp_path, monkeypatch, one_thread):
    """An empty mirror, an empty cache, no hub, one thread."""
    monkeypatch.setenv(hub.MIRROR, str(tmp_path / "mirror"))
    monkeypatch.setenv("JANIB_CACHE", str(tmp_path / "janib"))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "mirror"


@pytest.fixture
def farasa(monkeypatch):
    """Segments no word: what the real one needs, Java and its jar, is not here."""
    monkeypatch.setattr(arabert, "start_farasa", lambda: lambda text: text)


def make_wordpiece():
    """As the AraBERT, CAMeLBERT, ARBERT and MARBERT families have it."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *LETTERS, *(f"##{letter}" for letter in LETTERS)]
    return BertTokenizer(
        vocab={piece: i for i, piece in enumerate(pieces)},
        do_lower_case=False,
        strip_accents=False,
        model_max_length=512,
    )


def make_unigram():
    """As XLM-R and multilingual E5 have it: no token types."""
    pieces = [(mark, 0.0) for mark in ("<s>", "<pad>", "</s>", "<unk>")]
    pieces += [(piece, -1.0) for piece in ("▁", *LETTERS)] + [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", "<s> $A </s> </s> $B </s>", [("<s>", 0), ("</s>", 2)]
    )
    marks = {"bos_token": "<s>", "eos_token": "</s>", "cls_token": "<s>", "sep_token": "</s>", "pad_token": "<pad>"}
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **marks,
        unk_token="<unk>",
        mask_token="<mask>",
        model_max_length=512,
        model_input_names=["input_ids", "attention_mask"],
    )


def put_encoder(folder, tokenizer):
    """Write a BERT of two layers, in half precision and without a pooler, as hubs and the mirror hold them."""
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=tokenizer.pad_token_id,
    )
    BertModel(config, add_pooling_layer=False).half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def make(name, *overrides):
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("train", [f"model={name}", "model.training.epochs=1", *overrides])
    return read_experiment(config).make_model(corpora.get_corpus("mawqif"))


@pytest.mark.usefixtures("farasa")
@pytest.mark.parametrize("name", ENCODERS)
def test_it_fits_predicts_and_goes_through_the_store(name, mirror, tmp_path):
    is_e5 = "e5" in name
    put_encoder(mirror / ENCODERS[name], make_unigram() if is_e5 else make_wordpiece())
    model = make(name).fit(ROWS, ROWS[:3])
    found = model.predict_proba(ROWS)["stance"]
    assert found.shape == (len(ROWS), len(STANCE_LABELS))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    save_model(model, tmp_path / "model", {}, "card")
    again, _ = load_model(tmp_path / "model")
    assert (again.predict_proba(ROWS)["stance"] == found).all()
    read = AutoTokenizer.from_pretrained(tmp_path / "model")
    assert ("token_type_ids" in read("نعم", "لا")) is not is_e5
    assert read("نعم", "لا")["input_ids"] == (make_unigram() if is_e5 else make_wordpiece())("نعم", "لا")["input_ids"]


def test_weights_and_words_in_the_older_files(mirror):
    tokenizer = make_wordpiece()
    folder = put_encoder(mirror / "UBC-NLP" / "MARBERTv2", tokenizer)
    expected = make("marbert_v2").fit(ROWS, []).predict_proba(ROWS)["stance"]
    torch.save(BertModel.from_pretrained(folder, add_pooling_layer=False).state_dict(), folder / "pytorch_model.bin")
    pieces = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().__getitem__)
    (folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    for name in ("model.safetensors", "tokenizer.json"):
        (folder / name).unlink()
    found = make("marbert_v2").fit(ROWS, []).predict_proba(ROWS)["stance"]
    np.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize("name", ["marbert_v2", "e5_small_ar"])
def test_a_damaged_copy_is_one_clear_error(name, mirror):
    folder = put_encoder(mirror / ENCODERS[name], make_unigram() if "e5" in name else make_wordpiece())
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ModelError, match=r"holds no whole encoder \(.*\); copy the folder again$"):
        make(name).fit(ROWS, [])


@pytest.mark.usefixtures("farasa")
@pytest.mark.parametrize("name", ENCODERS)
def test_without_network_and_copy_it_says_so_within_five_seconds(name):
    model = make(name)
    start = time.monotonic()
    with pytest.raises(ModelError) as caught:
        model.fit(ROWS, [])
    assert time.monotonic() - start < 5
    way = "janib encoder build e5_small_ar" if name == hub.BUILT_HERE else f"janib encoder fetch {ENCODERS[name]}"
    assert str(caught.value).startswith(
        f"encoder '{ENCODERS[name]}' is missing (config.json, model.safetensors, tokenizer.json): "
    )
    assert f"run: {way}" in str(caught.value)
    assert str(caught.value).endswith("or copy its folder into one that JANIB_MODEL_MIRROR names")
