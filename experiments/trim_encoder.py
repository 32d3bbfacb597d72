"""Cut a multilingual encoder's vocabulary to the pieces of some corpora, and prove it the same on them.

    python experiments/trim_encoder.py intfloat/multilingual-e5-small statements own.csv cut

ENCODER is a hub id, a folder, or a name in the mirror; each SOURCE is a corpus of ``janib data list``, a CSV or
JSON-lines file with a column ``text``, or a file ending in ``.txt`` with a text a line; FOLDER is new. ``--cleaning``
names a step of the model's cleaning, and may be repeated. Needs the extra ``transformers``.
"""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from safetensors.torch import save
from transformers import AutoModel, AutoTokenizer, PreTrainedTokenizerBase, PreTrainedTokenizerFast

from janib import corpora
from janib.errors import DataError, ModelError, report_errors, suggest
from janib.io.files import write_folder
from janib.io.formats import open_table
from janib.models.encoders.build import check_vacant
from janib.models.encoders.hub import find_encoder
from janib.models.encoders.huggingface import load_pretrained, quiet_transformers
from janib.models.encoders.tokenizer_pieces import cut_tokenizer
from janib.schema import check_text
from janib.text.cleaning import compose

FIELDS = ("text", "target", "speaker", "context")
"""Fields of a row that an encoder may read."""

TOKENIZERS = ("Unigram", "WordPiece")
"""Kinds of tokenizers whose vocabulary can be cut."""

COMPARED_TEXTS = 128
COMPARED_TOKENS = 128
"""Hidden states are compared on at most so many texts, each cut after so many tokens."""

TOLERANCE = 1e-6
"""Largest difference between hidden states that counts as none."""

_BATCH = 16
_CHUNK = 1000
_BYTE = re.compile("<0x[0-9A-F]{2}>")


@dataclass(frozen=True, slots=True)
class Proof:
    """The result of comparing the cut encoder with the whole one.

    Attributes
    ----------
    vocabulary, parameters
        Their numbers before and after.
    texts, pieces
        Numbers of texts, and of pieces in them without special ones. Both tokenizers give the same pieces.
    unseen
        Expected share of the pieces of new text of the same kind that will be split into shorter ones: pieces seen
        once over all pieces (Good 1953, "The population frequencies of species").
    compared
        Number of texts whose last hidden states were compared.
    difference
        Largest absolute difference between these states, in fp32.
    """

    vocabulary: tuple[int, int]
    parameters: tuple[int, int]
    texts: int
    pieces: int
    unseen: float
    compared: int
    difference: float

    def describe(self) -> str:
        """Return the proof in three lines of text."""
        return (
            f"vocabulary {self.vocabulary[0]:,} -> {self.vocabulary[1]:,}, "
            f"parameters {self.parameters[0] / 1e6:,.1f} -> {self.parameters[1] / 1e6:,.1f} million\n"
            f"pieces: the same {self.pieces:,} on {self.texts:,} texts, 0 lost; of new text of this kind "
            f"about {self.unseen:.2%} would be spelt with shorter ones\n"
            f"last hidden states: largest difference {self.difference:.1g} on {self.compared:,} texts"
        )


def read_texts(sources: Sequence[str], cleaning: Sequence[str] = ()) -> list[str]:
    """Read the distinct texts of corpora and files, in order.

    Parameters
    ----------
    sources
        Names of corpora, CSV or JSON-lines files with a column ``text`` (those of :data:`FIELDS` are read), or files
        ending in ``.txt`` with a text a line.
    cleaning
        Steps of :func:`janib.text.cleaning.compose`, those of the model that will read the texts.

    Raises
    ------
    DataError
        If a source is neither, cannot be read, or there is no text at all.
    """
    clean = compose(cleaning)
    texts = dict.fromkeys(clean(text) for source in sources for text in _read_source(source))
    texts.pop("", None)
    if not texts:
        raise DataError(f"there is no text in {', '.join(sources) or 'no source'}; expected at least one")
    return list(texts)


def _read_source(source: str) -> Iterator[str]:
    path = Path(source)
    if source in corpora.NAMES:
        return _read_corpus(source)
    if not path.is_file():
        raise DataError(
            f"{source!r} is neither a corpus ({', '.join(corpora.NAMES)}) nor a file{suggest(source, corpora.NAMES)}"
        )
    return _read_lines(path) if path.suffix.lower() == ".txt" else _read_table(path)


def _read_corpus(name: str) -> Iterator[str]:
    for rows in corpora.read_corpus(name)[1].values():
        for row in rows:
            yield from (getattr(row, field) or "" for field in FIELDS)


def _read_lines(path: Path) -> Iterator[str]:
    try:
        yield from path.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8; save it as UTF-8") from error


def _read_table(path: Path) -> Iterator[str]:
    with open_table(path) as reader:
        if reader.form == "csv" and "text" not in reader.columns:
            found = ", ".join(map(repr, reader.columns))
            raise DataError(f"{path} has no column 'text', only {found}; call the one that holds the texts so")
        for record in reader:
            problem = record.problem or check_text(record.text("text"))
            if problem:
                raise DataError(f"{path}, {record.place}: {problem}")
            yield from (record.text(field) or "" for field in FIELDS)


def trim_encoder(name: str, texts: Sequence[str], folder: Path) -> Proof:
    """Cut an encoder's vocabulary to the pieces of some texts and save it, without heads, as a Hugging Face folder.

    Special pieces are kept too, and the single characters that spell unseen words (:func:`find_fallback`). Weights keep
    their dtype. Nothing is written unless the saved encoder, read again, splits every text into the same pieces and
    gives the same last hidden states.

    Parameters
    ----------
    name
        A name for :func:`janib.models.encoders.hub.find_encoder`.
    texts
        Texts on which the encoder must stay the same.
    folder
        Where to write; it must be empty or missing.

    Raises
    ------
    DataError
        If the texts have no piece.
    ModelError
        If the encoder is not found or is not of a kind that can be cut, or the proof fails.
    """
    check_vacant(folder)
    source = find_encoder(name).folder
    tokenizer = load_pretrained(AutoTokenizer, source)
    if not tokenizer.is_fast:
        raise ModelError(f"encoder {name!r} has no fast tokenizer (tokenizer.json), which cutting its vocabulary needs")
    document = json.loads(tokenizer.backend_tokenizer.to_str())
    check_tokenizer(document, name)
    with quiet_transformers(), write_folder(folder) as partial:
        counts = _count_pieces(tokenizer, texts)
        if not counts:
            raise DataError(f"encoder {name!r} finds no piece in {len(texts):,} texts; expected texts with words")
        seen = set(counts)
        model, report = load_pretrained(AutoModel, source, may_lack=("pooler",), output_loading_info=True)
        if model.config.is_encoder_decoder:
            raise ModelError(
                f"encoder {name!r} is an encoder with a decoder ({model.config.model_type}); name one without"
            )
        always = find_special(document) | _list_special(model.config) | find_fallback(document, seen)
        kept = sorted((seen | always) & list_pieces(document).keys())
        before, after = _save_model(model, report["missing_keys"], kept, partial)
        _save_tokenizer(tokenizer, cut_tokenizer(document, kept), partial)
        del model
        compared, difference = _prove(name, source, partial, kept, texts)
    once = {piece for piece, count in counts.items() if count == 1}
    return Proof(
        vocabulary=(len(list_pieces(document)), len(kept)),
        parameters=(before, after),
        texts=len(texts),
        pieces=counts.total(),
        unseen=len(once - always) / counts.total(),
        compared=compared,
        difference=difference,
    )


def check_tokenizer(document: Mapping[str, Any], name: str) -> None:
    """Raise ModelError unless the tokenizer is of a kind whose vocabulary can be cut."""
    kind = document["model"].get("type")
    if kind not in TOKENIZERS:
        raise ModelError(
            f"encoder {name!r} cannot be cut: its tokenizer is of the kind {kind}, expected "
            f"{' or '.join(TOKENIZERS)}; use the whole encoder"
        )


def list_pieces(document: Mapping[str, Any]) -> dict[int, str]:
    """Return id to piece, added tokens included, in the order of ids."""
    vocabulary = document["model"]["vocab"]
    if isinstance(vocabulary, list):
        pieces = {number: piece for number, (piece, _) in enumerate(vocabulary)}
    else:
        pieces = {number: piece for piece, number in vocabulary.items()}
    pieces |= {token["id"]: token["content"] for token in document["added_tokens"]}
    return dict(sorted(pieces.items()))


def find_special(document: Mapping[str, Any]) -> set[int]:
    """Return the ids that any text needs: added tokens, the unknown piece, the tokens around a text.

    They include the least likely piece of a Unigram model, since the cost of an unknown character depends on its score.
    """
    model = document["model"]
    special = {token["id"] for token in document["added_tokens"]}
    special |= set(_list_ids(document.get("post_processor")))
    if model["type"] == "WordPiece":
        return special | {model["vocab"][model["unk_token"]]}
    scores = [score for _, score in model["vocab"]]
    special.add(scores.index(min(scores)))
    return special if model["unk_id"] is None else special | {model["unk_id"]}


def find_fallback(document: Mapping[str, Any], seen: Iterable[int]) -> set[int]:
    """Return the ids of single characters, which spell unseen words, and of bytes.

    A character is kept if a piece of ``seen`` holds one of the 256 code points around it: all of Arabic for an Arabic
    text, but not all of Chinese.
    """
    pieces = list_pieces(document)
    pages = {ord(letter) >> 8 for number in seen for letter in pieces[number]}
    prefix = document["model"].get("continuing_subword_prefix", "")
    fallback = set()
    for number, piece in pieces.items():
        letters = piece.removeprefix(prefix) or piece
        if _BYTE.fullmatch(piece) or (len(letters) == 1 and ord(letters) >> 8 in pages):
            fallback.add(number)
    return fallback


def _list_ids(processor: Mapping[str, Any] | None) -> list[int]:
    if processor is None:
        return []
    inner = [number for each in processor.get("processors", ()) for number in _list_ids(each)]
    around = [processor[side][1] for side in ("sep", "cls") if side in processor]
    return inner + around + [id_ for token in processor.get("special_tokens", {}).values() for id_ in token["ids"]]


def _list_special(config: Any) -> set[int]:
    return {value for name, value in config.to_dict().items() if name.endswith("_token_id") and isinstance(value, int)}


def _count_pieces(tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> Counter[int]:
    counts: Counter[int] = Counter()
    for chunk in _chunk(texts, _CHUNK):
        for ids in tokenizer(chunk, add_special_tokens=False, truncation=False)["input_ids"]:
            counts.update(ids)
    return counts


def _chunk(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(texts), size):
        yield list(texts[start : start + size])


def _save_model(model: Any, missing: Sequence[str], kept: list[int], folder: Path) -> tuple[int, int]:
    """Save the model with the embeddings of ``kept`` alone; return its numbers of parameters before and after.

    ``missing`` names weights that the checkpoint lacks; the model's are random and are not saved.
    """
    words = model.get_input_embeddings().weight
    state = {key: weight for key, weight in model.state_dict().items() if key not in missing}
    before = sum(weight.numel() for weight in state.values())
    key_of_words = next(key for key, weight in state.items() if weight.data_ptr() == words.data_ptr())
    state[key_of_words] = words.detach()[kept]
    (folder / "model.safetensors").write_bytes(save(state, metadata={"format": "pt"}))
    config = model.config
    for name, value in config.to_dict().items():
        if name.endswith("_token_id") and value in kept:
            setattr(config, name, kept.index(value))
    config.vocab_size = len(kept)
    config.architectures = [type(model).__name__]
    config.save_pretrained(folder)
    return before, sum(weight.numel() for weight in state.values())


def _save_tokenizer(tokenizer: PreTrainedTokenizerBase, document: Mapping[str, Any], folder: Path) -> None:
    path = folder / "tokenizer.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    PreTrainedTokenizerFast(
        tokenizer_file=str(path),
        model_max_length=tokenizer.model_max_length,
        model_input_names=tokenizer.model_input_names,
        padding_side=tokenizer.padding_side,
        truncation_side=tokenizer.truncation_side,
        **tokenizer.special_tokens_map,
    ).save_pretrained(folder)


def _prove(name: str, whole: Path, cut: Path, kept: list[int], texts: Sequence[str]) -> tuple[int, float]:
    """Compare the saved encoder with the whole one; return the number of texts compared, and the difference."""
    tokenizers = [load_pretrained(AutoTokenizer, folder) for folder in (whole, cut)]
    new = {old: number for number, old in enumerate(kept)}
    for chunk in _chunk(texts, _CHUNK):
        olds, news = (tokenizer(chunk, truncation=False)["input_ids"] for tokenizer in tokenizers)
        for text, old, found in zip(chunk, olds, news, strict=True):
            if [new.get(number) for number in old] != found:
                raise ModelError(
                    f"encoder {name!r} cannot be cut: its tokenizer splits {text[:60]!r} into other pieces afterwards; "
                    "nothing was kept. Use the whole encoder"
                )
    sample = list(texts[:: -(-len(texts) // COMPARED_TEXTS)])
    states = [_encode(folder, tokenizer, sample) for folder, tokenizer in zip((whole, cut), tokenizers, strict=True)]
    difference = max(float((old - found).abs().max()) for old, found in zip(*states, strict=True))
    if not difference < TOLERANCE:
        raise ModelError(
            f"encoder {name!r} cannot be cut: its last hidden states change by {difference:.1g}, expected less than "
            f"{TOLERANCE:.0e}; nothing was kept. Use the whole encoder"
        )
    return len(sample), difference


def _encode(folder: Path, tokenizer: PreTrainedTokenizerBase, texts: Sequence[str]) -> list[torch.Tensor]:
    model = load_pretrained(AutoModel, folder, may_lack=("pooler",), dtype=torch.float32).eval()
    longest = min(tokenizer.model_max_length, COMPARED_TOKENS)
    states = []
    with torch.inference_mode():
        for chunk in _chunk(texts, _BATCH):
            batch = tokenizer(chunk, padding=True, truncation=True, max_length=longest, return_tensors="pt")
            states.append(model(**batch).last_hidden_state * batch["attention_mask"][..., None])
    return states


def main() -> None:
    """Read the command line, cut the encoder and print the proof."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("encoder")
    parser.add_argument("sources", nargs="+", metavar="source")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--cleaning", action="append", default=[], metavar="STEP")
    given = parser.parse_args()
    with report_errors():
        proof = trim_encoder(given.encoder, read_texts(given.sources, given.cleaning), given.folder)
        Console().print(f"{proof.describe()}\n{given.encoder}: {given.folder}", soft_wrap=True)


if __name__ == "__main__":
    main()
