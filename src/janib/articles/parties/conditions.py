"""The conditions of the rules: what the words around a form say of it.

An example and a counter-example of each are in ``tests/unit/articles/party_rules.jsonl``.
"""

from __future__ import annotations

from functools import lru_cache

from janib.articles.lexicon import (
    add_article,
    is_definite,
    is_relational,
    load_lexicon,
    read_nouns,
    strip_article,
    strip_joined,
)
from janib.articles.parties.candidate import Candidate
from janib.articles.parties.evidence import ends_person_name, is_everyday_adjective
from janib.articles.parties.party import Party
from janib.articles.parties.passage import LONGEST_TITLE, is_quoted
from janib.articles.parties.variants import has_other_kind, split_name
from janib.text.spelling import split_words, strip_clitics

_ORIGIN = "اصل"
_TOLD_REACH = 5  # words before an outlet in which a verb of speech is looked for
_AROUND_NAMES = ' \t\u00a0«»“”"'
_LONGEST_NAME = 5  # words of a person's name and his titles
_TRAVEL_REACH = 4  # words before a city in which a word of travel is looked for


# Names ----------------------------------------------------------------------------------------------------------------


def always(candidate: Candidate) -> bool:
    """Hold for every form: the last rule of a table."""
    return True


def has_several_words(candidate: Candidate) -> bool:
    """Tell whether it has more than one word, and is not the rest of another's name: سامي بن علي."""
    linked = candidate.word.folded in load_lexicon().words["name_links"] and _follows_first_name(candidate)
    return candidate.match.end - candidate.match.start > 1 and not linked


def is_elsewhere(candidate: Candidate) -> bool:
    """Tell whether bodies of several states have its name, and the article never names its own: حكومة الوحدة."""
    words, match = candidate.passage.words, candidate.match
    named = "_".join(word.folded for word in words[match.start : match.end])[match.clitics :]
    return named in load_lexicon().words["shared_names"] and not candidate.article.evidence.named[candidate.party.of]


def is_set_off_word(candidate: Candidate) -> bool:
    """Tell whether it is an everyday word that quotation marks or the noun of its kind make a name: (وان)."""
    reasons = (is_in_quotes, follows_kind, is_named_club, is_told_outlet)
    return is_everyday_word(candidate) and any(holds(candidate) for holds in reasons)


def is_of_other_person(candidate: Candidate) -> bool:
    """Tell whether a leader's family name is part of another's name: ميشيل أوباما, حسن أبو هنية, مبارك بن سالم."""
    party, links = candidate.party, load_lexicon().words["name_links"]
    if party.kind == "leader" and candidate.passage.after(candidate.match.end) in links:
        return True
    before = candidate.before
    named = _follows_first_name(candidate) or before in links or before in load_lexicon().words["second_halves"]
    if party.kind != "leader" or not named or not candidate.word.gap.isspace():
        return False
    return candidate.before not in _list_name_words(party)


@lru_cache(maxsize=1 << 12)
def _list_titles(party: Party) -> frozenset[tuple[str, ...]]:
    """Return the folded titles by which a leader is called instead of his name."""
    return frozenset(title for text in party.titles for title in split_name(text))


@lru_cache(maxsize=1 << 12)
def _list_name_words(party: Party) -> frozenset[str]:
    """Return the folded words of a party's names."""
    return frozenset(word.folded for name in (party.ar, *party.names) for word in split_words(name))


def is_deputy(candidate: Candidate) -> bool:
    """Tell whether somebody precedes it who acts for its holder, and speaks for the state: نائب الرئيس."""
    nouns = strip_clitics(candidate.before) if candidate.before and not candidate.clitic else ()
    return any(noun in load_lexicon().words["sent_by"] for _, noun in nouns)


def is_sender(candidate: Candidate) -> bool:
    """Tell whether a leader's title says who sent an envoy, who speaks for what he leads: سفير خادم الحرمين."""
    match, words = candidate.match, candidate.passage.words
    if not is_deputy(candidate):
        return False
    named = tuple(word.folded for word in words[match.start : match.end])
    return match.form.role == "office" or named in _list_titles(candidate.party)


def is_named_after(candidate: Candidate) -> bool:
    """Tell whether a street, a hall or the like has a leader's name: شارع الحبيب بورقيبة, جامعة الملك سعود."""
    if candidate.party.kind != "leader":
        return False
    before = candidate.passage.before(_find_name_start(candidate))
    return load_lexicon().has("named_after_persons", before, clitic=True)


def is_told_with_office(candidate: Candidate) -> bool:
    """Tell whether an official's office stands beside his name, and names the party: وزير الخارجية الروسي لافروف."""
    if candidate.party.office != "official":
        return False
    drafts, place = candidate.drafts, _find_name_start(candidate)
    if drafts and drafts[-1].last == place and drafts[-1].party == candidate.party.of:
        return True
    return _precedes_title(candidate)


def _precedes_title(candidate: Candidate) -> bool:
    """Tell whether a title with the party that a leader serves follows his name: زوكربيرغ، مؤسس فيسبوك."""
    passage, end = candidate.passage, candidate.match.end
    if end >= len(passage.words) or not passage.opens_title(end):
        return False
    for place in range(end, min(end + LONGEST_TITLE, len(passage.words))):
        if place > end and passage.words[place].gap.strip(_AROUND_NAMES):
            return False
        matches = passage.matches.get(place, ())
        if any(match.form.role in ("office", "bare") for match in matches):
            return False  # a leader's office is no official's: انتقد بولتون الرئيس الأمريكي
        if any(candidate.party.of in (match.form.party, match.state) for match in matches):
            return True
        if any(match.state for match in matches):
            return False
        if any(match.form.role == "ministry" for match in matches):
            return True
    return False


def _find_name_start(candidate: Candidate) -> int:
    """Return the first word of a leader's name and titles, of which the form may be the last part."""
    inside = (_list_name_words(candidate.party), load_lexicon().words["honorifics"])
    place = candidate.match.start
    first = max(0, place - _LONGEST_NAME)
    while place > first and any(candidate.passage.before(place) in words for words in inside):
        place -= 1
    return place


def is_everyday_word(candidate: Candidate) -> bool:
    """Tell whether it is also an everyday word with a clitic: وان is "and that"."""
    lists, folded = load_lexicon().words, candidate.word.folded
    rests = [rest for clitics, rest in strip_clitics(folded) if clitics]
    everyday = lists["everyday_words"] | lists["citations"] | lists["kunyas"]
    return not everyday.isdisjoint(rests)


def is_month(candidate: Candidate) -> bool:
    """Tell whether it is the name of a month, and no noun of a kind precedes it: نيسان."""
    return candidate.word.folded in load_lexicon().words["months"] and not follows_kind(candidate)


def is_namesake(candidate: Candidate) -> bool:
    """Tell whether the article gives the last name of a leader of the past only to somebody else: ألفونسو بيريز."""
    is_family = candidate.party.kind == "leader" and candidate.match.end - candidate.match.start == 1
    if not is_family or candidate.party.holds(candidate.article.date) or _follows_first_name(candidate):
        return False
    told = candidate.article.evidence.first_names.get(candidate.word.folded[candidate.match.clitics :])
    return told is not None and told.isdisjoint(_list_name_words(candidate.party))


def is_inside_person(candidate: Candidate) -> bool:
    """Tell whether its first letter is no clitic but one of a family name: شارل باسكوا is no ب before Escwa."""
    return candidate.clitic not in ("", "و") and _follows_first_name(candidate)


def is_common_leader_name(candidate: Candidate) -> bool:
    """Tell whether it is a leader's name, also an everyday word, without a title or a verb of speech before it."""
    common = candidate.party.kind == "leader" and candidate.word.folded in load_lexicon().words["common_family_names"]
    return common and not (candidate.has_before("leader_titles") or candidate.is_introduced)


def is_in_other_name(candidate: Candidate) -> bool:
    """Tell whether a state's name is part of a river's, a region's or a person's: نهر الأردن, المغرب العربي."""
    if candidate.party.kind != "state":
        return False
    named = f"{candidate.word.folded[candidate.match.clitics :]}_{candidate.passage.after(candidate.match.end)}"
    if named in load_lexicon().words["longer_place_names"]:
        return True
    return candidate.has_before("before_place_names", "personal_titles") or _follows_first_name(candidate)


def is_common_state_name(candidate: Candidate) -> bool:
    """Tell whether a name is also an everyday word, and nothing says that the party is meant: مالي."""
    common = candidate.word.folded in load_lexicon().words["common_state_names"]
    before = {word for _, word in strip_clitics(candidate.before)} if candidate.before else set()
    return common and before.isdisjoint(load_lexicon().words["before_states"])


# Capitals -------------------------------------------------------------------------------------------------------------


def is_inside_city(candidate: Candidate) -> bool:
    """Tell whether ب means "in" the city, and is not asked for by a verb: ندّدت بباريس."""
    takes_object = _is_verb(candidate.before) or candidate.before.endswith(("ت", "ل"))  # feminine, or like يتصل
    return "ب" in candidate.clitic and not takes_object


def is_place(candidate: Candidate) -> bool:
    """Tell whether the word before says that the city is only a place, or an adjective: مطار القاهرة, القوة القاهرة."""
    if "ب" in candidate.clitic and _is_verb(candidate.before):  # عبّر ببغداد, but عبر بغداد
        return False
    pair = f"{strip_article(_strip_noun(candidate.before))}_{candidate.word.folded}"
    if pair in load_lexicon().words["no_capitals"]:
        return True
    return candidate.has_before("place_words") or _follows_first_name(candidate)


def is_destination(candidate: Candidate) -> bool:
    """Tell whether somebody travels to or from the city."""
    if not candidate.has_before("from_and_to") and "ل" not in candidate.clitic:
        return False
    travel, start = load_lexicon().words["travel_words"], candidate.match.start
    near = [word.folded for word in candidate.passage.words[max(0, start - _TRAVEL_REACH) : start]]
    return any(word in travel or word.removeprefix("و") in travel for word in near)


# Words that are a name only in some places ----------------------------------------------------------------------------


def is_other_movement(candidate: Candidate) -> bool:
    """Tell whether the noun before it, or the word after it, says that no such movement is meant: جبهة التحرير."""
    if candidate.party.kind != "movement":
        return False
    lists, word = load_lexicon().words, candidate.word.folded[candidate.match.clitics :]
    if f"{word}_{candidate.passage.after(candidate.match.end)}" in lists["no_movements"]:
        return True
    return not candidate.match.clitics and has_other_kind(read_nouns(candidate.before or "_"), candidate.party)


def is_in_quotes(candidate: Candidate) -> bool:
    """Tell whether it is in quotation marks or brackets."""
    before = read_nouns(candidate.before) if candidate.before else set()
    if not before.isdisjoint(load_lexicon().words["places_of_names"]):
        return False
    return is_quoted(candidate.article.text, candidate.passage.words, candidate.match.start, candidate.match.end)


def follows_kind(candidate: Candidate) -> bool:
    """Tell whether the noun of a kind precedes it: قناة الغد."""
    return strip_article(candidate.before) in load_lexicon().words["kind_nouns"]


def follows_forces(candidate: Candidate) -> bool:
    """Tell whether forces precede it: قوات التحالف."""
    forces = load_lexicon().words["forces"]
    return any(noun in forces for _, noun in strip_clitics(candidate.before or "_")) and not candidate.is_extended


def is_named_club(candidate: Candidate) -> bool:
    """Tell whether the article names the club, or the company of the user's list, by a fuller name."""
    kind = candidate.party.kind
    if kind != "club" and not (kind == "company" and candidate.is_own):
        return False
    return candidate.count_names() > 0 and (candidate.has_before("professions") or not candidate.is_extended)


def is_named_body(candidate: Candidate) -> bool:
    """Tell whether the article names the movement, armed group or international body by a fuller name."""
    kind, definite = candidate.party.kind, is_definite(candidate.word.folded[candidate.match.clitics :])
    group = kind in ("movement", "armed_group") and (definite or candidate.is_introduced)
    if kind != "international_body" and not group:
        return False
    return candidate.count_names() > 0 and not candidate.is_extended


def is_beside_group(candidate: Candidate) -> bool:
    """Tell whether it is a movement that is joined to another, or has sent somebody: حماس وفتح, وفد من فتح."""
    kinds, other = ("movement", "armed_group"), candidate.last_draft
    if candidate.party.kind not in kinds or candidate.is_extended:
        return False
    if candidate.before == "من":
        sent = candidate.passage.before(candidate.match.start - 1)
        return load_lexicon().has("delegations", sent, clitic=True)
    joined = candidate.clitic == "و" and other is not None and candidate.word.gap.isspace()
    return joined and other is not None and candidate.article.gazetteer.find(other.party).kind in kinds


def is_foe(candidate: Candidate) -> bool:
    """Tell whether a party acts, and the article names a foe of it: قال التحالف, قصف الاحتلال."""
    evidence, party = candidate.article.evidence, candidate.match.form.party
    if not evidence.count_foes(party):
        return False
    of_it = candidate.has_before("before_coalitions") and not candidate.is_extended
    return of_it or candidate.passage.is_actor(candidate.match.start, candidate.clitic)


def is_told_outlet(candidate: Candidate) -> bool:
    """Tell whether somebody spoke to the outlet, or works for it: قال للحرة, مراسل الجزيرة."""
    if candidate.party.kind != "outlet" or candidate.is_extended:
        return False
    if not candidate.clitic and load_lexicon().has("before_outlets", candidate.before, clitic=True):
        return True
    if "ل" not in candidate.clitic:
        return False
    start = candidate.match.start
    before = range(max(0, start - _TOLD_REACH), start)
    said = next((place for place in reversed(before) if candidate.passage.is_speech(place)), start)
    about = load_lexicon().words["complement_prepositions"]  # تحدث عن استعداد المدينة للحدث
    told = said < start and about.isdisjoint(word.folded for word in candidate.passage.words[said:start])
    return told or candidate.has_before("occasions")


# Short forms of a name -----------------------------------------------------------------------------------------------


def is_common_short_name(candidate: Candidate) -> bool:
    """Tell whether it is a last name, also an everyday word, which neither a title nor a verb of speech introduces."""
    common = candidate.word.folded in load_lexicon().words["common_family_names"]
    if not (common or is_everyday_word(candidate)):
        return False
    titled = candidate.has_before("leader_titles")
    if titled and candidate.party.holds(candidate.article.date):
        return False
    return not (candidate.count_names() and (titled or candidate.is_introduced))


def is_other_first_name(candidate: Candidate) -> bool:
    """Tell whether it is the first name of somebody whose name goes on: العقيد تامر الرفاعي."""
    if candidate.party.kind != "leader" or not load_lexicon().is_first_name(candidate.word.folded):
        return False
    following = candidate.passage.after(candidate.match.end)
    return bool(following) and not load_lexicon().is_everyday(following)


def is_named_leader(candidate: Candidate) -> bool:
    """Tell whether the article names the leader by his full name."""
    return candidate.party.kind == "leader" and candidate.count_names() > 0


def is_titled_leader(candidate: Candidate) -> bool:
    """Tell whether a title or an office precedes the leader's last name."""
    office = candidate.last_draft is not None and candidate.last_draft.role == "office"
    titled = office or candidate.has_before("leader_titles") or _precedes_own_office(candidate)
    return candidate.party.kind == "leader" and titled


def _precedes_own_office(candidate: Candidate) -> bool:
    """Tell whether the leader's office follows his last name: لوكاشنكو، رئيس بيلاروسيا."""
    own = (candidate.party.office, candidate.party.of)
    matches = candidate.passage.matches.get(candidate.match.end, ())
    return any((match.form.party, match.state) == own for match in matches if match.form.role == "office")


def is_known_body(candidate: Candidate) -> bool:
    """Tell whether the article names the body by its full name, or the user's list has it."""
    if candidate.party.kind == "leader" or candidate.is_extended:
        return False
    return candidate.is_own or candidate.count_names() > 0


# Demonyms -------------------------------------------------------------------------------------------------------------


def is_agency(candidate: Candidate) -> bool:
    """Tell whether a nationality is the news agency of a state: بحسب «الفرنسية», ذكرت الألمانية أن."""
    word, passage, end = candidate.word.folded[candidate.match.clitics :], candidate.passage, candidate.match.end
    definite = is_definite(word) or candidate.clitic.endswith("ل")
    state = candidate.article.gazetteer.is_state(candidate.match.form.party)
    if not (state and definite and word.endswith("يه")) or is_definite(candidate.before):
        return False
    if is_quoted(candidate.article.text, passage.words, candidate.match.start, end):
        return not candidate.before or _cites(candidate)
    following = passage.after(end)
    if is_definite(following) or load_lexicon().is_first_name(following):
        return False
    if _follows_source_word(candidate):
        return True
    return _opens_report(following) and (_follows_feminine_verb(candidate) or _is_told(candidate))


def _cites(candidate: Candidate) -> bool:
    """Tell whether a source word, a verb of speech, the noun of an outlet or a preposition of sources is before it."""
    if _follows_source_word(candidate) or _follows_feminine_verb(candidate) or _is_told(candidate):
        return True
    return candidate.has_before("outlet_nouns", "source_prepositions") or "ل" in candidate.clitic


def _is_told(candidate: Candidate) -> bool:
    """Tell whether somebody said it to her, or it is her correspondent: أكد للفرنسية أن, مراسل الفرنسية."""
    told = "ل" in candidate.clitic and candidate.follows_verb
    return told or any(noun in load_lexicon().words["before_agencies"] for noun in read_nouns(candidate.before or "_"))


def _follows_source_word(candidate: Candidate) -> bool:
    """Tell whether it is the source of a statement: وفق الفرنسية, وفقا للفرنسية, نقلا عن الفرنسية."""
    before, lists = candidate.before, load_lexicon().words
    if before in lists["source_prepositions"]:
        before = candidate.passage.before(candidate.match.start - 1)
    return before in lists["source_words"]


def _follows_feminine_verb(candidate: Candidate) -> bool:
    form = candidate.passage.find_verb(candidate.match.start - 1)
    return form is not None and form.gender == "f" and form.number == "s"


def _opens_report(word: str) -> bool:
    """Tell whether a word is one that somebody's words follow, or another source of them: أن, عن, نقلا."""
    lexicon = load_lexicon()
    return any(word in lexicon.words[name] for name in ("citations", "relay_prepositions", "relaying_sources"))


def is_person(candidate: Candidate) -> bool:
    """Tell whether a nationality means a man named before: وتمنى السويسري."""
    word = candidate.word.folded
    singular = candidate.match.clitics == 0 and is_definite(word) and word.endswith("ي")
    followed = is_definite(candidate.passage.after(candidate.match.end))
    return singular and not followed and candidate.follows_verb


def is_president(candidate: Candidate) -> bool:
    """Tell whether a nationality is one of two presidents: الرئيسان الروسي والأميركي."""
    place = candidate.match.start - 1
    if candidate.match.clitics == 1 and candidate.last_draft:
        place = candidate.last_draft.first - 1
    if place < 0:
        return False
    nouns = strip_clitics(candidate.passage.words[place].folded)
    return any(load_lexicon().duals.get(noun) == ("leader",) for _, noun in nouns)


def is_money_or_language(candidate: Candidate) -> bool:
    """Tell whether it is part of a currency, a language, a sea or the like: دينار كويتي, البحر العربي."""
    if candidate.has_before("prepositions"):  # بين is no ب before ين, the yen
        return False
    noun = _strip_noun(candidate.before)
    money = load_lexicon().words["money_and_languages"]
    return not money.isdisjoint((candidate.before, noun, add_article(noun))) or candidate.has_before("fixed_compounds")


def is_in_language(candidate: Candidate) -> bool:
    """Tell whether it says in which language: بالعربية."""
    return candidate.word.folded in load_lexicon().words["languages"]


def is_surname(candidate: Candidate) -> bool:
    """Tell whether it is the last name of a person: أحمد المصري, الدكتور المصري."""
    titled = candidate.has_before("honorifics") and not candidate.has_before("office_titles", "abbreviated_titles")
    if titled or _follows_first_name(candidate) or _follows_linked_name(candidate):
        return True
    return candidate.last_draft is None and ends_person_name(candidate.passage, candidate.match.start)


def is_told_surname(candidate: Candidate) -> bool:
    """Tell whether it is the last name of a person named elsewhere, right after a verb of speech: وقال المصري."""
    return candidate.word.folded in candidate.article.evidence.surnames and candidate.follows_verb


def is_adverb(candidate: Candidate) -> bool:
    """Tell whether it has a tanwin and no noun with one before it: أعلن ماليا, but زار وفدا ماليا."""
    folded = candidate.word.folded[candidate.match.clitics :]
    return folded.endswith("يا") and not candidate.before.endswith(("ا", "اء"))


def is_of_one_person(candidate: Candidate) -> bool:
    """Tell whether it is the nationality or origin of one person: مصدر عسكري عراقي, الشاعرة السورية, من أصل ليبي."""
    passage, start = candidate.passage, candidate.match.start
    folded = _strip_tanwin(candidate.word.folded[candidate.match.clitics :])
    if not is_relational(folded):
        return False
    if candidate.is_definite or folded.endswith("ه"):
        return _is_of_private_person(candidate)
    if candidate.before == _ORIGIN or (passage.after(start + 1), passage.after(start + 2)) == ("من", _ORIGIN):
        return True
    nouns = [_strip_tanwin(candidate.before)]
    if is_relational(nouns[0]):
        nouns.append(_strip_tanwin(passage.before(start - 1)))
    lists = load_lexicon().words
    singles = lists["single_persons"] - lists["state_officials"]
    return any(_strip_noun(noun) in singles for noun in nouns if noun)


def _is_of_private_person(candidate: Candidate) -> bool:
    """Tell whether the noun of a person who speaks for nobody precedes it: الداعية الإسلامي الكويتي, طبيبة صينية."""
    place, passage = candidate.match.start, candidate.passage
    if candidate.match.clitics or candidate.last_draft or place == 0:
        return False
    while place > 0 and passage.words[place].gap.isspace():
        place -= 1
        written = passage.words[place].folded
        if _is_private(written) and not (written.endswith("ي") and passage.qualifies_noun(place)):
            return True
        if not is_relational(written):
            return False
    return False


def _is_private(written: str) -> bool:
    return not load_lexicon().words["private_professions"].isdisjoint(read_nouns(written))


def is_alone(candidate: Candidate) -> bool:
    """Tell whether it is one man who is told by his nationality alone: أوقف تونسي."""
    folded = candidate.word.folded
    if candidate.match.clitics or candidate.is_definite or not folded.endswith("ي"):
        return False
    return candidate.has_before("arrests") and not has_several_words(candidate)


def is_common_adjective(candidate: Candidate) -> bool:
    """Tell whether it ends with an everyday adjective, of a noun without nationality: العجز المالي, المستشار المالي."""
    return is_everyday_adjective(candidate.match, candidate.passage, candidate.article.gazetteer)


def is_of_named_person(candidate: Candidate) -> bool:
    """Tell whether it is the nationality of a person whose name follows: المدرب البرتغالي جورج سيلفا."""
    end, words = candidate.match.end, candidate.passage.words
    if not _is_definite_singular(candidate) or end >= len(words) or not words[end].gap.isspace():
        return False
    lists, noun = load_lexicon().words, _strip_noun(candidate.before)
    persons = (lists["professions"], lists["persons"])
    head = "" if candidate.last_draft else candidate.passage.before(candidate.match.start - 1)
    headed = any(head in words for words in persons)  # عالم الآثار الإسرائيلي
    if (noun in lists["professions"] or headed) and candidate.passage.looks_like_person(end):
        return True
    person = any(noun in words for words in persons)
    apposed = "،" in candidate.word.gap or not candidate.before or load_lexicon().is_everyday(candidate.before)
    described = person or apposed or is_definite(candidate.before) or _follows_club_of_person(candidate)
    return described and load_lexicon().is_first_name(words[end].folded)


def _is_definite_singular(candidate: Candidate) -> bool:
    folded, clitic = candidate.word.folded[candidate.match.clitics :], candidate.clitic
    definite = is_definite(folded) or (clitic.endswith("ل") and folded.startswith("ل"))  # للسويسري
    return definite and is_relational(folded)


def _follows_club_of_person(candidate: Candidate) -> bool:
    """Tell whether a club with a person's noun precedes it: مدرب الأهلي السويسري مارسيل كولر."""
    club = candidate.last_draft
    if club is None or club.first == 0 or candidate.article.gazetteer.find(club.party).kind != "club":
        return False
    noun = candidate.passage.words[club.first - 1].folded
    return strip_joined(noun) in load_lexicon().words["professions"]


# Offices and bodies without their state -------------------------------------------------------------------------------


def is_before_name(candidate: Candidate) -> bool:
    """Tell whether the first name of its holder follows: الرئيس المصري سامي, but not ابنة الرئيس المصري سامية."""
    lexicon, passage, place = load_lexicon(), candidate.passage, candidate.match.end
    if lexicon.has("persons", candidate.before, clitic=True):
        return False
    while passage.after(place) in lexicon.words["honorifics"]:
        place += 1
    return lexicon.is_first_name(passage.after(place))


def is_former_holder(candidate: Candidate) -> bool:
    """Tell whether a former or future holder is meant: الرئيس السابق."""
    return candidate.passage.after(candidate.match.end) in load_lexicon().words["former_or_future"]


def is_coming_holder(candidate: Candidate) -> bool:
    """Tell whether a holder is meant who does not yet hold the office: الرئيس المنتخب."""
    return candidate.passage.after(candidate.match.end) in load_lexicon().words["coming"]


def is_other_body(candidate: Candidate) -> bool:
    """Tell whether an adjective after it makes another body or office of it."""
    return candidate.is_extended


def is_main(candidate: Candidate) -> bool:
    """Tell whether it is an adjective, not the president: المحاور الرئيسة."""
    return not has_several_words(candidate) and candidate.passage.qualifies_noun(candidate.match.start)


def is_read_with_body(candidate: Candidate) -> bool:
    """Tell whether the body whose office it is follows: الأمين العام للأمم المتحدة."""
    end = candidate.match.end
    following = candidate.passage.after(end)
    if candidate.match.form.party == "head" and following.startswith("لل"):
        return True
    if not following.startswith("ل"):
        return False
    return any(match.clitics == 1 and match.form.role == "name" for match in candidate.passage.matches.get(end, ()))


def is_adjective(candidate: Candidate) -> bool:
    """Tell whether the name of a department is an adjective: السياسة الخارجية, but قالت الخارجية."""
    if has_several_words(candidate):
        return False
    before = candidate.before.removeprefix("و")
    return is_definite(before) or before.startswith(("لل", "بال")) or candidate.is_extended  # للشؤون الخارجية


# Words around ---------------------------------------------------------------------------------------------------------


def _follows_linked_name(candidate: Candidate) -> bool:
    """Tell whether a name of two words precedes a masculine adjective: أبو دعاء المغربي."""
    if not candidate.word.folded.endswith("ي") or candidate.last_draft or candidate.match.start < 2:
        return False
    return candidate.passage.before(candidate.match.start - 1) in load_lexicon().words["linked_first_names"]


def _follows_first_name(candidate: Candidate) -> bool:
    """Tell whether a first name precedes it that is not the end of a name found: دعا محمود عباس واشنطن."""
    return candidate.last_draft is None and load_lexicon().is_first_name(candidate.before)


def _is_verb(word: str) -> bool:
    return load_lexicon().find_form(word)[0] is not None


def _strip_tanwin(word: str) -> str:
    """Return a word without the letter of its tanwin: جنديا, إسرائيليا; a name keeps its own."""
    return word[:-1] if word.endswith("ا") and not is_definite(word) else word


def _strip_noun(noun: str) -> str:
    return strip_article(noun.removeprefix("و").removeprefix("ب").removeprefix("ل"))
