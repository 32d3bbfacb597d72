"""Encoders as the hub really holds them: whole, with other names, of other sizes, or not at all."""

import json
import logging

import pytest
import torch
from transformers import AutoModel, AutoModelForSequenceClassification, AutoTokenizer, BertForMaskedLM

from janib.errors import ModelError
from janib.models.encoders.hub import Encoder
from janib.models.encoders.huggingface import NEW_PARTS, load_pretrained, make_tiny, read_tokenizer
from janib.models.transformer.model import TransformerModel
from janib.schema import Example

ROWS = [Example("1", "نَعَمْ للحـــزب", "الحزب", stance="favor"), Example("2", "لا ٣ مرات 👎", "الحزب", stance="against")]
LABELS = {"stance": ("against", "favor")}


@pytest.fixture(scope="module")
def weights():
    torch.manual_seed(0)
    config, _ = make_tiny({})
    return BertForMaskedLM(config).state_dict()


@pytest.fixture
def folder(tmp_path):
    """A folder as of AraBERT twitter: no pooler, the tokenizer as vocab.txt alone."""
    config, tokenizer = make_tiny({})
    config.save_pretrained(tmp_path)
    pieces = sorted(tokenizer.get_vocab(), key=tokenizer.get_vocab().get)
    (tmp_path / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    (tmp_path / "tokenizer_config.json").write_text('{"do_lower_case": false, "max_len": 512}', encoding="utf-8")
    return tmp_path


def save(folder, weights):
    torch.save(weights, folder / "pytorch_model.bin")


def train(folder):
    return TransformerModel(labels=LABELS, encoder=str(folder), training={"epochs": 1}).fit(ROWS, [])


def test_pooler_and_head_are_new_and_said_to_be(folder, weights, caplog):
    caplog.set_level(logging.INFO)
    save(folder, weights)
    train(folder)
    assert f"{folder.name}: new weights for head and pooler" in caplog.messages


@pytest.mark.parametrize("prefix", ["model.", "module.", "model.bert.", "encoder."])
def test_weights_under_other_names_are_refused(folder, weights, prefix):
    save(folder, {f"{prefix}{name}": values for name, values in weights.items()})
    with pytest.raises(ModelError, match=r"lacks \d+ of the weights .* but has .*; they would be random"):
        train(folder)
    with pytest.raises(ModelError, match="would be random"):
        load_pretrained(AutoModel, folder, may_lack=("pooler",))


@pytest.fixture
def hub_that_moves(folder, weights, monkeypatch):
    """A hub whose newest commit is another at each request; the list is of the revisions asked for."""
    save(folder, weights)
    asked = []

    def find(_, revision=None):
        asked.append(revision)
        return Encoder(folder, revision or f"commit{len(asked)}")

    monkeypatch.setattr("janib.models.transformer.model.find_encoder", find)
    return asked


def make_model():
    return TransformerModel(labels=LABELS, encoder="owner/name", training={"epochs": 2, "checkpoint_steps": 1})


def test_a_training_goes_on_with_its_commit_when_main_moves(hub_that_moves, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    killed, resumed = make_model(), make_model()
    killed.checkpoint_dir = resumed.checkpoint_dir = tmp_path / "checkpoints"

    def kill(step, _):
        raise KeyboardInterrupt

    killed.on_log = kill
    with pytest.raises(KeyboardInterrupt):
        killed.fit(ROWS, [])
    resumed.fit(ROWS, [])
    assert hub_that_moves == [None, "commit1"]
    assert resumed.revision == "commit1"
    assert caplog.messages.count("encoder owner/name: commit commit1") == 2


def test_a_refit_has_the_commit_of_the_folds(hub_that_moves):
    fold, refit = make_model().fit(ROWS, ROWS), make_model()
    refit.adopt_choices([json.loads(json.dumps(fold.report_choices()))])
    refit.fit(ROWS, [])
    assert hub_that_moves == [None, "commit1"]


@pytest.mark.parametrize("part", ["layer.1.", "embeddings.word", "attention.self.query.bias"])
def test_weights_in_part_are_refused(folder, weights, part):
    save(folder, {name: values for name, values in weights.items() if part not in name})
    with pytest.raises(ModelError, match="would be random"):
        train(folder)


def test_an_encoder_without_any_weight_that_fits_is_refused(folder):
    save(folder, {"something": torch.zeros(2)})
    with pytest.raises(ModelError, match="would be random"):
        train(folder)


def test_a_saved_model_may_lack_nothing(folder, weights):
    save(folder, weights)
    with pytest.raises(ModelError, match="would be random"):
        load_pretrained(AutoModelForSequenceClassification, folder)
    load_pretrained(AutoModelForSequenceClassification, folder, may_lack=NEW_PARTS)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "pytorch_model.bin",
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 543000000\n",
            "git lfs pull",
        ),
        ("pytorch_model.bin", "<!DOCTYPE html>\n<html><body>blocked</body></html>", "a web page in place"),
        ("config.json", "\n <html>login</html>", "a web page in place"),
        ("vocab.txt", "<!doctype html><p>404</p>", "a web page in place"),
        ("config.json", '{"model_type": "bert"', "holds no whole encoder"),
        ("pytorch_model.bin", "half a file", "holds no whole encoder"),
    ],
)
def test_what_is_no_file_of_an_encoder_is_named(folder, weights, name, content, words):
    save(folder, weights)
    (folder / name).write_text(content, encoding="utf-8")
    with pytest.raises(ModelError, match=words) as caught:
        train(folder)
    assert "\n" not in str(caught.value)
    assert "weights_only=False" not in str(caught.value)


def test_half_of_safetensors_is_named(folder, weights):
    (folder / "model.safetensors").write_bytes(b'\x40\x00\x00\x00\x00\x00\x00\x00{"a":')
    with pytest.raises(ModelError, match="holds no whole encoder"):
        train(folder)


def test_a_vocabulary_longer_than_the_embeddings_is_refused(folder, weights):
    save(folder, weights)
    with (folder / "vocab.txt").open("a", encoding="utf-8") as stream:
        stream.write("زيادة\n")
    with pytest.raises(ModelError, match=r"a tokenizer of \d+ tokens for \d+ embeddings"):
        train(folder)


def test_a_vocabulary_without_the_unknown_token_is_refused(folder, weights):
    save(folder, weights)
    path = folder / "vocab.txt"
    path.write_text(path.read_text(encoding="utf-8").replace("[UNK]", "[XYZ]"), encoding="utf-8")
    with pytest.raises(ModelError, match=r"embeddings|unknown words"):
        train(folder)


@pytest.mark.parametrize("token", ["pad_token", "mask_token", "sep_token"])
def test_a_tokenizer_without_a_token_that_pairs_need(folder, weights, token):
    save(folder, weights)
    tokenizer = load_pretrained(AutoTokenizer, folder)
    setattr(tokenizer, token, None)
    with pytest.raises(ModelError, match=f"without {token}"):
        read_tokenizer(tokenizer)


def test_words_that_are_never_split_stay_whole(folder, tmp_path_factory):
    words = ["[رابط]", "[مستخدم]", "ال+", "+ها"]
    with (folder / "vocab.txt").open("a", encoding="utf-8") as stream:
        stream.write("".join(f"{word}\n" for word in words))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"vocab_size": config["vocab_size"] + len(words)}))
    settings = {"do_lower_case": False, "never_split": [*words, "[ليس]"]}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")
    tokenizer = load_pretrained(AutoTokenizer, folder)
    saved = tmp_path_factory.mktemp("saved")
    tokenizer.save_pretrained(saved)
    (saved / "config.json").write_text((folder / "config.json").read_text())
    for read in (tokenizer, load_pretrained(AutoTokenizer, saved)):
        assert read.tokenize("[رابط] ال+ ب +ها [مستخدم] قال+") == [
            "[رابط]", "ال+", "ب", "+ها", "[مستخدم]", "ق", "##ا", "##ل", "[UNK]",
        ]  # fmt: skip
        assert len(read) == config["vocab_size"] + len(words)
