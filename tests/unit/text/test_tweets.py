import pytest

from janib.text import tweets

FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("شاهد https://t.co/AbC12xy وشكرا", "شاهد <url> وشكرا"),
        ("شاهدhttps://t.co/AbC12xyوشكرا", "شاهد <url> وشكرا"),
        ("http://a.b/c?d=1&e=2#f، نعم", "<url> ، نعم"),
        ("https://ar.wikipedia.org/wiki/القاهرة_الكبرى مدينة", "<url> مدينة"),
        ("زوروا www.example.com/x اليوم", "زوروا <url> اليوم"),
        ("pic.twitter.com/abc والموقع example.com.eg", "<url> والموقع <url>"),
        ("راسلنا: someone.else@mail.example.org الآن", "راسلنا: <url> الآن"),
        ("HTTPS://T.CO/X", "<url>"),
        ("node.js و e.g. و 3.5/2 و U.S.A", "node.js و e.g. و 3.5/2 و U.S.A"),
    ],
)
def test_urls(text: str, expected: str) -> None:
    assert tweets.squeeze_spaces(tweets.mask_urls(text)) == expected
    assert tweets.squeeze_spaces(tweets.strip_urls(text)) == " ".join(expected.replace("<url>", " ").split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@user_1 مرحبا", "<user> مرحبا"),
        ("مرحبا@userبك", "مرحبا <user> بك"),
        ("@a@b كيف", "<user> كيف"),
        ("me@example.com", "me@example.com"),
        ("@ وحدها", "@ وحدها"),
    ],
)
def test_mentions(text: str, expected: str) -> None:
    assert tweets.squeeze_spaces(tweets.mask_mentions(text)) == expected
    assert tweets.squeeze_spaces(tweets.strip_mentions(text)) == " ".join(expected.replace("<user>", " ").split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("#لا_للحرب_2024 نعم_هكذا", " لا للحرب 2024 نعم_هكذا"),
        ("قلنا#كُلُّنا_معًا", "قلنا كُلُّنا معًا"),
        ("##وسم#آخر", " وسم آخر"),
        ("# وحدها", "# وحدها"),
    ],
)
def test_split_hashtags(text: str, expected: str) -> None:
    assert tweets.split_hashtags(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RT @user: نص", "نص"),
        (" RT @a: RT @b: نص RT", "نص RT"),
        ("rt نص", "نص"),
        ("RTA خبر", "RTA خبر"),
    ],
)
def test_strip_retweet(text: str, expected: str) -> None:
    assert tweets.strip_retweet(text) == expected


@pytest.mark.parametrize(
    ("text", "spaced", "stripped"),
    [
        (f"عائلة{FAMILY}سعيدة", f"عائلة {FAMILY} سعيدة", "عائلة سعيدة"),
        ("👍🏽👍🏽 تمام", "👍🏽 👍🏽 تمام", "تمام"),
        ("مصر🇪🇬🇱🇧", "مصر 🇪🇬 🇱🇧", "مصر"),
        ("حب❤️حب", "حب ❤️ حب", "حب حب"),
        ("1️⃣ أولا 1", "1️⃣ أولا 1", "أولا 1"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007fفوز", None, "فوز"),
        ("© 2024 ™", "© 2024 ™", "© 2024 ™"),
    ],
)
def test_emoji(text: str, spaced: str | None, stripped: str) -> None:
    if spaced is not None:
        assert tweets.space_emoji(text) == spaced
    assert tweets.squeeze_spaces(tweets.strip_emoji(text)) == stripped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\u202bمرحبا\u202c \u200fيا\u200e \u2067ناس\u2069\ufeff", "مرحبا يا ناس"),
        ("مي\u200cخواهم كلم\u200dة بل\u00adاد", "ميخواهم كلمة بلاد"),
        (f"{FAMILY} ❤️\u200d🔥 ❤️", f"{FAMILY} ❤\u200d🔥 ❤"),
        ("سطر\nثان\tوثالث\x00\x07", "سطر\nثان\tوثالث"),
    ],
)
def test_strip_invisibles(text: str, expected: str) -> None:
    assert tweets.strip_invisibles(text) == expected


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        (tweets.unescape_html, "قال &amp;quot;نعم&amp;quot; &lt;3 &#39;", 'قال "نعم" <3 \''),
        (tweets.strip_punctuation, "نعم، «لا»؛ كُلٌّ_شيء؟ 3.5😀", "نعم   لا   كُلٌّ شيء  3 5 "),
        (tweets.lower_case, "نص Hello ÉTÉ", "نص hello été"),
        (tweets.squeeze_spaces, " نص\u00a0\n\t آخر ", "نص آخر"),
    ],
)
def test_other_steps(step: object, text: str, expected: str) -> None:
    assert step(text) == expected


@pytest.mark.parametrize("name", ["strip_urls", "strip_mentions", "split_hashtags", "strip_retweet", "space_emoji"])
@pytest.mark.parametrize("junk", ["a", "a.", "a@", "@", "RT ", "  ", "http", "http://", "#_", "😀\u200d", "٠_"])
def test_steps_are_linear(name: str, junk: str) -> None:
    # A quadratic pattern would take minutes over this.
    assert getattr(tweets, name)(junk * 100_000) is not None
    assert getattr(tweets, name)("RT" + junk * 100_000) is not None
