"""The analysis of an article: who positions whom, and how."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Literal

from janib.articles.dates import find_date, parse_date
from janib.articles.positions import Judge, Position, Statement, load_judge
from janib.articles.spans import REPORT, Mention, Speaker
from janib.errors import DataError, need_extra
from janib.inference.workers import limit_threads
from janib.schema import REPORT_NAME
from janib.text.spelling import fold, split_words

if TYPE_CHECKING:
    import pandas

    from janib.articles.parties.gazetteer import Gazetteer

DateSource = Literal["column", "page", "given", "text"]
"""Where a date comes from: a table, a web page, the user, or the article's own words."""

ARTICLES = 8
"""Number of articles whose statements a model is given at once."""


@dataclass(frozen=True, slots=True)
class Article:
    """A text and its source.

    Attributes
    ----------
    text
        The text, untouched; all offsets count its code points.
    name
        The file's name, or the row's id.
    outlet, date
        The publisher and the date (ISO), if known.
    date_from
        Where the date comes from; it says nothing without a date.
    """

    text: str
    name: str = ""
    outlet: str = ""
    date: str = ""
    date_from: DateSource = "given"


@dataclass(frozen=True, slots=True)
class Analysis:
    """The statements, mentions and positions of an article.

    Attributes
    ----------
    article
        The article itself, with the date that was used.
    statements
        Its sentences with their speakers, also those that name no party, and links, credits and the like, which have
        neither speaker nor position.
    mentions
        Every place that names a party.
    positions
        Who positions which party, and how.
    names
        An Arabic name of each party and speaker, by id.
    measured
        How good the model's shown sides were on sealed real articles, from the text alone: ``articles``, ``precision``
        and ``recall``; None if it was not measured.
    """

    article: Article
    statements: tuple[Statement, ...]
    mentions: tuple[Mention, ...]
    positions: tuple[Position, ...]
    names: Mapping[str, str]
    measured: Mapping[str, float] | None = None

    @property
    def text(self) -> str:
        """The article's text."""
        return self.article.text

    @property
    def title(self) -> str:
        """The first statement, or the article's name if there is none."""
        first = self.statements[0] if self.statements else None
        return self.text[first.start : first.end] if first else self.article.name

    def __repr__(self) -> str:
        """Return a line of what was read and found; an article's fields fill screens."""
        found = f"{len(self.statements)} sentences, {len(self.positions)} positions"
        return f"<Analysis of {shorten(self.title, 60, placeholder=' …')!r}: {found}>"

    def _repr_html_(self) -> str:
        """Return the marked sentences and the table of positions, for a notebook."""
        from janib.articles.report.page import render_cell

        return render_cell(self)

    def to_html(self, lang: Literal["ar", "en"] = "ar") -> str:
        """Return the report, a whole page without script, in Arabic or English."""
        from janib.articles.report.page import render_report

        return render_report([self], lang)

    def to_frame(self) -> pandas.DataFrame:
        """Return the positions as a table, with a row for each speaker and party, and the columns of ``positions.csv``.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.
        """
        from janib.articles.report.flat import POSITION_COLUMNS, list_position_rows
        from janib.articles.report.stored import read_position

        with need_extra("a table of pandas", "experiments"):
            import pandas
        return pandas.DataFrame(list_position_rows(map(read_position, self.list_positions())), columns=POSITION_COLUMNS)

    def save(self, folder: str | Path, also: Collection[str] = ()) -> None:
        """Write the report and the tables, as ``janib analyse --output`` does.

        Parameters
        ----------
        folder
            A new folder, or that of an older analysis, which is replaced.
        also
            Further files: ``excel``, ``graphml``, ``gexf``, ``edges``.

        Raises
        ------
        DataError
            If the folder is a file, or holds files of another kind.
        """
        from janib.articles.report.exports import check_exports
        from janib.articles.report.files import write_analyses

        check_exports(also)
        write_analyses([self], Path(folder), also)

    def list_positions(self) -> list[dict[str, Any]]:
        """Return the positions as JSON-ready rows of ``positions.jsonl``, with explanations if there are any.

        Each of a row's ``speakers`` has the ``name`` and ``office`` of a person, empty where the text tells none, the
        Arabic name of the ``party`` spoken for and its ``party_id``, and ``surface`` and ``how``, as
        :class:`janib.articles.spans.Speaker` explains them.
        """
        return [
            self._describe(one.statement, one)
            | {
                "party": self.names[one.party],
                "party_id": one.party,
                "mention_start": one.mention_start,
                "mention_end": one.mention_end,
                "ambiguous": one.is_ambiguous,
                "stance": one.stance,
                "stance_p": _round(one.stance_p),
                "sentiment": one.sentiment,
                "sentiment_p": _round(one.sentiment_p),
                **({"explanation": asdict(one.explanation)} if one.explanation else {}),
            }
            for one in self.positions
        ]

    def list_statements(self) -> list[dict[str, Any]]:
        """Return the statements as JSON-ready rows of ``statements.jsonl``, with speakers as the positions have."""
        return [
            self._describe(number, one) | {"boilerplate": one.is_boilerplate}
            for number, one in enumerate(self.statements)
        ]

    def _describe(self, number: int, one: Statement | Position) -> dict[str, Any]:
        return {
            "article": self.article.name,
            "outlet": self.article.outlet or None,
            "date": self.article.date or None,
            "date_from": self.article.date_from if self.article.date else None,
            "statement": number,
            "text": self.text[one.start : one.end],
            "start": one.start,
            "end": one.end,
            "speakers": [
                {
                    "name": said.name,
                    "office": said.office,
                    "party": self.names[said.party],
                    "party_id": said.party,
                    "surface": said.surface,
                    "how": said.how,
                }
                for said in one.speakers
            ],
        }

    def introduce(self, speaker: Speaker) -> str:
        """Return a speaker's name, office and party, as far as known: ``ماجد الحداد، سفير بيرو (البيرو)``."""
        party = self.names[speaker.party]
        person = "، ".join(filter(None, (speaker.name, speaker.office)))
        if not person or _join_words(party) in _join_words(person):
            return person or party
        return f"{person} ({party})"


class Analyser:
    """A reader of articles that keeps its models and its list of parties, so that they are loaded once.

    Parameters
    ----------
    model, sentiment_model
        Model folders or MLflow addresses; by default what ships with the package. A judge, from
        :func:`janib.articles.positions.load_judge`, serves in place of all but ``parties``.
    parties
        A list of parties of your own, a file or its entries, which precedes the shipped gazetteer.
    threshold
        A side or tone with a smaller probability is withheld, "undecided"; None is the model's own threshold.
    explain
        Explain each position's stance by its words; this takes many times as long.

    Raises
    ------
    ConfigError
        If the threshold is not between 0 and 1.
    DataError
        If the list of parties cannot be used.
    ModelError
        If a model cannot be used.

    Examples
    --------
    >>> import janib
    >>> analyser = janib.Analyser()
    >>> [one.stance for one in analyser.analyse("رحبت مصر بقرار قطر").positions]
    ['favor']
    """

    def __init__(
        self,
        model: str | Path | Judge | None = None,
        parties: str | Path | Sequence[Mapping[str, Any]] | None = None,
        *,
        sentiment_model: str | Path | None = None,
        threshold: float | None = None,
        explain: bool = False,
    ) -> None:
        from janib.articles.parties.gazetteer import Gazetteer

        if not isinstance(model, Judge):
            model = load_judge(model, sentiment_model, threshold, explain=explain)
        self.judge = model
        self.gazetteer = Gazetteer.load(parties)
        self._parties = parties

    def describe(self) -> dict[str, Any]:
        """Return what an analysis depends on beside the article, JSON-ready, by names that the user knows."""
        parties = repr(list(self.gazetteer.parties.values())).encode("utf-8", "backslashreplace")
        return {
            "model": self.judge.stance.version,
            "sentiment model": self.judge.sentiment.version,
            "threshold": self.judge.threshold,
            "explanations": self.judge.explain,
            "list of parties": sha256(parties).hexdigest()[:12],
        }

    def make_loader(self) -> Callable[[int], Callable[[Sequence[Article]], list[Analysis | str]]]:
        """Return what loads this analyser in another process, for so many threads, and gives its ``analyse_each``."""
        judge = self.judge
        folders = judge.stance.folder, None if judge.sentiment is judge.stance else judge.sentiment.folder
        return partial(_load_analyser, *folders, self._parties, judge.threshold, judge.explain)

    def analyse(self, article: str | Article, *, outlet: str = "", date: str = "") -> Analysis:
        """Find who positions whom in an article; its statements, speakers and parties too.

        Parameters
        ----------
        article
            A text, whose first line is the headline, or an article with its source.
        outlet
            Who published the text: what it leaves without a state (``بلادنا``, ``الوزارة``) is of the outlet's country.
        date
            The text's date, ``2016-03-01``, by which an office finds its holder; by default the one that the text
            tells, by :func:`janib.articles.dates.find_date`.

        Raises
        ------
        DataError
            If the date is none, or the model refuses a statement.
        """
        if isinstance(article, str):
            article = Article(article, outlet=outlet, date=parse_date(date) if date else "")
        (found,) = self.analyse_each([article])
        if isinstance(found, str):
            raise DataError(found)
        return found

    def stream(self, articles: Iterable[str | Article]) -> Iterator[Analysis]:
        """Analyse an endless iterator of articles in order, :data:`ARTICLES` at a time.

        Raises
        ------
        DataError
            If the model refuses a statement.
        """
        remaining = iter(articles)
        while some := list(islice(remaining, ARTICLES)):
            for found in self.analyse_each([Article(one) if isinstance(one, str) else one for one in some]):
                if isinstance(found, str):
                    raise DataError(found)
                yield found

    def analyse_each(self, articles: Sequence[Article]) -> list[Analysis | str]:
        """Return each article's analysis, or what is wrong with it; the model reads them together, which is quicker."""
        read = [self._read(article) for article in articles]
        positions = self.judge.position_each([(one.text, one.statements, one.mentions) for one in read])
        return [
            found if isinstance(found, str) else replace(one, positions=tuple(found))
            for one, found in zip(read, positions, strict=True)
        ]

    def _read(self, article: Article) -> Analysis:
        """Return an article's analysis without its positions; every text is accepted."""
        from janib.articles.boilerplate import is_boilerplate
        from janib.articles.parties.mentions import find_mentions
        from janib.articles.sentences import split_sentences
        from janib.articles.speakers.turns import find_speakers

        text = article.text
        if not article.date and (date := find_date(text)):
            article = replace(article, date=date, date_from="text")
        sentences = split_sentences(text)
        told = [one for one in sentences if one is sentences[0] or not is_boilerplate(text, one)]  # not the headline
        mentions = find_mentions(text, told, self.gazetteer, article.date, article.outlet)
        voices = dict(
            zip(told, find_speakers(text, told, mentions, self.gazetteer.led, self.gazetteer.leaders), strict=True)
        )
        statements = [
            Statement(
                one.start,
                one.end,
                tuple(_name_leader(said, self.gazetteer) for said in voices.get(one, ())),
                one not in voices,
            )
            for one in sentences
        ]
        names = _name_parties(statements, mentions, self.gazetteer)
        return Analysis(article, tuple(statements), tuple(mentions), (), names, self.judge.measured)


def _load_analyser(
    stance: Path | None,
    sentiment: Path | None,
    parties: str | Path | Sequence[Mapping[str, Any]] | None,
    threshold: float,
    explain: bool,
    threads: int,
) -> Callable[[Sequence[Article]], list[Analysis | str]]:
    judge = load_judge(stance, sentiment, threshold, explain=explain)
    for classifier in (judge.stance, judge.sentiment):
        limit_threads(classifier, threads)
    return Analyser(judge, parties).analyse_each


def _join_words(text: str) -> str:
    """Return a text's folded words between spaces, so that one text is in another only with whole words."""
    return f" {' '.join(word.folded for word in split_words(text))} "


def _name_leader(speaker: Speaker, gazetteer: Gazetteer) -> Speaker:
    """Return a speaker with the name that the gazetteer has of a leader whom the text names by office alone."""
    party = None if speaker.name else gazetteer.parties.get(speaker.party)
    return replace(speaker, name=party.ar) if party and party.kind == "leader" else speaker


def _name_parties(statements: list[Statement], mentions: list[Mention], gazetteer: Gazetteer) -> dict[str, str]:
    """Return an Arabic name of every party and speaker; those not in the gazetteer have their own words as name."""
    speakers = (speaker for one in statements for speaker in one.speakers)
    names = {one.party: one.name if one.party == fold(one.name) else one.surface for one in speakers}
    names |= {mention.party: mention.party for mention in mentions}
    for party in names:
        with suppress(KeyError):
            names[party] = gazetteer.find(party).ar
    return names | {REPORT: REPORT_NAME}


def analyse(
    text: str,
    *,
    outlet: str = "",
    date: str = "",
    model: str | Path | None = None,
    sentiment_model: str | Path | None = None,
    parties: str | Path | Sequence[Mapping[str, Any]] | None = None,
    threshold: float | None = None,
    explain: bool = False,
) -> Analysis:
    """Find who positions whom in an article.

    The model that ships is loaded once; other models and a list of parties at each call, so keep an :class:`Analyser`
    for more than one article.

    Parameters
    ----------
    text, outlet, date
        As :meth:`Analyser.analyse` takes them.
    model, sentiment_model, parties, threshold, explain
        As :class:`Analyser` takes them.

    Returns
    -------
    Analysis
        Statements, mentions and positions with offsets into ``text``.

    Raises
    ------
    DataError
        If the date is none, or the list of parties cannot be used.
    ModelError
        If a model cannot be used.
    """
    analyser = Analyser(model, parties, sentiment_model=sentiment_model, threshold=threshold, explain=explain)
    return analyser.analyse(text, outlet=outlet, date=date)


def _round(shares: Mapping[str, float]) -> dict[str, float]:
    return {label: round(share, 4) for label, share in shares.items()}
