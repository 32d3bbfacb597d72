"""Fine-tuned encoders."""
