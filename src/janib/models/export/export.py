"""Export of a trained encoder's folder as an ONNX folder with the same predictions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
import onnxruntime

from janib.corpora import read_corpus
from janib.errors import DataError, ModelError
from janib.io.files import resolve
from janib.io.formats import open_table
from janib.labels import TASKS
from janib.models.export.comparison import ExportComparison, compare_models
from janib.models.export.quantization import (
    quantize_activations,
    quantize_embeddings,
    quantize_matrices,
    write_graphs,
)
from janib.models.export.traced import ExportableModel, ExportableModule, trace_module
from janib.models.folder import explain_damage
from janib.models.onnx import CAREFUL_GRAPH, GRAPH, OnnxModel, compute_gaps, find_close_rows
from janib.models.store import CARD, load_model, save_model
from janib.schema import COLUMNS, Example, check_example, check_fields, make_example

MIN_AGREEMENT = 0.99
RANGE_ROWS = 200  # rows on which the ranges of activations are measured
MARGIN_QUANTILE = 0.95  # share of rows whose gap between the two best labels changes by less than the margin
DEFAULT_CORPUS, DEFAULT_SPLIT = "statements", "train"  # no test rows, since each use of these must be recorded
DEFAULT_ROWS = "the Janib statements' training split, on which the model may have been trained"


def export_model(
    source: Path,
    out: Path,
    *,
    quantize: bool = False,
    check: Path | None = None,
    columns: tuple[str, str] = ("text", "target"),
    force: bool = False,
) -> dict[str, ExportComparison]:
    """Export a model folder, compare the exported model with the model on real rows, and write it.

    Parameters
    ----------
    source
        The folder of a transformer or a probe.
    out
        A new folder, or that of a saved model, which is replaced.
    quantize
        Whether to store matrices and embeddings in 8 bits, with a second graph for rows whose two best labels are
        close.
    check
        Table of rows to compare on, with text, target and perhaps labels; by default the training rows of the Janib
        statements.
    columns
        Its columns of text and target.
    force
        Whether to write it even if fewer than :data:`MIN_AGREEMENT` of the rows have the same label.

    Returns
    -------
    dict[str, ExportComparison]
        A comparison for each task.

    Raises
    ------
    DataError
        If a row to compare on is bad.
    ModelError
        If the model is of another kind, ``out`` is its own folder, or the exported model's labels differ too often.
    """
    if resolve(out) == resolve(source):
        raise ModelError(f"{source} is both the model and its export, which would replace it; name a new folder")
    model, manifest = load_model(source)
    if not isinstance(model, ExportableModel):
        raise ModelError(f"{source} is a model of the kind {model.kind}; expected a transformer or a probe")
    rows = read_corpus(DEFAULT_CORPUS)[1][DEFAULT_SPLIT] if check is None else _read_rows(check, *columns, model.labels)
    with TemporaryDirectory() as scratch:
        with explain_damage(f"{source} cannot be exported"):
            exported, close = _make_graphs(model.make_module(), model.labels, Path(scratch), rows, quantize=quantize)
            try:
                found = compare_models(model, exported, rows)
            except ModelError as error:  # it names a file that will be gone
                raise ModelError(
                    f"{source} cannot be exported: the graph of an encoder of its kind does not run; nothing was "
                    "written. The folder itself can be used, with the extra transformers"
                ) from error
        worst = min(found, key=lambda task: found[task].agreement)
        if found[worst].agreement < MIN_AGREEMENT and not force:
            raise ModelError(
                f"the exported model gives {found[worst].agreement:.1%} of {len(rows):,} rows the same {worst} label, "
                f"expected {MIN_AGREEMENT:.0%}; nothing was written. Export without --quantize, or with --force"
            )
        provenance = manifest["provenance"] | {
            "export": {
                "kind": model.kind,
                "quantized": quantize,
                "onnxruntime": onnxruntime.__version__,
                "compared_on": check.name if check else f"{DEFAULT_CORPUS}, {DEFAULT_SPLIT}",
                "read_twice": close,
                "rows": len(rows),
                "tasks": {task: asdict(one) for task, one in found.items()},
            }
        }
        card = (source / CARD).read_text(encoding="utf-8", errors="replace") if (source / CARD).is_file() else ""
        card = card.replace("\nlibrary_name: transformers\n", "\nlibrary_name: janib\n", 1)
        save_model(exported, out, provenance, card + describe_export(found, model.kind, len(rows), check, close))
    return found


def _make_graphs(
    module: ExportableModule,
    labels: Mapping[str, Sequence[str]],
    folder: Path,
    rows: Sequence[Example],
    *,
    quantize: bool,
) -> tuple[OnnxModel, float | None]:
    """Write a module's graphs to a folder.

    Returns
    -------
    OnnxModel
        The model that runs the graphs.
    float or None
        The share of the rows that a quantised model scores twice.
    """
    about: dict[str, Any] = {"labels": labels, "folder": folder, "tokenizer": module.tokenizer, **module.settings}
    trace_module(module, folder / GRAPH)
    traced = onnx.load(folder / GRAPH)
    strip_graph(traced)
    exported = OnnxModel(**about)
    if not quantize:
        write_graphs({GRAPH: traced}, folder)
        return exported, None
    small = quantize_embeddings(traced)
    careful = quantize_matrices(small)
    write_graphs({GRAPH: careful}, folder)
    expected = exported.predict_proba(rows)
    quick = quantize_activations(small, exported.make_batches(rows[:RANGE_ROWS]))
    write_graphs({GRAPH: quick, CAREFUL_GRAPH: careful}, folder)
    found = OnnxModel(**about).predict_proba(rows)
    # A gap between two labels that is smaller than the usual error of a gap may be of the wrong sign.
    errors = np.abs(compute_gaps(found) - compute_gaps(expected))
    margin = float(np.quantile(errors, MARGIN_QUANTILE))
    return OnnxModel(**about, margin=margin), len(find_close_rows(found, margin)) / len(rows)


def strip_graph(model: onnx.ModelProto) -> None:
    """Remove the source lines of each node, which hold paths of this machine."""
    graph = model.graph
    nodes = [*graph.node, *(node for function in model.functions for node in function.node)]
    for part in (model, graph, *nodes, *graph.value_info, *graph.input, *graph.output, *graph.initializer):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def describe_export(
    found: Mapping[str, ExportComparison], kind: str, n_rows: int, check: Path | None, close: float | None
) -> str:
    """Return the section of the model card on the export.

    Parameters
    ----------
    found
        Task to comparison.
    kind
        Kind of the model that was exported.
    n_rows, check
        Number of rows compared on, and their file.
    close
        Share of these rows that a quantised model scores twice; None for other models.
    """
    lines = "\n".join(
        f"| {task} | {one.agreement:.4f} | {one.difference:.4f} | {_write(one.macro_f1_before)} | "
        f"{_write(one.macro_f1_after)} |"
        for task, one in found.items()
    )
    graphs, twice = "An ONNX graph", ""
    if close is not None:
        graphs = "Two ONNX graphs of 8 bits"
        twice = f" Of the rows below, {close:.4f} have two close best labels and were scored again by the second graph."
    return f"""
## Exported

{graphs}, made of a model of the kind {kind}.{twice} Compared with it on {n_rows:,} rows of
{check.name if check else DEFAULT_ROWS}, in fractions of 1:

| task | equal labels | largest difference of a probability | macro-F1 before | after |
|---|---|---|---|---|
{lines}
"""


def _write(share: float | None) -> str:
    return "" if share is None else f"{share:.4f}"


def _read_rows(path: Path, text: str, target: str, tasks: Collection[str]) -> list[Example]:
    fields = [name for name in COLUMNS if name not in TASKS or name in tasks]
    rows: list[Example] = []
    with open_table(path) as reader:
        reader.name_by_place([text, target])
        reader.require([text], "--text-column")
        reader.require([target], "--target-column")
        for record in reader:
            problem = record.problem or check_fields(record.fields, [text, target])
            if problem is None:
                known = {name: record.text(name) or None for name in fields if name in record.fields}
                given = {"id": str(record.number), "text": record.text(text), "target": record.text(target)}
                row = make_example(known | given)
                problem = check_example(row, needs_target=True)
            if problem:
                raise DataError(f"{reader.name}, {record.place}: {problem}")
            rows.append(row)
    if not rows:
        raise DataError(f"{path} holds no rows; expected some to compare the models on")
    return rows
