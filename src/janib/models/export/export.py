"""A trained encoder's folder -> an ONNX folder that answers like it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime

from janib.corpora import read_corpus
from janib.errors import DataError, ModelError
from janib.io.text_tables import RecordReader
from janib.models.export.comparison import Comparison, compare_models
from janib.models.export.pruning import keep_first_token
from janib.models.export.quantization import quantize_activations, quantize_weights, write_graphs
from janib.models.export.traced import ExportableModel, Network, trace_network
from janib.models.onnx import CAREFUL, GRAPH, OnnxModel, find_doubtful, find_gaps
from janib.models.store import CARD, load_model, save_model
from janib.schema import COLUMNS, Example, check_example, check_fields, make_example

LEAST_AGREEMENT = 0.99
MEASURED_ROWS = 200  # for the ranges of quantised values
SURE = 0.99  # share of rows whose gap between two labels moves by less than the margin
CORPUS, SPLIT = "statements", "train"  # ships with the package; to score its test rows would be a look at them
DEFAULT_ROWS = "the Janib statements' training split, on which the model may have been trained"


def export_model(
    source: Path, out: Path, *, quantize: bool = False, check: Path | None = None, force: bool = False
) -> dict[str, Comparison]:
    """Export a model folder, compare what comes out with the model on real rows, and write it.

    Parameters
    ----------
    source
        The folder of a transformer or a probe.
    out
        The new folder; a model that stands there is replaced.
    quantize
        Whether to make matrices and embeddings 8 bits wide, with a second graph for rows in doubt.
    check
        CSV or JSON lines with text, target and perhaps labels to compare on; by default the training rows of the
        Janib statements.
    force
        Write it also where fewer than :data:`LEAST_AGREEMENT` of the rows have the same label.

    Returns
    -------
    dict[str, Comparison]
        A comparison for each task.

    Raises
    ------
    DataError
        If a row to compare on is bad.
    ModelError
        If the model is of another kind, ``out`` is its own folder, or the exported one answers otherwise.
    """
    if out.resolve() == source.resolve():
        raise ModelError(f"{source} is both the model and its export, which would replace it; name a new folder")
    model, manifest = load_model(source)
    if not isinstance(model, ExportableModel):
        raise ModelError(f"{source} is a model of the kind {model.kind}; expected a transformer or a probe")
    rows = read_corpus(CORPUS)[1][SPLIT] if check is None else _read_rows(check)
    with TemporaryDirectory() as place:
        exported, doubtful = _make_graphs(model.make_network(), model.labels, Path(place), rows, quantize=quantize)
        found = compare_models(model, exported, rows)
        least = min(found, key=lambda task: found[task].agreement)
        if found[least].agreement < LEAST_AGREEMENT and not force:
            raise ModelError(
                f"the exported model gives {found[least].agreement:.1%} of {len(rows):,} rows the same {least} label, "
                f"expected {LEAST_AGREEMENT:.0%}; nothing was written. Export without --quantize, or with --force"
            )
        provenance = manifest["provenance"] | {
            "export": {
                "kind": model.kind,
                "quantized": quantize,
                "onnxruntime": onnxruntime.__version__,
                "compared_on": check.name if check else f"{CORPUS}, {SPLIT}",
                "read_twice": doubtful,
                "rows": len(rows),
                "tasks": {task: asdict(one) for task, one in found.items()},
            }
        }
        card = (source / CARD).read_text(encoding="utf-8") if (source / CARD).is_file() else ""
        card = card.replace("\nlibrary_name: transformers\n", "\nlibrary_name: janib\n", 1)  # which does not read ONNX
        save_model(exported, out, provenance, card + describe(found, model.kind, len(rows), check, doubtful))
    return found


def _make_graphs(
    network: Network, labels: Mapping[str, Sequence[str]], folder: Path, rows: Sequence[Example], *, quantize: bool
) -> tuple[OnnxModel, float | None]:
    """Write a network's graphs to a folder; return what runs them and, quantised, the share of rows it reads twice."""
    about: dict[str, Any] = {"labels": labels, "folder": folder, "tokenizer": network.tokenizer, **network.settings}
    trace_network(network, folder / GRAPH)
    traced = onnx.load(folder / GRAPH)
    strip_graph(traced)
    keep_first_token(traced)
    exported = OnnxModel(**about)
    if not quantize:
        write_graphs({GRAPH: traced}, folder)
        return exported, None
    careful = quantize_weights(traced)
    write_graphs({GRAPH: careful}, folder)
    expected = exported.predict_proba(rows)
    quick = quantize_weights(quantize_activations(traced, exported.make_batches(rows[:MEASURED_ROWS])))
    write_graphs({GRAPH: quick, CAREFUL: careful}, folder)
    found = OnnxModel(**about).predict_proba(rows)
    # How far a rounded gap is from the careful one tells how small it must be to be doubted.
    margin = float(np.quantile(np.abs(find_gaps(found) - find_gaps(expected)), SURE))
    return OnnxModel(**about, margin=margin), len(find_doubtful(found, margin)) / len(rows)


def strip_graph(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes of where each node comes from: source lines, with the paths of this machine."""
    graph = model.graph
    nodes = [*graph.node, *(node for function in model.functions for node in function.node)]
    for part in (model, graph, *nodes, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def describe(found: dict[str, Comparison], kind: str, rows: int, check: Path | None, doubtful: float | None) -> str:
    """Return the section of the model card on the export; ``doubtful`` is of a quantised model."""
    lines = "\n".join(
        f"| {task} | {one.agreement:.4f} | {one.difference:.4f} | {_write(one.macro_f1_before)} | "
        f"{_write(one.macro_f1_after)} |"
        for task, one in found.items()
    )
    graphs = "An ONNX graph" if doubtful is None else "Two ONNX graphs of 8 bits"
    twice = ""
    if doubtful is not None:
        twice = f" Of the rows below, the second read {doubtful:.4f} again, where the first was in doubt."
    return f"""
## Exported

{graphs}, made of a model of the kind {kind}.{twice} Next to it, on {rows:,} rows of
{check.name if check else DEFAULT_ROWS}, in fractions of 1:

| task | equal labels | largest difference of a probability | macro-F1 before | after |
|---|---|---|---|---|
{lines}
"""


def _write(share: float | None) -> str:
    return "" if share is None else f"{share:.4f}"


def _read_rows(path: Path) -> list[Example]:
    rows: list[Example] = []
    with RecordReader(path) as reader:
        for record in reader:
            problem = record.problem or check_fields(record.fields, ["text", "target"])
            if problem is None:
                known = {name: record.text(name) or None for name in COLUMNS if name in record.fields}
                row = make_example({**known, "id": str(record.number), "target": record.text("target")})
                problem = check_example(row, needs_target=True)
            if problem:
                raise DataError(f"{reader.name}, {record.place}: {problem}")
            rows.append(row)
    if not rows:
        raise DataError(f"{path} holds no rows; expected some to compare the models on")
    return rows
