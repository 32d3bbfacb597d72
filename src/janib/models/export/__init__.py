"""From a trained encoder to one ONNX graph: traced, made small, compared with what it was."""
