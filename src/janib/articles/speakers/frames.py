"""The frames of a sentence: the places that tell who speaks in it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from janib.articles.lexicon import Gender, VerbForm
from janib.articles.speakers.phrases import Subject
from janib.articles.speakers.subjects import Subjects
from janib.articles.speakers.tokens import DASHES, QUOTATION


@dataclass(slots=True)
class Frames:
    """What a sentence says of its speakers.

    Attributes
    ----------
    start
        The word where the sentence proper starts, behind a dateline.
    named
        Who stands by a verb of speech, or before the colon of a headline.
    cited
        Whom another relays: نقلت X عن Y, على لسان Y.
    sources
        After بحسب and the like.
    pronoun
        The first verb of speech that has no speaker of its own.
    opens
        Whether that verb opens the sentence, so that the speaker was told before.
    hanging
        A word of speech that hangs on another verb: a participle, ما سماه.
    is_byline
        Whether the line only tells who wrote or drew.
    """

    start: int
    named: list[Subject] = field(default_factory=list)
    cited: list[Subject] = field(default_factory=list)
    sources: list[Subject] = field(default_factory=list)
    pronoun: VerbForm | None = None
    opens: bool = True
    hanging: VerbForm | None = None
    is_byline: bool = False


def find_frames(phrases: Subjects) -> Frames:
    """Find the frames of a sentence."""
    start, headed = _skip_dateline(phrases)
    phrases.start = start
    if headed:
        return Frames(start, named=[headed], cited=_find_inner(phrases, headed.end) if headed.is_outlet else [])
    if phrases.form(start) in phrases.lexicon.words["bylines"] and phrases.form(start + 1) == ":":
        return Frames(start, is_byline=True)
    return _find_frames(phrases, start)


def _skip_dateline(phrases: Subjects) -> tuple[int, Subject | None]:
    """Return the word where the sentence proper starts, and who speaks if it is of the form ``X: ...``."""
    start = 0
    while start < len(phrases.words) and (phrases.form(start).isdigit() or phrases.form(start) in {":", *DASHES, "/"}):
        start += 1
    colon = next((j for j in range(start, min(start + 18, len(phrases.words))) if phrases.form(j) == ":"), None)
    dash = _find_dateline(phrases, start)
    if dash is not None:
        if (
            colon is not None
            and dash < colon <= dash + 4
            and not any(phrases.words[j].mentions for j in range(dash, colon))
        ):
            return colon + 1, None
        start = dash + 1
    if colon is None or colon < start:
        return start, None
    first = start
    for j in range(start, colon):
        if phrases.form(j) in ("..", "...", "…", "|", "؟", "!", "."):
            first = j + 1
    lexicon = phrases.lexicon
    if any(
        lexicon.find_form(phrases.form(j))[0] and not phrases.words[j].mentions and phrases.find_kind(j) is None
        for j in range(first, colon)
    ):
        return start, None
    if phrases.form(first) in lexicon.words["bylines"] or first >= colon or not phrases.can_speak(first):
        return start, None
    if phrases.is_preposition(first):
        return start, None
    if lexicon.has("events", phrases.form(colon + 1)) and phrases.find_kind(first) is None:
        return start, None
    return start, phrases.read(first, colon)


def _find_dateline(phrases: Subjects, start: int) -> int | None:
    """Return the last dash of a dateline: ``عمان - 11 - 2 (وان) --``."""
    last = None
    for j in range(start + 1, min(start + 9, len(phrases.words))):
        if phrases.form(j) in DASHES and j - (start if last is None else last) <= 5:
            last = j
        elif (
            phrases.lexicon.find_form(phrases.form(j))[0]
            or phrases.form(j) in ("،", ":", "..", QUOTATION)
            or phrases.find_kind(j) == "papers"  # جاء ذلك في بيان X - Y: no place
        ):
            break
    return last


def _find_frames(phrases: Subjects, start: int) -> Frames:
    """Find the frames of a sentence: verbs with their speakers, citations, and words that hang on others."""
    found = Frames(start)
    lists = phrases.lexicon.words
    first: VerbForm | None = None
    content = False  # whether somebody's words began: frames inside them are not the report's
    for i in range(start, len(phrases.words)):
        word = phrases.words[i]
        before = phrases.form(i - 1)
        if word.form in lists["reported"] and (found.named or found.cited or found.pronoun or found.sources):
            content = True
        if phrases.is_boundary(i) or (word.mentions and phrases.prefix(i) == "") or word.form.startswith("ال"):
            continue
        if subject := _read_source(phrases, i):
            (found.cited if word.form in ("نقلا", "ونقلا", "لسان") else found.sources).append(subject)
            continue
        if not found.named and (subject := _read_paper(phrases, i)):
            found.named.append(subject)
            continue
        form, conjunction = phrases.lexicon.find_form(word.form)
        if form is None:
            continue
        if form.tense == "participle":
            if word.form in lists["fillers"]:
                continue
            found.hanging = found.hanging or form
            continue
        skipped = before in ("قد", "وقد", "فقد")
        before = phrases.form(i - 2) if skipped else before
        if before in ("حين", "وقت") and phrases.form(i - 2) in ("في", "وفي"):
            before = "فيما"
        if before in ("ما", "بما", "عما", "مما", "كما") and (form.has_object or form.kind == "said"):
            found.hanging = found.hanging or form
        if _is_subordinate(phrases, i, form, conjunction, before):
            continue
        is_first = not (found.named or found.cited or found.pronoun)
        if not _is_frame(phrases, i, form, conjunction, start):
            continue
        if form.kind == "relay":
            if subject := _read_relay(phrases, i):
                found.cited.append(subject)
            elif gender := _find_cited_pronoun(phrases, i):
                found.pronoun, found.opens = replace(form, gender=gender), True
            continue
        if (content or not is_first) and not _starts_anew(phrases, i, conjunction, before, content):
            continue
        if _is_law(phrases, i + 1) and (form.kind in ("said", "clause") or form.verb in ("دعا", "طالب", "حذر")):
            continue  # its words are nobody's
        subject = _find_subject(phrases, i, form, conjunction, None if before in lists["contrasts"] else first)
        if form.verb in lists["paper_verbs"] and not (subject and phrases.find_kind(subject.start) == "papers"):
            continue
        first = first or form
        if subject:
            found.named.append(subject)
        elif is_first and not found.named:
            if not conjunction and _is_relative(phrases, i, start):
                continue
            found.pronoun = form
            found.opens = _opens(phrases, start, i)
        for j in range(i + 1, min(i + 30, len(phrases.words))):
            if phrases.form(j) == ":":
                content = True
    if not found.cited and len(found.named or found.sources) == 1 and (found.named or found.sources)[0].is_outlet:
        found.cited = _find_inner(phrases, (found.named or found.sources)[0].end)
    return found


def _find_inner(phrases: Subjects, start: int) -> list[Subject]:
    """Find whom an outlet lets speak: ذكرت الوكالة أن مصدرا كشف."""
    for i in range(start, min(start + 12, len(phrases.words))):
        opens = phrases.form(i) in phrases.lexicon.words["reported"] or phrases.form(i) == ":"
        if opens and phrases.find_kind(i + 1) == "persons":
            subject = phrases.read(i + 1, len(phrases.words))
            verbs = range(subject.end, min(subject.end + 4, len(phrases.words))) if subject else ()
            if subject and any(phrases.lexicon.find_form(phrases.form(j))[0] for j in verbs):
                return [subject]
    return []


def _is_relative(phrases: Subjects, i: int, start: int) -> bool:
    """Tell whether a verb only describes the noun before it: مشروع قرار يدعو."""
    if phrases.is_boundary(i - 1) or i <= start + 1 or phrases.is_preposition(start):
        return False
    lists = phrases.lexicon.words
    known = phrases.form(i - 1) in lists["connectives"] | lists["contrasts"] | lists["lead_ins"] | lists["fillers"]
    return not known and phrases.find_kind(i - 1) != "papers"


def _find_subject(
    phrases: Subjects, i: int, form: VerbForm, conjunction: str, continuing: VerbForm | None
) -> Subject | None:
    """Find a verb's speaker, before it or behind it."""
    subject = phrases.find_before(i, form, conjunction)
    opens = continuing is None and not conjunction and phrases.is_boundary(i - 1)
    if subject is None or opens:
        subject = phrases.find_after(i, form, continuing) or subject
    if subject and form.verb == "ذكر" and phrases.form(subject.end).startswith("ب"):
        return None  # ذكّرت الحكومة بأن: she is reminded
    return subject


def _read_paper(phrases: Subjects, i: int) -> Subject | None:
    """Read whose paper speaks: وجاء في بيان X."""
    opens = phrases.form(i) in ("وجاء", "جاء", "وورد", "ورد") and phrases.form(i + 1) in ("في", "علي")
    if not opens or phrases.form(i - 1) == "ما" or phrases.find_kind(i + 2) != "papers":
        return None
    return phrases.read(i + 2, len(phrases.words))


def _is_subordinate(phrases: Subjects, i: int, form: VerbForm, conjunction: str, before: str) -> bool:
    """Tell whether a verb stands in a side clause, is denied, or is none of speech here."""
    lists = phrases.lexicon.words
    if (form.kind == "naming" and not _is_counting(phrases, i, form)) or phrases.form(i) in ("ردا", "وردا"):
        return True
    if not conjunction and before in lists["subordinators"] and phrases.form(i - 2) not in ("سبق", "وسبق"):
        return True
    denied = before in lists["negations"] or (before[:1] in ("و", "ف") and before[1:] in lists["negations"])
    return denied and form.verb not in lists["negated_speech"]


def _starts_anew(phrases: Subjects, i: int, conjunction: str, before: str, content: bool) -> bool:
    """Tell whether a verb can be a second frame, beside the first and not inside its words."""
    contrasts = phrases.lexicon.words["contrasts"]
    fresh = bool(conjunction) or before in contrasts or phrases.is_boundary(i - 1)
    if fresh and (not content or before in contrasts or before in ("،", "؛", "..", "...", "…", QUOTATION)):
        return True
    return phrases.form(_clause_start(phrases, i) - 1) in ("..", "...", "…", "اما", "فيما", "بينما", "لكن")


def _clause_start(phrases: Subjects, i: int) -> int:
    last = max(0, i - 40)
    while i > last and not phrases.is_boundary(i - 1) and phrases.form(i - 1) not in phrases.lexicon.words["contrasts"]:
        i -= 1
    return i


def _opens(phrases: Subjects, start: int, i: int) -> bool:
    """Tell whether a verb opens its sentence, but for connectives and phrases with a preposition."""
    if i <= start + 1:
        return True
    if phrases.form(start) in phrases.lexicon.words["contrasts"] or phrases.form(start).startswith(("لكن", "ولكن")):
        return i == start + 1
    return phrases.is_preposition(start)


def _is_frame(phrases: Subjects, i: int, form: VerbForm, conjunction: str, start: int) -> bool:
    """Tell whether a verb of speech is meant, and not a noun or another sense that is written the same."""
    written = phrases.form(i)
    bare = written[1:] if conjunction else written
    lists = phrases.lexicon.words
    if written in lists["also_passive"] and phrases.form(i + 1) in ("ان", "الي", "انه", "انها"):
        return False
    surface = phrases.text[phrases.words[i].start : phrases.words[i].end - 1]
    if form.tense == "past" and form.number == "s" and "\u064f" in surface[len(conjunction) :]:
        return False  # أُعلن: a passive
    is_noun = bare in lists["also_nouns"] or (bare[-1:] == "ا" and bare[:-1] in lists["also_nouns"])
    verbal = lists["connectives"] | lists["lead_ins"]
    joined = conjunction or i == start or phrases.is_boundary(i - 1) or phrases.form(i - 1) in verbal
    if is_noun and not joined and phrases.form(_clause_start(phrases, i) - 1) not in lists["contrasts"]:
        return False
    if form.tense != "participle" and ("\u064b" in surface or bare == "شكرا"):
        return False  # a noun with tanwin
    excludes = phrases.lexicon.excludes.get(form.verb)
    if excludes and any(phrases.form(j).startswith(excludes) for j in range(i + 1, min(i + 7, len(phrases.words)))):
        return False
    needs = phrases.lexicon.needs.get(form.verb)
    if needs is None:
        return True
    for j in range(i + 1, min(i + 14, len(phrases.words))):
        if phrases.form(j).startswith(needs) or (phrases.form(j) == QUOTATION and "«" in needs):
            return True
    return False


_ON_TONGUE = {("علي", "لسان"), ("حد", "قول"), ("حد", "تعبير"), ("حد", "وصف")}


def _read_source(phrases: Subjects, i: int) -> Subject | None:
    """Read whom بحسب, وفقا ل, نقلا عن, على لسان and the like name."""
    form = phrases.form(i)
    bare = form[1:] if form[:1] == "و" and form[1:] in ("بحسب", "حسب", "نقلا", "طبقا", "وفق", "وفقا") else form
    j = i + 1
    if bare in ("بحسب", "حسب", "وفق"):
        pass
    elif bare in ("وفقا", "طبقا"):
        j += phrases.form(j) in ("ل", "لـ")
    elif bare == "نقلا":
        j += phrases.form(j) == "عن"
    elif (phrases.form(i - 1), bare) not in _ON_TONGUE:
        return None
    if phrases.form(j) in ("ما", "لما"):
        j += 2
    if j >= len(phrases.words) or not phrases.can_speak(j, True):
        return None
    if phrases.lexicon.has("not_sources", phrases.form(j), True):
        return None
    return phrases.read(j, len(phrases.words), clitic=True)


def _read_relay(phrases: Subjects, i: int) -> Subject | None:
    """Read who speaks through an agency: نقلت X عن Y."""
    for j in range(i + 1, min(i + 14, len(phrases.words))):
        if phrases.form(j) in phrases.lexicon.words["reported"]:
            return None
        if phrases.form(j) in ("عن", "الي") and phrases.can_speak(j + 1):
            subject = phrases.read(j + 1, len(phrases.words))
            if subject and (phrases.form(j) == "عن" or _is_quoted(phrases, subject.end)):
                return subject
    return None


def _find_cited_pronoun(phrases: Subjects, i: int) -> Gender | None:
    """Tell the gender of the pronoun in نقلت X عنه قوله."""
    for j in range(i + 1, min(i + 8, len(phrases.words))):
        if phrases.form(j) in ("عنه", "عنها"):
            return "m" if phrases.form(j) == "عنه" else "f"
    return None


def _is_quoted(phrases: Subjects, i: int) -> bool:
    reported = phrases.lexicon.words["reported"]
    return any(phrases.form(j) in reported for j in range(i, min(i + 6, len(phrases.words))))


def _is_law(phrases: Subjects, i: int) -> bool:
    return phrases.form(i).startswith("ال") and phrases.lexicon.has("lawful", phrases.form(i))


def _is_counting(phrases: Subjects, i: int, form: VerbForm) -> bool:
    """Tell whether عد is written with its shadda, and so means what اعتبر does."""
    word = phrases.words[i]
    return form.verb == "عد" and form.tense == "past" and "\u0651" in phrases.text[word.start : word.end]
