"""A trained encoder's folder -> an ONNX folder that answers like it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
import onnxruntime

from janib.corpora import read_corpus
from janib.errors import DataError, ModelError
from janib.models.export.comparison import Comparison, compare_models
from janib.models.export.network import ExportableModel, trace_network
from janib.models.export.quantization import quantize_graph
from janib.models.onnx import GRAPH, OnnxModel
from janib.models.store import CARD, load_model, save_model
from janib.records import RecordReader
from janib.schema import COLUMNS, Example, check_example, check_fields, make_example

LEAST_AGREEMENT = 0.99
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
        Whether to make matrices and embeddings 8 bits wide.
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
    network = model.make_network()
    with TemporaryDirectory() as place:
        graph = Path(place) / GRAPH
        trace_network(network, graph)
        traced = onnx.load(graph)
        strip_graph(traced)
        onnx.save(quantize_graph(traced) if quantize else traced, graph)
        exported = OnnxModel(labels=model.labels, graph=graph, tokenizer=network.tokenizer, **network.settings)
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
                "rows": len(rows),
                "tasks": {task: asdict(one) for task, one in found.items()},
            }
        }
        card = (source / CARD).read_text(encoding="utf-8") if (source / CARD).is_file() else ""
        card = card.replace("\nlibrary_name: transformers\n", "\nlibrary_name: janib\n", 1)  # which does not read ONNX
        save_model(exported, out, provenance, card + describe(found, model.kind, len(rows), check, quantized=quantize))
    return found


def strip_graph(model: onnx.ModelProto) -> None:
    """Remove what the exporter notes of where each node comes from: source lines, with the paths of this machine."""
    graph = model.graph
    nodes = [*graph.node, *(node for function in model.functions for node in function.node)]
    for part in (model, graph, *nodes, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def describe(found: dict[str, Comparison], kind: str, rows: int, check: Path | None, *, quantized: bool) -> str:
    """Return the section of the model card on the export."""
    lines = "\n".join(
        f"| {task} | {one.agreement:.4f} | {one.difference:.4f} | {_write(one.macro_f1_before)} | "
        f"{_write(one.macro_f1_after)} |"
        for task, one in found.items()
    )
    return f"""
## Exported

An ONNX graph{" of 8 bits" if quantized else ""}, made of a model of the kind {kind}. Next to it, on {rows:,} rows of
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
