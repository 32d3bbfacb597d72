"""Stance and sentiment of Arabic statements towards a party: for it, against it, or neither.

>>> import janib
>>> classifier = janib.load()  # the model that ships; a folder or an MLflow address loads another
>>> classifier.predict(["رحبت الوزارة بقرار المجلس"], targets=["المجلس"])[0].label
'favor'
"""

from __future__ import annotations

from janib.articles.analysis import Analyser, Analysis, analyse
from janib.errors import JanibError
from janib.inference.classifier import Classifier
from janib.inference.classifier import load_classifier as load
from janib.labels import Sarcasm, Sentiment, Stance
from janib.schema import Example, Prediction

__all__ = [
    "Analyser",
    "Analysis",
    "Classifier",
    "Example",
    "JanibError",
    "Prediction",
    "Sarcasm",
    "Sentiment",
    "Stance",
    "analyse",
    "load",
]
__version__ = "0.2.0"

# The code of a model that version 0.1 logged to MLflow imports janib.records and janib.rows: they are in janib/former.
__path__.append(f"{__path__[0]}/former")
