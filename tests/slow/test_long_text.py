"""Two megabytes of any kind of text are read in time linear in their length."""

import time

import pytest

from janib.articles.boilerplate import is_boilerplate
from janib.articles.dates import find_date
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.sentences import split_sentences
from janib.articles.speakers.turns import find_speakers

pytestmark = pytest.mark.slow

KINDS = {
    "report": "قال الرئيس المصري إن بلاده ترفض موقف إثيوبيا.\nوأضاف «لن نعود. أبدا» في بيان لوكالة رويترز.\n",
    "one line": "قال الرئيس المصري إن بلاده ترفض موقف إثيوبيا. وأضاف أن فرنسا محقة، ",
    "one sentence": "وقالت مصر وفرنسا والشركة إن البلدين ",
    "one word": "وال",
    "odd quotation marks": 'قال "كفى. «ثم (عاد. ',
    "opening marks": "«",
    "straight marks": '" ',
    "dots": ". ",
    "letters and dots": "أ.ب. ",
    "spelled letters": "بي. ",
    "names without end": "محمد أحمد ",
    "dates": "12/03/2016 ",
    "months": "12 مارس ",
    "dashes": "- 12 -",
    "brackets": "(وات) ",
    "links": "اقرأ أيضا: #مصر\n",
    "rights": "جميع الحقوق ",
    "marks on a letter": "\u064e",
    "bidi marks": "\u200f\u202b ",
    "spaces": "  ",
    "blank lines": "\n",
    "emoji": "😀👩\u200d👩 ",
    "presentation forms": "ﻭﺭﺣﺒﺖ ﻓﺮﻧﺴﺎ ﷺ ",
    "digits": "٣",
    "addresses": "www.a",
}
SIZES = (0.5e6, 2e6)
MOST_GROWTH = 2.5
"""Of the seconds for a megabyte, from the first size to the second; the time of a square would be 4."""


def measure(unit, size):
    """Return the CPU seconds for a text of ``size`` bytes."""
    text = unit * int(size / len(unit.encode()))
    begun = time.process_time()
    find_date(text)
    sentences = [one for one in split_sentences(text) if not is_boilerplate(text, one)]
    mentions = find_mentions(text, sentences, Gazetteer.shipped())
    find_speakers(text, sentences, mentions)
    return time.process_time() - begun


def measure_growth(unit):
    """Return by how much the seconds for a megabyte grow from the first size to the second."""
    small, large = (measure(unit, size) for size in SIZES)
    assert large < 60
    return (large / SIZES[1]) / (max(small, 0.05) / SIZES[0])


@pytest.mark.parametrize("kind", KINDS)
def test_the_time_grows_as_the_text_does(kind):
    measure(KINDS[kind], 1000)
    # A machine that is short of memory slows one measure down at times; a square is one each time.
    assert any(measure_growth(KINDS[kind]) < MOST_GROWTH for _ in range(3))
