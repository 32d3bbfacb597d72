"""The page ``report.html``: one or more analyses to read, without a network."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from janib.articles.analysis import Analysis
from janib.articles.report.article import ArticlePage
from janib.articles.report.corpus import CorpusPage
from janib.articles.report.matrix import MIXED, SURE, UNDECIDED, is_sure
from janib.articles.report.reasons import OPPOSES, SUPPORTS
from janib.articles.report.wording import SHOWN_STANCES, Language, Wording, load_wording
from janib.articles.spans import REPORT
from janib.labels import STANCE_LABELS, Stance

_STYLE, _SCRIPT = "report.css", "corpus.js"
_ARTICLE, _CORPUS, _CELL = "article.html", "corpus.html", "cell.html"


def render_report(analyses: Sequence[Analysis], lang: Language = "ar", addresses: Sequence[str] = ()) -> str:
    """Return the page: the marked text of one article and its positions, or the positions of many.

    The page of one article runs no script. That of many filters and searches by a script of its own; without scripts
    its tables and texts are read all the same.

    Parameters
    ----------
    analyses
        The articles.
    lang
        Language of the page's own words.
    addresses
        Where each article has a page of its own. Their texts are then left out of the page of many.
    """
    if len(analyses) == 1:
        return render_article(analyses[0], lang)
    wording = load_wording(lang)
    held = [replace(one, mentions=()) for one in analyses]  # read once, for they may come from a file
    return _render(_CORPUS, held, wording, CorpusPage(held, wording, addresses).show(), _read(_SCRIPT))


def render_article(analysis: Analysis, lang: Language = "ar", index: str = "") -> str:
    """Return the page of one article; ``index`` is the address of the page of many, to which it leads back."""
    wording = load_wording(lang)
    return _render(_ARTICLE, [analysis], wording, ArticlePage(analysis, wording).show() | {"index": index})


def render_cell(analysis: Analysis, lang: Language = "ar") -> str:
    """Return a part of a page for a notebook: the marked sentences and the table, without script or link."""
    wording = load_wording(lang)
    return _open_environment().get_template(_CELL).render(ArticlePage(analysis, wording).show(), say=wording)


def _render(
    template: str, analyses: Sequence[Analysis], wording: Wording, values: Mapping[str, object], script: str = ""
) -> str:
    environment = _open_environment()
    style = environment.get_template(_STYLE).render() + "\n"
    rules = {"style-src": style, "script-src": script}
    allowed = "; ".join(f"{rule} '{_hash(text)}'" for rule, text in rules.items() if text)
    return environment.get_template(template).render(
        values,
        say=wording,
        style=Markup(style),  # no text of a user's is in either
        script=Markup(script),
        policy=f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'",
        counts=_count(analyses, wording),
        measured=analyses[0].measured if analyses else None,
        signs=[(wording.sign(stance), wording.name_label(stance), stance) for stance in reversed(STANCE_LABELS)],
        sure=f"{SURE:.0%}",
    )


@cache
def _open_environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("janib", "data/report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(Stance.__members__, SUPPORTS=SUPPORTS, OPPOSES=OPPOSES, MIXED=MIXED, UNDECIDED=UNDECIDED)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    return environment


def _read(name: str) -> str:
    return (files("janib") / "data" / "report" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _count(analyses: Sequence[Analysis], wording: Wording) -> list[tuple[str, str]]:
    """Return what the head of the page counts, in words, each with a CSS class; it counts what the tables show."""
    positions = [position for analysis in analyses for position in analysis.positions]
    speakers = {speaker.party for one in positions for speaker in one.speakers} - {REPORT}
    totals = {
        "sentences": sum(len(one.statements) for one in analyses),
        "speakers": len(speakers),
        "parties": len({one.party for one in positions}),
        "positions": len(positions),
    }
    stances, sure = Counter(one.stance for one in positions), Counter(one.stance for one in positions if is_sure(one))
    told = [(wording.count(key, number), "") for key, number in totals.items()]
    for stance in SHOWN_STANCES:
        if stances[stance] or stance in (Stance.FAVOR, Stance.AGAINST):
            count = f"{wording.sign(stance)} {wording.name_label(stance)} {stances[stance]:,}"
            is_sided = stance in (Stance.FAVOR, Stance.AGAINST) and stances[stance]
            doubt = f" ({wording.fill('of_which_sure', n=f'{sure[stance]:,}')})" if is_sided else ""
            told.append((count + doubt, stance or UNDECIDED))
    return told
