"""No function hides how complex it is in one long condition; ruff counts its branches (C901)."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "janib"
MOST_OPERANDS = 4


def count_operands(node):
    """Return the operands of a boolean expression, those of the expressions in it among them."""
    if isinstance(node, ast.BoolOp):
        return sum(count_operands(value) for value in node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return count_operands(node.operand)
    return 1


@pytest.mark.parametrize(
    ("expression", "operands"), [("a", 1), ("a and b", 2), ("a or b and not c", 3), ("a and not (b or (c and d))", 4)]
)
def test_operands_are_counted_in_all_depths(expression, operands):
    assert count_operands(ast.parse(expression, mode="eval").body) == operands


def test_no_boolean_expression_has_more_than_four_operands():
    long = []
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = [node for node in ast.walk(tree) if isinstance(node, ast.BoolOp)]
        long += [f"{path.relative_to(SOURCE)}:{node.lineno}" for node in found if count_operands(node) > MOST_OPERANDS]
    assert long == [], "name a part of the condition as a predicate of its own"
