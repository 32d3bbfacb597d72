"""Export of trained encoders as ONNX graphs: tracing, quantisation, and comparison with the model."""
