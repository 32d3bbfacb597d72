"""Speakers of the statements of an article.

The modules, each of which imports from those before it:

- ``tokens``, ``tagging``: words, marks and quotations of a sentence, and what the word lists say of them;
- ``party_names``, ``phrases``: noun phrases, and whom they name;
- ``verbs``, ``objects``, ``subjects``: verbs of speech and who speaks by them;
- ``datelines``, ``citations``, ``frames``: every place of a sentence that tells who speaks;
- ``history``, ``turns``: who is meant by words without a name, and the speakers of each statement.

Their rules are functions in ordered tables. An example and a counter-example of each are in
``tests/unit/articles/speaker_rules.jsonl``.
"""
