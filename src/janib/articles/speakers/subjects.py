"""Who stands where a speaker can stand: behind a verb, before it, at the head of the sentence."""

from __future__ import annotations

from collections.abc import Iterator

from janib.articles.lexicon import VerbForm
from janib.articles.speakers.phrases import Phrases, Subject
from janib.articles.speakers.tokens import QUOTATION

_REACH = 14
"""Words that a look back takes in."""


class Subjects(Phrases):
    """The noun phrases of one sentence that are subjects of its verbs."""

    def find_after(self, i: int, form: VerbForm, continuing: VerbForm | None) -> Subject | None:
        """Find the speaker behind a verb, past adverbs and insertions.

        Parameters
        ----------
        continuing
            The verb of him who speaks already, so that what follows a verb with an object may be that object.
        """
        stop = next((j for j in range(i + 1, min(len(self.words), i + 40)) if self._opens_content(j)), len(self.words))
        for j in self._list_places(i + 1, stop):
            free = (form.kind == "said" and j <= i + 2) or self._has_office(j)
            if not (self.can_speak(j) or (free and self._is_noun(j))):
                continue
            subject = self.read(j, stop)
            if subject is None or (form.gender and subject.gender and form.gender != subject.gender):
                continue
            strict = form.kind == "object" or (form.kind == "optional" and continuing is not None)
            if strict and subject.anaphor == "owned" and not form.has_object:
                continue  # دعا أعضاءه
            if strict and not form.has_object:
                same = continuing is not None and continuing.gender in (None, form.gender)
                if same or not self._has_object(subject.end, form):
                    continue
            subject.gender = subject.gender or form.gender
            return subject
        return None

    def _has_office(self, j: int) -> bool:
        """Tell whether a name is explained by an office: أليو سيسيه، مدرب السنغال."""
        comma = next((k for k in range(j + 1, min(j + 5, len(self.words))) if self.is_boundary(k)), None)
        return comma is not None and self.form(comma) == "،" and self.find_kind(comma + 1) == "persons"

    def _is_noun(self, j: int) -> bool:
        form = self.form(j)
        found, _ = self.lexicon.find_form(form)
        lists = self.lexicon.words
        return not (
            self.is_preposition(j)
            or found
            or form in lists["fillers"]
            or form in lists["negations"]
            or self.ends_phrase(j)
            or form[:1].isdigit()
            or form == "هدفا"
            or form.startswith("ذلك")
        )

    def _opens_content(self, j: int) -> bool:
        return (
            self.form(j) == ":" or self.form(j) in self.lexicon.words["reported"] or self.form(j) in ("..", "...", "…")
        )

    def _list_places(self, j: int, stop: int) -> Iterator[int]:
        """Yield where the speaker may start: behind the verb, and behind each insertion that follows it."""
        inserted = False
        end = min(stop, j + 24, len(self.words))
        while j < end:
            form = self.form(j)
            if form in self.lexicon.words["fillers"] or form in self.lexicon.words["lead_ins"]:
                j += 1
            elif form == "من" and self.form(j + 1) in self.lexicon.words["lead_ins"]:
                j += 2
            elif form == "،" or form in ("-", "–"):
                if inserted:
                    return
                closing = next((k for k in range(j + 1, end) if self.form(k) in ("،", "-", "–")), None)
                if closing is None:
                    return
                inserted, j = True, closing + 1
            elif self.is_boundary(j):
                return
            elif self.is_preposition(j):
                if form in ("علي", "الي", "عن") or (form[:1] == "ب" and form not in self.lexicon.words["prepositions"]):
                    return
                yield from self._list_places_in(j, end)
                j = next((k for k in range(j, end) if self.is_boundary(k)), end)
                if self.form(j) == "،" and not inserted:
                    inserted, j = True, j + 1
                else:
                    return
            else:
                yield j
                return

    def _list_places_in(self, j: int, end: int) -> Iterator[int]:
        """Yield where an office starts after a phrase with a preposition: قال لرويترز مسؤول."""
        for k in range(j + 1, end):
            if self.is_boundary(k) or self.ends_phrase(k):
                return
            before = self.form(k - 1)
            ended = before.startswith(("ال", "لل")) or bool(self.words[k - 1].mentions)
            loose = not self.words[k].mentions and not self.form(k).startswith("و") and not self.is_preposition(k)
            behind = bool(self.words[k - 1].mentions) or not self.is_preposition(k - 1)
            if ended and loose and behind and self.find_kind(k) == "persons":
                yield k

    def _has_object(self, j: int, verb: VerbForm) -> bool:
        """Tell whether a noun or a clause follows the speaker, which the verb then is about."""
        blames = self.lexicon.needs["حمل"] if verb.verb == "حمل" else ()
        end = min(j + 24, len(self.words))
        while j < end:
            form = self.form(j)
            if form in self.lexicon.words["reported"] or form == QUOTATION:
                return True
            if form in ("،", "-", "–"):
                closing = next((k for k in range(j + 1, end) if self.form(k) in ("،", "-", "–")), None)
                if closing is None:
                    return False
                j = closing + 1
            elif form in self.lexicon.words["fillers"]:
                j += 1
            elif form == "في" and j + 1 < end and self.words[j + 1].mentions:
                j = self.skip_name(j + 1, end)
            elif form.startswith("ل") and self.words[j].mentions and "ل" in self.prefix(j):
                j = self.skip_name(j, end)
            elif form in ("في", "خلال", "عبر", "عقب"):
                j = next(
                    (k for k in range(j + 2, min(end, j + 6)) if self.is_boundary(k) or self.words[k].mentions), j + 3
                )
            elif form == ":":
                return True
            elif form.startswith(blames) and blames:
                return False
            else:
                return not (
                    self.is_boundary(j)
                    or self.is_preposition(j)
                    or self.ends_phrase(j)
                    or self.has_and(j)
                    or self.lexicon.find_form(form)[1]
                )
        return False

    def find_before(self, i: int, form: VerbForm, conjunction: str) -> Subject | None:
        """Find the speaker before a verb: in a headline, after أما, لكن or كان."""
        first, topic, reach = i, False, 6
        while first > max(self.start, i - _REACH):
            before = self.form(first - 1)
            if before == "اما":
                topic = True
                break
            if self.is_boundary(first - 1) and before not in ("،", QUOTATION, "."):
                break
            if before in ("لكن", "ولكن", "فيما", "بينما", "كان", "كانت", "وكان", "وكانت") or (
                before == "ان" and self.form(first - 2) in ("غير", "بيد", "الا")
            ):
                break
            first -= 1
        if not topic:
            if conjunction:
                return None
            comma = next((j for j in range(i - 1, first - 1, -1) if self.form(j) == "،"), None)
            if comma is not None:
                first = comma + 1
        elif conjunction != "ف":
            return None
        if self.form(first) in ("قد", "وقد"):
            return None
        if not topic and form.number == "s":
            joined = [j for j in range(first + 1, i) if self.has_and(j)]
            first = joined[-1] if joined else first
            reach = 0 if joined and self.words[first].mentions else reach
        if first >= i or not self.can_speak(first) or self.is_preposition(first):
            return None
        subject = self.read(first, i, joined=form.number != "s")
        if subject is None or (
            form.gender and subject.gender and form.gender != subject.gender and len(subject.voices) == 1
        ):
            return None
        subject.gender = subject.gender or form.gender
        near = topic or i - subject.end <= reach
        return subject if near else None

    def find_first(self, start: int, form: VerbForm) -> Subject | None:
        """Find the subject of a sentence's main verb, whatever the verb, for words of speech that hang on it."""
        for j in (start, start + 1):
            if j > start and (
                self.is_boundary(start) or self.form(start).startswith("ال") or self.is_preposition(start)
            ):
                return None
            if self.can_speak(j) and not self.is_preposition(j):
                subject = self.read(j, len(self.words))
                if subject and not (form.gender and subject.gender and form.gender != subject.gender):
                    return subject
        return None
