"""The words around a form that belong to the mention: the noun of its kind, its nationality, the title of its head."""

from __future__ import annotations

from collections.abc import Sequence

from janib.articles.lexicon import is_definite, load_lexicon, strip_article
from janib.articles.parties.candidate import ArticleContext
from janib.articles.parties.memory import MentionDraft
from janib.articles.parties.party import Party
from janib.articles.parties.passage import CLOSING_MARKS, OPENING_MARKS, Passage
from janib.text.spelling import split_words, strip_clitics

_WITH_NATIONALITY = frozenset(("club", "company", "outlet", "union", "movement", "armed_group", "other"))
_WITH_BRANCHES = frozenset(("company", "outlet"))
_WITHOUT_TITLE = frozenset(("office", "bare", "capital", "demonym"))
_OFFICES = frozenset(("office", "bare"))
_BODY_ROLES = frozenset(("name", "weak", "later", "body"))


def set_extent(draft: MentionDraft, passage: Passage, drafts: Sequence[MentionDraft], article: ArticleContext) -> None:
    """Extend a mention over the words around its form that belong to it.

    Parameters
    ----------
    drafts
        The mentions before it in its sentence, whose words are taken.
    """
    kind = article.gazetteer.find(draft.party).kind
    taken = drafts[-1].last if drafts else 0
    if kind == "leader" and draft.role == "name":
        _leave_titles(draft, passage)
    draft.end = _close_quote(article.text, draft.start, draft.end)
    if draft.role in _BODY_ROLES and kind in _WITH_BRANCHES:
        _take_branch(draft, passage, article, kind)
    if draft.role in _BODY_ROLES and kind not in ("state", "leader"):
        _take_kind(draft, passage, taken, article.text)
        if kind in _WITH_NATIONALITY:
            _take_nationality(draft, passage, article)
    if draft.role in _OFFICES and passage.after(draft.last) in load_lexicon().words["former_or_future"]:
        draft.last, draft.end = draft.last + 1, passage.words[draft.last].end  # الرئيس السابق
    if draft.role not in _WITHOUT_TITLE:
        _take_title(draft, passage, taken, article)


def _leave_titles(draft: MentionDraft, passage: Passage) -> None:
    """Leave the titles before a leader's name outside: البابا فرنسيس."""
    first = draft.first
    while (
        first + 1 < draft.last
        and passage.words[first].folded[len(draft.clitic) :] in load_lexicon().words["honorifics"]
    ):
        draft.set_start(passage.words, first + 1, 0)
        first += 1


def _close_quote(text: str, start: int, end: int) -> int:
    """Return the end with the closing mark of a quotation that opened inside a name: شركة «كيمياء الجنوب»."""
    inside, closing = text[start:end], text[end : end + 1]
    for opening, mark in zip(OPENING_MARKS, CLOSING_MARKS, strict=True):
        closed = inside.count(mark) if mark != opening else inside.count(mark) // 2 * 2
        if closing == mark and inside.count(opening) > closed:
            return end + 1
    return end


def _take_kind(draft: MentionDraft, passage: Passage, taken: int, text: str) -> None:
    """Extend a mention over the noun of its kind directly before it."""
    place, name = draft.first - 1, passage.words[draft.first]
    opened = name.gap[-1:] in OPENING_MARKS
    if draft.clitic or place < taken or not (name.gap[:-1] if opened else name.gap).isspace():
        return
    lists = load_lexicon().words
    for clitics, noun in strip_clitics(passage.words[place].folded):
        if noun in lists["pacts"] and name.folded in lists["opaque_nouns"]:
            return  # تحالف حزب النور مع غيره
        if noun in lists["kind_nouns"] and noun != name.folded:
            draft.set_start(passage.words, place, clitics)
            draft.end += opened and text[draft.end : draft.end + 1] in CLOSING_MARKS
            return


def _take_branch(draft: MentionDraft, passage: Passage, article: ArticleContext, kind: str) -> None:
    """Make a company and the state of its branch directly after it one party: فودافون قطر."""
    gazetteer, place = article.gazetteer, draft.last
    if not passage.after(place) or not passage.words[place].gap.isspace():
        return
    matches = (match for match in passage.matches.get(place, ()) if match.clitics == 0 and match.form.role == "name")
    match = next((match for match in matches if gazetteer.is_state(match.form.party)), None)
    if match is None or _acts_on(draft, passage, match.end):
        return
    is_open = draft.party not in gazetteer.parties
    if is_open and any(gazetteer.names.match_demonym(passage.words, place, passage.words[place].folded)):
        return  # شركة المراعي السعودية
    draft.last, draft.end = match.end, passage.words[match.end - 1].end
    if gazetteer.find(draft.party).of != match.form.party:
        draft.party = gazetteer.names.name_other(article.text[draft.start : draft.end], kind)
        article.memory.set_country(draft.party, match.form.party)


def _acts_on(draft: MentionDraft, passage: Passage, place: int) -> bool:
    """Tell whether a company's verb has the state after it as its object: اتهمت فودافون قطر بذلك, دخلت زين العراق."""
    lists, verb = load_lexicon().words, passage.find_verb(draft.first - 1)
    following = passage.after(place)
    if verb is None:
        return passage.before(draft.first).removeprefix("و").removesuffix("ت") in lists["entering_verbs"]
    is_called = following.startswith("ب") or following in lists["prepositions"]
    return is_called and verb.kind in ("object", "optional")


def _take_nationality(draft: MentionDraft, passage: Passage, article: ArticleContext) -> None:
    """Extend a mention over the nationality directly after it: الأهلي المصري."""
    if draft.last >= len(passage.words):
        return
    word = passage.words[draft.last]
    if not is_definite(word.folded) or not article.text[draft.end : word.start].isspace():
        return
    demonyms = article.gazetteer.names.match_demonym(passage.words, draft.last, word.folded)
    end, state = next((found for found in demonyms if article.gazetteer.is_state(found[1])), (0, ""))
    if not state:
        return
    if not _agrees(passage.words[draft.first].folded[len(draft.clitic) :], passage.words[end - 1].folded):
        return  # اتهم الحوثيون السعودية: the state itself
    if article.memory.find_country(draft.party) != state and (
        _names_person(draft, passage, end) or _names_state(draft, passage, state, article)
    ):
        return  # مدرب الأهلي السويسري مارسيل كولر: the nationality is the man's
    draft.last, draft.end = end, passage.words[end - 1].end
    article.memory.set_country(draft.party, state)


def _names_state(draft: MentionDraft, passage: Passage, state: str, article: ArticleContext) -> bool:
    """Tell whether the word after a body is a state that the body accuses or calls: اتهم الحوثيون السعودية بقصف.

    Only a state whose name is also its adjective can be. It is what the verb before the body acts on where the body is
    of another state, or the verb's preposition follows.
    """
    matches = passage.matches.get(draft.last, ())
    if not any(match.form.role == "name" and match.form.party == state for match in matches):
        return False
    if article.memory.find_country(draft.party):
        return True
    verb = passage.find_verb(draft.first - 1)
    following = passage.after(draft.last + 1)
    is_called = following.startswith("ب") or following in load_lexicon().words["prepositions"]
    return is_called and verb is not None and verb.kind in ("object", "optional")


def _agrees(noun: str, adjective: str) -> bool:
    """Tell whether an adjective has the gender and number of the first noun of a name, as far as that shows them."""
    lexicon = load_lexicon()
    if noun.endswith(("ون", "ين")) and is_definite(noun):
        return adjective.endswith(("ون", "ين"))
    if adjective.endswith(("ون", "ين", "ات")):
        return True  # of a noun inside the name: جمعية سيدات الأعمال الألمانيات
    kinds = lexicon.groups["open_kinds"].values()
    if not any(strip_article(noun) in nouns for nouns in kinds) or noun in lexicon.words["plural_kinds"]:
        return True
    return noun.endswith("ه") == adjective.endswith("ه")


def _names_person(draft: MentionDraft, passage: Passage, place: int) -> bool:
    """Tell whether a person's noun precedes a body, and from a place on his name follows."""
    lexicon = load_lexicon()
    head = passage.words[draft.first - 1].folded.removeprefix("و") if draft.first else ""
    if head not in lexicon.words["professions"]:
        return False
    return lexicon.is_first_name(passage.after(place)) or passage.looks_like_person(place)


def _precedes_other(draft: MentionDraft, passage: Passage, holder: Party) -> bool:
    """Tell whether the first name of another than the holder follows a body: الأمين العام للأمم المتحدة سالم.

    After ``باسم`` it is the name of whoever speaks for the holder.
    """
    first = passage.after(draft.last)
    if "باسم" in (word.folded for word in passage.words[max(draft.first - 3, 0) : draft.first]):
        return False
    names = (word.folded for name in (holder.ar, *holder.names) for word in split_words(name))
    return load_lexicon().is_first_name(first) and first not in names


def _take_title(draft: MentionDraft, passage: Passage, taken: int, article: ArticleContext) -> None:
    """Turn a body with the office of its head before it into him: رئيس الفيفا، الأمين العام للأمم المتحدة."""
    place, lists = draft.first - 1, load_lexicon().words
    if place < taken or not passage.words[draft.first].gap.isspace():
        return
    holder = article.find_holder("head", draft.party)
    if not holder or _precedes_other(draft, passage, article.gazetteer.find(holder)):
        return
    if place > taken and strip_article(passage.words[place].folded) in lists["general"]:
        place -= 1
    if place > taken and load_lexicon().has("sent_by", passage.before(place), clitic=True):
        return  # نائب رئيس الحزب
    for clitics, noun in strip_clitics(passage.words[place].folded):
        if strip_article(noun) in lists["head_titles"]:
            draft.set_start(passage.words, place, clitics)
            draft.role, draft.office, draft.state, draft.party = "office", "head", draft.party, holder
            return
