"""Labels and explanations of trained models, for lists, streams and files."""
