"""Profile of the shipped encoder's scoring, and its rate of products against the processor's.

    python experiments/benchmarks/anatomy.py

Labels --rows of the Janib statements' training rows with the encoder that ships, on one thread. Labels of the rows are
not read. It measures:

- Seconds by part (cleaning, tokenising, both graphs, the rest), by Python's profiler, for Python functions only.
- Seconds by operator within the first graph, by onnxruntime's profiler, for the same batches in another session, which
  is a little slower.
- Rates of matrix products in 10^9 operations a second; a multiplication and an addition are two operations. The
  products are graphs with one product each, of the encoder's shapes for the tokens of a batch and of a large square
  matrix, in fp32 (MatMul) and int8 (MatMulInteger).
- The same rate of the scoring. Its operations are counted from the shapes that the profiler reports, with padding, and
  without attention's own products, the heads, the few channels in fp32, and rows that are scored again.

The seconds are of the thread's own work where the thread can count them (parts, products), so that other work on the
machine disturbs little. onnxruntime's profiler counts what the wall clock shows; of each node and batch the least of
several runs counts.

Writes ``anatomy.csv`` (a line for each round), ``anatomy.md``, ``anatomy.png`` and ``anatomy_rates.png`` to
experiments/results/benchmarks. Needs the extras ``experiments`` and ``export``.
"""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from cProfile import Profile
from math import prod
from pathlib import Path
from pstats import Stats
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from turns import describe_machine, draw_bars, write_turns

import janib
from janib.corpora import read_corpus
from janib.inference.classifier import SHIPPED
from janib.models.encoder_inputs import PREDICTION_TOKENS
from janib.models.onnx import GRAPH, SLOW_OPTIMIZERS, Batch
from janib.schema import Example

ENCODER = SHIPPED
PARTS = {
    "cleaning": [("encoder_inputs.py", "_prepare")],
    "tokenising": [("encoder_inputs.py", "tokenize"), ("encoder_inputs.py", "join")],
    "graphs": [("onnxruntime_inference_collection.py", "run")],
}
SHAPES = ((384, 384), (384, 1536), (1536, 384), (2048, 2048))
"""Shapes of constant matrices: the encoder's (attention, and the two of the feed-forward block), and a large one."""
PRODUCTS = ("MatMulIntegerToFloat",)  # operators that multiply tokens by a constant matrix
KINDS = {"MatMul": "fp32 MatMul", "MatMulInteger": "int8 MatMulInteger"}
RUNS = 20  # of the batches, for the operators
MIN_SHARE = 0.01  # of the session's time; operators with less are one line


def profile_parts(model: Any, rows: Sequence[Example]) -> dict[str, float]:
    """Label the rows; return the seconds of each part, and of the whole as ``scoring``."""
    profile = Profile(time.thread_time, builtins=False)
    start = time.thread_time()
    profile.runcall(model.predict_proba, rows)
    whole = time.thread_time() - start
    spent = {(Path(file).name, name): times[3] for (file, _, name), times in Stats(profile).stats.items()}
    seconds = {part: sum(spent[function] for function in functions) for part, functions in PARTS.items()}
    return {"scoring": whole, "the rest": whole - sum(seconds.values()), **seconds}


def open_session(graph: Path | bytes, profile: Path | None = None) -> onnxruntime.InferenceSession:
    """Open a session with the model's options, and with onnxruntime's profiler if it has a file."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.enable_mem_pattern = False
    if profile is not None:
        options.enable_profiling, options.profile_file_prefix = True, str(profile)
    return onnxruntime.InferenceSession(
        graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=SLOW_OPTIMIZERS
    )


def profile_operators(batches: Sequence[Batch], runs: int) -> tuple[Counter[str], Counter[str]]:
    """Run the batches several times.

    Returns
    -------
    Counter[str]
        The seconds of each kind of operator; of each node and batch the least of all runs, which is what it takes where
        nothing else interrupts it.
    Counter[str]
        The operations of each kind of product.
    """
    with TemporaryDirectory() as place:
        session = open_session(ENCODER / GRAPH, Path(place) / "profile")
        for batch in batches * runs:
            session.run(None, batch)
        events = json.loads(Path(session.end_profiling()).read_text(encoding="utf-8"))
    found: dict[str, list[Any]] = {}
    for event in events:
        if event["cat"] == "Node" and event["name"].endswith("_kernel_time"):
            found.setdefault(event["name"], []).append(event)
    seconds: Counter[str] = Counter()
    operations: Counter[str] = Counter()
    for several in found.values():
        name = several[0]["args"]["op_name"]
        for place in range(len(batches)):
            same = several[place :: len(batches)]
            seconds[name] += min(event["dur"] for event in same) / 1e6
            if name in PRODUCTS:  # a constant that was packed is no longer listed among the inputs
                left, product = (
                    next(iter(same[0]["args"][f"{side}_type_shape"][0].values())) for side in ("input", "output")
                )
                operations[name] += 2 * prod(left) * product[-1]
    return seconds, operations


def measure_rates(kind: str, depth: int, width: int, rounds: int) -> Iterator[float]:
    """Yield for each round the seconds of one product of a batch's tokens by a matrix (depth, width)."""
    random = np.random.default_rng(0)
    left = random.standard_normal((PREDICTION_TOKENS["core"], depth), np.float32)
    if kind == "MatMul":
        constant = random.standard_normal((depth, width), np.float32)
    else:
        left = random.integers(0, 256, left.shape, np.uint8)
        constant = random.integers(-127, 128, (depth, width), np.int8)
    given = helper.make_tensor_value_info("left", helper.np_dtype_to_tensor_dtype(left.dtype), left.shape)
    found = TensorProto.INT32 if kind == "MatMulInteger" else TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node(kind, ["left", "constant"], ["product"])],
        "product",
        [given],
        [helper.make_tensor_value_info("product", found, [len(left), width])],
        [numpy_helper.from_array(constant, "constant")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    session = open_session(model.SerializeToString())
    for turn in range(rounds + 1):
        start = time.thread_time()
        session.run(None, {"left": left})
        if turn:  # the first round only warms up
            yield time.thread_time() - start


def main() -> None:
    """Measure and write."""
    parser = ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rows", type=int, default=150)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    classifier = janib.load(ENCODER, threads=1)
    rows = read_corpus("statements")[1]["train"][: asked.rows]
    batches = list(classifier.model.make_batches(rows))
    tokens = sum(batch["input_ids"].size for batch in batches)
    operators, products = profile_operators(batches, RUNS)
    operations = products.total() / 1e9
    classifier.model.predict_proba(rows)  # opens the sessions
    lines: list[dict[str, Any]] = []

    def note(turn: int, what: str, seconds: float, done: float | None = None) -> None:
        rate = "" if done is None else f"{done / seconds:.1f}"
        lines.append({"round": turn, "what": what, "seconds": seconds, "gigaops": rate})

    for turn in range(asked.rounds):
        for part, seconds in profile_parts(classifier.model, rows).items():
            note(turn, part, seconds, operations if part in ("scoring", "graphs") else None)
    few = [name for name in operators if operators[name] < MIN_SHARE * operators.total()]
    operators["others"] = sum(operators.pop(name) for name in few)
    for name, seconds in operators.most_common():
        note(0, f"first graph, {name}", seconds, products[name] / 1e9 if name in products else None)
    for kind, name in KINDS.items():
        for depth, width in SHAPES:
            done = 2 * PREDICTION_TOKENS["core"] * depth * width / 1e9
            for turn, seconds in enumerate(measure_rates(kind, depth, width, asked.rounds)):
                note(turn, f"{name}, {depth} x {width}", seconds, done)

    found: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        found.setdefault(line["what"], []).append(line)
    times = {what: [one["seconds"] for one in some] for what, some in found.items() if " x " not in what}
    rates = {what: [float(one["gigaops"]) for one in some] for what, some in found.items() if some[0]["gigaops"]}
    whole = median(times["scoring"])
    table = [f"| {what} | {median(some):.3f} | {median(some) / whole:.1%} |" for what, some in times.items()]
    paces = [f"| {what} | {median(some):.1f} | {max(some):.1f} |" for what, some in rates.items()]
    text = f"""# Where scoring time goes

`experiments/benchmarks/anatomy.py`: the encoder that ships, {len(rows)} of the Janib statements' training rows in
{len(batches)} batches of {tokens:,} tokens, padding included: {len(rows) / whole:.1f} rows/s.
{asked.rounds} rounds, one thread, on a machine that others used too.
{describe_machine("onnxruntime", "tokenizers", "numpy")}

Medians. The operators' seconds are onnxruntime's profiler's, of the same batches, of each the least of {RUNS} runs:

| part | seconds | of scoring |
|---|---|---|
{chr(10).join(table)}

![seconds by part](anatomy.png)

The encoder's {len(SHAPES) - 1} shapes of matrices by {PREDICTION_TOKENS["core"]:,} tokens, a square as large, and what
scoring reaches with the {operations:.1f} x 10^9 operations of its products by constant matrices, in 10^9 operations a
second:

| what | median | most |
|---|---|---|
{chr(10).join(paces)}

![10^9 operations a second](anatomy_rates.png)
"""
    write_turns("anatomy", lines, text)
    draw_bars(
        "anatomy", {f"janib, {what}": some for what, some in times.items()}, "seconds", "Where scoring spends its time"
    )
    ours = {what: f"janib, {what}" if " x " not in what else what for what in rates}
    draw_bars(
        "anatomy_rates",
        {ours[what]: some for what, some in rates.items()},
        "10^9 operations a second",
        "Products of matrices",
    )


if __name__ == "__main__":
    main()
