"""Which side does an Arabic statement take: for a party, against it, or neither.

>>> import janib
>>> clf = janib.load("outputs/…/model")  # doctest: +SKIP
>>> clf.predict(["رحبت الوزارة بقرار المجلس"], targets=["المجلس"])  # doctest: +SKIP
"""

from __future__ import annotations

from janib.articles.analysis import Analysis, analyse
from janib.errors import JanibError
from janib.inference.classifier import Classifier
from janib.inference.classifier import load_classifier as load
from janib.labels import Sentiment, Stance
from janib.schema import Example, Prediction

__all__ = ["Analysis", "Classifier", "Example", "JanibError", "Prediction", "Sentiment", "Stance", "analyse", "load"]
__version__ = "0.1.0"
