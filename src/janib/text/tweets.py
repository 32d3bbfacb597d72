"""Cleaning of links, mentions, hashtags, emoji and invisible characters in social media texts.

Every function accepts any text and is idempotent. A space takes the place of what is removed between words.
"""

from __future__ import annotations

import html
import re

from janib.text.letters import MARKS

# A pattern that begins with one character class is searched many times faster than one that begins with alternatives.
# So the patterns of emoji and links begin with all possible first characters; each alternative looks back at its own.

# Whole blocks are taken: new emoji are added to them, and removing a dingbat does no harm.
_PICTOGRAPHS = (
    "\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe"
    "\u2600-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001f1e5\U0001f200-\U0001faff"
)
_CHANGES = "[\ufe0f\U0001f3fb-\U0001f3ff]*[\U000e0020-\U000e007f]*"
_FLAGS = "\U0001f1e6-\U0001f1ff"
_EMOJI = re.compile(
    f"[{_FLAGS}{_PICTOGRAPHS}0-9#*]"
    f"(?:(?<=[{_FLAGS}])[{_FLAGS}]"
    f"|(?<=[{_PICTOGRAPHS}]){_CHANGES}(?:\u200d[{_PICTOGRAPHS}]{_CHANGES})*"
    "|(?<=[0-9#*])\ufe0f?\u20e3)"
)
_UNSEEN = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
)
_INVISIBLE = re.compile(f"({_EMOJI.pattern})|[{_UNSEEN}]+")
# All matches of these two lie within such a run, except the 0-9#* of a keycap.
_PECULIAR = re.compile(f"[{_UNSEEN}\u20e3\u2194-\u3299\U0001f000-\U0001faff\U000e0020-\U000e007f]+")

# Arabic letters belong to a link only where a word of a path may begin; elsewhere they are the text after it.
_REST = r"(?:[!#-;=?-~]|(?<=[/=_(-])[\u0600-\u06ff]+)"
_URL = re.compile(
    rf"""[A-Za-z0-9._%+-](?i:
    (?: (?<=h)ttps?://
    | (?<![a-z0-9._%+-]{{2}})[a-z0-9._%+-]*@[a-z0-9-]+\.[a-z0-9-]
    | (?<=w)(?<![a-z0-9@._-]w)ww\.
    | (?<=[a-z0-9-])(?<![a-z0-9@._-][a-z0-9-])[a-z0-9-]*\.(?:[a-z0-9-]+\.)*
      (?:[a-z]{{2,}}/{_REST}|(?:com|net|org|edu|gov|info)(?:\.[a-z]{{2}})?(?:(?![a-z0-9_-])|(?=https?://))))
    {_REST}*)""",
    re.ASCII | re.VERBOSE,
)
_MENTION = re.compile(r"@(?<![A-Za-z0-9_.]@)[A-Za-z0-9_]+(?:@[A-Za-z0-9_]+)*")
_HASHTAG = re.compile(rf"[#＃]+([\w{MARKS}\u200c]+)")
_RETWEET = re.compile(r"^\s*+(?:RT(?![a-z0-9_])\s*+(?:@[a-z0-9_]++)?\s*+:?\s*+)+", re.IGNORECASE)
_PUNCTUATION = re.compile(rf"[^\w\s{MARKS}\u0300-\u036f]|_")


def unescape_html(text: str) -> str:
    """Replace HTML entities by their characters, also if they were escaped several times."""
    while (plain := html.unescape(text)) != text:
        text = plain
    return text


def strip_urls(text: str) -> str:
    """Remove links, bare domains of the usual kinds and e-mail addresses."""
    return _URL.sub(" ", text)


def mask_urls(text: str) -> str:
    """Write every link and e-mail address as ``<url>``; a text grows to at most twice its length."""
    return _URL.sub(" <url> ", text) if "." in text or "://" in text else text


def strip_mentions(text: str) -> str:
    """Remove ``@name``; handles are ASCII, so Arabic letters that follow one stay."""
    return _MENTION.sub(" ", text)


def mask_mentions(text: str) -> str:
    """Write every ``@name`` as ``<user>``; a text grows to at most four times its length."""
    return _MENTION.sub(" <user> ", text) if "@" in text else text


def split_hashtags(text: str) -> str:
    """Write ``#some_words`` as ``some words``."""
    return _HASHTAG.sub(lambda match: " " + match[1].replace("_", " "), text)


def strip_retweet(text: str) -> str:
    """Remove the ``RT @name:`` at the beginning of a retweet."""
    return _RETWEET.sub("", text)


def space_emoji(text: str) -> str:
    """Put spaces around every emoji, keep joined sequences and flags whole, and squeeze spaces.

    A text grows to at most three times its length.
    """
    return squeeze_spaces(_EMOJI.sub(r" \g<0> ", text))


def strip_emoji(text: str) -> str:
    """Remove emoji, dingbats and pictographs."""
    return _EMOJI.sub(" ", text)


def strip_invisibles(text: str) -> str:
    """Remove bidi marks, zero-width characters, soft hyphens, variation selectors and control characters.

    The joiners inside an emoji sequence and white space stay.
    """
    return _PECULIAR.sub(_strip_unseen, text)


def _strip_unseen(run: re.Match[str]) -> str:
    return _INVISIBLE.sub(lambda match: (match[1] or "").replace("\ufe0f", ""), run[0])


def strip_punctuation(text: str) -> str:
    """Replace punctuation, symbols and emoji by spaces; letters keep their marks."""
    return _PUNCTUATION.sub(" ", text)


def lower_case(text: str) -> str:
    """Write in small letters; a text grows to at most twice its length (``İ`` becomes two characters)."""
    return text.lower()


def squeeze_spaces(text: str) -> str:
    """Write every run of white space as one space, none at the ends."""
    return " ".join(text.split())
