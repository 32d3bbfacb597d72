"""Names of rows for pictures, where a reader has no config at hand."""

from __future__ import annotations

_MODELS = {
    "majority": "most frequent label",
    "lexicon": "lexicon of cues",
    "tfidf_logreg": "TF-IDF, logistic regression",
    "tfidf_svm": "TF-IDF, SVM",
    "tfidf_per_target": "TF-IDF, a logistic regression a target",
    "tfidf_nb": "TF-IDF, naive Bayes",
    "tfidf_nbsvm": "TF-IDF, NB-SVM",
    "probe": "frozen e5-small, logistic regression",
    "hybrid": "TF-IDF and frozen e5-small in one regression",
    "hybrid_sentiment": "the same with the sentiment predicted",
    "e5_small_ar": "e5-small, fine-tuned",
    "e5_own": "e5-small, on this corpus alone",
    "e5_transferred": "e5-small, on other corpora alone",
    "e5_both": "e5-small, on other corpora first",
    "third_stage": "e5-small, fine-tuned in three stages",
    "arabert_v02": "AraBERT v0.2",
    "arabert_v02_twitter": "AraBERT v0.2 twitter",
    "marbert_v2": "MARBERT v2",
    "llm": "large language model, zero-shot",
    "ensemble": "two models averaged",
    "ensemble_of_three": "three models averaged",
    "default": "the model that ships",
    "found": "speakers and parties found",
}
_ENDINGS = {
    "_averaged": ", its seeds averaged",
    "_joint": ", stance and sentiment at once",
    "_given": ": all given",
    "_listed": ": text and its parties given",
    "_shipped": ": from the text alone",
}


def name_plainly(row: str) -> str:
    """Return the plain name of a table's row; a row of a user's own keeps its name.

    >>> name_plainly("tfidf_svm"), name_plainly("default_given"), name_plainly("mine")
    ('TF-IDF, SVM', 'the model that ships: all given', 'mine')
    >>> name_plainly("arabert_v02_joint_averaged")
    'AraBERT v0.2, stance and sentiment at once, its seeds averaged'
    """
    for ending, words in _ENDINGS.items():
        model = row.removesuffix(ending)
        plain = name_plainly(model) if model != row else model
        if plain != model:
            return plain + words
    return _MODELS.get(row, row)
