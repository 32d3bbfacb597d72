"""Persons of a noun phrase: where the words of the office end and the person's own name starts."""

from __future__ import annotations

from janib.articles.lexicon import ARTICLE
from janib.articles.speakers.tagging import TaggedSentence

_NAME_REACH = 7  # tokens of a person's own name
_LATE_REACH = 10  # tokens of a long office before the name
_OFFICE_REACH = 5  # tokens after a name in which its office starts, without a comma between them


def find_own_name(sentence: TaggedSentence, i: int, stop: int) -> tuple[int, int] | None:
    """Return the tokens of the person's own name in a phrase that starts with an office at ``i``."""
    start = _skip_office(sentence, i, stop)
    start += sentence.is_in(start, "abbreviated_titles")
    end = skip_own_name(sentence, start, stop)
    if end == start or _is_noun(sentence, start) or _is_accusative(sentence, start, end):
        return None
    return (start, end)


def _is_accusative(sentence: TaggedSentence, start: int, end: int) -> bool:
    """Tell whether one word after an office is no name but a noun with its tanwin: اعتبره العلماء دليلا على."""
    is_alone = end == start + 1 and not sentence.is_given_name(start)
    is_followed = not sentence.is_boundary(end) and not sentence.is_in(end, "reported")
    return is_alone and is_followed and sentence.form(start).endswith("ا")


def _is_noun(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a definite word opens no name: الوزارة, but not الصادق."""
    return is_definite_noun(sentence, i) and not sentence.lexicon.is_first_name(sentence.form(i))


def find_name_after_comma(sentence: TaggedSentence, i: int, stop: int) -> tuple[int, int] | None:
    """Return the tokens of a name that alone stands between a comma at ``i`` and the next mark or the words said."""
    if sentence.form(i) != "،":
        return None
    start = i + 1
    start += sentence.is_in(start, "abbreviated_titles")
    end = skip_own_name(sentence, start, stop)
    if end <= start + 1 or is_definite_noun(sentence, start):
        return None
    is_alone = end >= stop or sentence.ends_phrase(end)
    return (start, end) if is_alone or (sentence.is_given_name(start) and sentence.is_preposition(end)) else None


def find_holder_name(sentence: TaggedSentence, i: int, stop: int) -> tuple[int, int] | None:
    """Return the tokens of the name beside an office that ends at ``i``, with a comma between them or not."""
    if sentence.form(i) == "،":
        return find_name_after_comma(sentence, i, stop)
    i += sentence.is_in(i, "abbreviated_titles")
    end = skip_own_name(sentence, i, stop)
    if end == i or _is_noun(sentence, i):
        return None
    is_sure = sentence.is_given_name(i) or (end > i + 1 and _ends_holder(sentence, end))
    return (i, end) if is_sure else None


def find_late_name(sentence: TaggedSentence, i: int, stop: int) -> tuple[int, int] | None:
    """Return the tokens of the name that ends a long office before the words said: مدير الأمن بالمدينة العقيد فلان."""
    for j in range(i, min(stop, i + _LATE_REACH)):
        is_title = sentence.is_in(j, "abbreviated_titles", "honorifics")
        if not sentence.is_in(j, "abbreviated_titles") and (sentence.ends_phrase(j) or sentence.find_verb(j)):
            return None
        if not is_title and (_is_noun(sentence, j) or not is_name_word(sentence, j)):
            continue
        if j > i and (sentence.is_preposition(j - 1) or not (is_title or ends_office(sentence, j - 1))):
            continue  # another's name: في لقاء مع فلان
        start = _skip_titles(sentence, j, stop)
        end = skip_own_name(sentence, start, stop)
        is_name = end > start + 1 or (end > start and (is_title or sentence.is_given_name(start)))
        if is_name and (end >= stop or _ends_holder(sentence, end) or _is_before_complement(sentence, j, start, end)):
            return start, end
    return None


def _ends_holder(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether the words after a holder's name begin, be it with one adverb: أيضا أن."""
    return sentence.ends_phrase(i) or (sentence.is_in(i, "fillers") and sentence.ends_phrase(i + 1))


def _is_before_complement(sentence: TaggedSentence, title: int, start: int, end: int) -> bool:
    """Tell whether what the verb is about follows a name that a title or a first name tells."""
    is_told = start > title or sentence.is_given_name(start)
    return is_told and end > start + 1 and sentence.is_preposition(end)


def ends_office(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether the words of an office may end with a token that names nobody else."""
    if sentence.find_kind(i, clitic=True) == "persons":
        return False
    is_place = sentence.form(i - 1) == "في" and sentence.is_given_name(i + 1)  # القنصل في إسطنبول حنان
    return is_place or sentence.is_definite(i) or sentence.has_mentions(i) or sentence.tokens[i].is_inner


def _skip_titles(sentence: TaggedSentence, i: int, stop: int) -> int:
    """Return the token after titles before a name: اللواء المتقاعد, د."""
    if sentence.is_in(i, "abbreviated_titles"):
        return i + 1
    while i < stop and sentence.is_definite(i):
        i += 1
    return i


def find_office(sentence: TaggedSentence, i: int, stop: int) -> int | None:
    """Return the token at which an office starts right after the name at ``i``."""
    for j in range(i + 1, min(stop, i + _OFFICE_REACH)):
        if not is_name_word(sentence, j - 1) or sentence.is_boundary(j):
            return None
        if _is_office(sentence, j):
            return j
    return None


def is_before_office(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a comma and an office are at a token: فلان، مدير الشركة."""
    if sentence.form(i) != "،" or sentence.is_joined_in(i + 1, "quantifiers"):
        return False
    return sentence.find_kind(i + 1) == "persons"


def slice_office(sentence: TaggedSentence, start: int, end: int) -> str:
    """Return the words of an office without forms of address around them: السيد, الدكتور; نظيره is no office."""
    if sentence.lexicon.has("counterparts", sentence.form(start), clitic=True):
        return ""
    while start < end and sentence.is_in(start, "forms_of_address"):
        start += 1
    while start < end and sentence.is_in(end - 1, "forms_of_address"):
        end -= 1
    end -= end > start + 1 and sentence.is_in(end - 1, "personal_titles")  # أمير الكويت الشيخ
    return sentence.slice(start, end) if start < end else ""


def skip_own_name(sentence: TaggedSentence, i: int, stop: int) -> int:
    """Return the token after the words of a person's own name that starts at ``i``."""
    end = i
    while end < min(stop, i + _NAME_REACH) and is_name_word(sentence, end):
        if end > i and not sentence.is_definite(end) and _is_office(sentence, end):  # but الوزير may be a family's name
            break
        if end > i + 1 and (_has_family_name(sentence, end) or _opens_object(sentence, end)):
            break
        if end > i + 1 and sentence.is_definite(end - 1) and _is_office(sentence, end):  # محمد الهندي القيادي
            break
        if end > i and _is_accusative_pair(sentence, end):
            break
        end += 1
    return end


def _is_accusative_pair(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a noun and its adjective, both with their tanwin, are at a token: قاد سامي حفارا ضخما."""
    return all(_may_have_tanwin(sentence, j) for j in (i, i + 1))


def _may_have_tanwin(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a word ends as an accusative does: no name, and none of قولها, أيضا."""
    if not sentence.form(i).endswith("ا") or sentence.form(i).endswith(("ها", "هما", "نا")):
        return False
    return not (sentence.is_given_name(i) or sentence.ends_phrase(i) or sentence.is_in(i, "fillers", "own_words"))


def _opens_object(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a noun after two words of a name begins what the verb is about: أقام سامي الحداد حفلة كبيرة."""
    if sentence.is_definite(i):
        if sentence.is_definite(i - 1) and not sentence.is_in(i - 1, "second_halves"):
            return sentence.form(i).endswith(("ات", "ين")) or sentence.find_kind(i) == "bodies"  # الإرهابيين, الحكومة
        return sentence.form(i).endswith("ات")  # الاتهامات
    if not sentence.plain(i).endswith(("ة", "اً")) or sentence.is_given_name(i):
        return False
    return not sentence.ends_phrase(i + 1)


def _is_office(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether an office starts right after a name; أمين and the like are one where more words of it follow."""
    if sentence.find_kind(i) != "persons" or sentence.has_and(i):
        return False
    form = sentence.form(i)
    if not sentence.is_definite(i) and sentence.is_given_name(i + 1):
        return False  # حسين أمير عبد اللهيان
    if form.endswith("ا") and form not in sentence.lexicon.words["persons"]:
        return False  # an accusative
    return not sentence.is_given_name(i) or (is_name_word(sentence, i - 2) and sentence.is_definite(i + 1))


def _has_family_name(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a name ends with the definite word before ``i``: سامي الراشد, and not عبد الرحمن بن خالد."""
    last = i - 1
    if not sentence.is_definite(last) or sentence.is_given_name(last):
        return False
    if sentence.is_in(last, "personal_titles", "second_halves"):  # ذبيح الله مجاهد
        return False
    if sentence.is_in(last - 1, "name_links"):  # عبد السلام باوزير
        return False
    return not (sentence.is_definite(i) or sentence.is_given_name(i) or sentence.is_in(i, "name_links"))


def is_name_word(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a word can be part of a person's own name."""
    if sentence.ends_phrase(i) or sentence.has_mentions(i) or not sentence.form(i) or sentence.is_acting(i - 1):
        return False
    if sentence.is_in(i, "prepositions") and sentence.is_preposition(i):  # على is no علي
        return False
    if sentence.is_given_name(i) or sentence.is_lettered_name(i) or sentence.is_initial(i):
        return True
    if sentence.is_in(i, "fillers", "negations", "former_or_future", "same", "determiners"):
        return False
    if sentence.form(i)[:1].isdigit() or sentence.lexicon.has("said_nouns", sentence.form(i)):
        return False
    if sentence.find_verb(i) or sentence.is_main_verb(i) or sentence.is_preposition(i):
        return False
    return not sentence.form(i).startswith("و") or not _is_joined(sentence, i)


def _is_joined(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether و before a word joins it to the name before: وأحمد, والوزير, but not ويلسون."""
    if sentence.is_in(i, "name_links"):  # ولد
        return False
    rest = sentence.form(i)[1:]
    shortest = 3 if sentence.is_given_name(i - 1) else 4
    if len(rest) < shortest or rest.startswith(ARTICLE) or rest in sentence.names:
        return True
    if sentence.is_boundary(i - 1) or sentence.has_mentions(i - 1):
        return True
    if rest in sentence.lexicon.words["main_verbs"] or sentence.lexicon.is_everyday(rest):
        return True
    return sentence.lexicon.is_first_name(rest) or sentence.find_kind(i) is not None


def is_definite_noun(sentence: TaggedSentence, i: int) -> bool:
    """Tell whether a word has the article, be it with ل."""
    return sentence.is_definite(i) or sentence.form(i).startswith("لل")


def _skip_office(sentence: TaggedSentence, i: int, stop: int) -> int:
    """Return the token after an office: الخبير الاقتصادي, رئيس منظمة الأعراف, الناطق باسم الوزارة."""
    if is_definite_noun(sentence, i):
        i = _skip_definite(sentence, i, stop)
        if not sentence.is_in(i, "on_behalf"):
            return i + sentence.is_in(i, "on_behalf_of_told")
        i += 1
    while i < stop and not (is_definite_noun(sentence, i) or sentence.has_pronoun(i)):
        i += 1
    return _skip_definite(sentence, i + sentence.has_pronoun(i), stop)


def _skip_definite(sentence: TaggedSentence, i: int, stop: int) -> int:
    while i < stop and is_definite_noun(sentence, i):
        i += 1
    return i
