"""Dates as papers write them, and the date that a text tells of itself."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janib.articles.dates import check_date_form, find_date, parse_date
from janib.errors import ConfigError, DataError

BODY = """أعلنت بلدية الوادي أن الجسر جاهز.
وأضافت أن العمل بدأ في 3 ماي 2009 وتوقف مرتين بسبب الفيضان.
وقال سكان القرية إنهم ينتظرون الافتتاح منذ زمن.
وانتهى اللقاء بكلمة للعمدة."""

TOLD = {
    # datelines
    "تونس 12 مارس 2016 (وكالة) - افتتح الجسر اليوم": "2016-03-12",
    "صفاقس ١٢ فيفري ٢٠١٦ (وكالة الوادي): افتتح الجسر": "2016-02-12",
    "الجزائر, 4 جويلية 2016 (وكالة)- افتتح الجسر": "2016-07-04",
    "القاهرة في 12 أغسطس 2016 /وكالة/ افتتح الجسر": "2016-08-12",
    "رام الله - 12-3-2016 - الوادي - افتتح الجسر": "2016-03-12",
    "الرياض 12 جمادى الآخرة 1437 هـ الموافق 21 مارس 2016 م وكالة": "2016-03-21",
    # a line of its own
    "السبت 12 مارس 2016": "2016-03-12",
    "السبت 12 مارس 2016 - 10:15 صباحا": "2016-03-12",
    "بيروت، 12 آذار (مارس) 2016": "2016-03-12",
    "عمان، 3 كانون الثاني/يناير 2015": "2015-01-03",
    "الرباط، 9 غشت 2015": "2015-08-09",
    "مارس 12, 2016": "2016-03-12",
    "12/6/1437هـ - 21/3/2016م": "2016-03-21",
    "صحيفة الوادي - 2016/03/12": "2016-03-12",
    "كتب سامي الوادي - 12/03/2016": "2016-03-12",
    # words of publication
    "نشر في 12/03/2016": "2016-03-12",
    "نُشِـر يوم السبت ١٢ نيسان ٢٠١٤ الساعة 14:30": "2014-04-12",
    "تاريخ النشر: 13.03.2016 | 10:15": "2016-03-13",
    "آخر تحديث: الأحد 13 تشرين الثاني 2016": "2016-11-13",
    "\u200fﻧﺸﺮ في \u202b١٢\u200f/\u200f٠٣\u200f/\u200f٢٠١٦\u202c": "2016-03-12",
}
UNTOLD = [
    "الرياض 3 رجب 1437 هـ",
    "نشر في 12/03/1437",
    "12 صفر 1437 (وكالة) - افتتح الجسر",
    "نشر في 12/03/16",
    "نشر في 31/02/2016",
    "نشر في 03/13/2016",
    "12.3.2016.5",
    "12 آذار/أبريل 2016",
    "12 مارس 2016 يوم أسود في الوادي",
    "وقعت الحرب في 12 مارس 2016 - يوم الجمعة",
    "قررت المحكمة في 12 مارس 2016 (الجمعة) ذلك",
    "كتاب نشر في 12 مارس 2016",
    "أرشيف - 25 يناير 2011",
    "ذكرى 25 يناير 2011 - الساحة فارغة",
]
HEADLINES = {
    "تونس 12 مارس 2016 (وكالة) - افتتح الجسر": "2016-03-12",
    "12/03/2016": "2016-03-12",
    "هجمات 11 سبتمبر 2001 - كتاب جديد": "",
    "ثورة 25 يناير 2011 (صور)": "",
    "القرية 25 يناير 2011 (فيديو)": "",
    "25 يناير 2011: يوم لا ينسى": "",
    "دراسة نشرت في 12 مارس 2016": "",
}


@pytest.mark.parametrize(("line", "expected"), [*TOLD.items(), *((line, "") for line in UNTOLD)])
def test_a_line_below_the_headline_or_at_the_end_tells_the_date(line, expected):
    assert find_date(f"الوادي يفتتح جسرا\n\n{line}\n{BODY}") == expected
    assert find_date(f"الوادي يفتتح جسرا\n{BODY}\n{line}\n") == expected


@pytest.mark.parametrize(("line", "expected"), HEADLINES.items())
def test_a_headline_tells_the_date_only_as_a_dateline(line, expected):
    assert find_date(f"{line}\n{BODY}") == expected


def test_the_first_date_wins_and_the_middle_of_a_text_tells_none():
    assert find_date(f"عنوان\nنشر في 12/03/2016\n{BODY}\nآخر تحديث 15/03/2016") == "2016-03-12"
    assert find_date(f"عنوان\n{BODY}\nنشر في 12/03/2016\n{BODY}") == ""
    assert find_date("") == ""


@pytest.mark.parametrize(
    ("written", "form", "expected"),
    [
        ("2016-03-12", None, "2016-03-12"),
        (" ٢٠١٦-٠٣-١٢T10:00:00Z", None, "2016-03-12"),
        ("12 مارس 2016", None, "2016-03-12"),
        ("السبت 12 آذار/مارس 2016م", None, "2016-03-12"),
        ("12/03/2016", "%d/%m/%Y", "2016-03-12"),
        ("03/12/2016", "%m/%d/%Y", "2016-03-12"),
        ("\u200f١٢/٠٣/١٦", "%d/%m/%y", "2016-03-12"),
    ],
)
def test_a_date_is_parsed(written, form, expected):
    assert parse_date(written, form) == expected


@pytest.mark.parametrize("written", ["12/03/2016", "2016-13-01", "2016", "أمس", "12 صفر 1437", "12 مارس 2016 وما بعده"])
def test_what_is_no_date_is_said(written):
    with pytest.raises(DataError, match=r"is not read as a date; write it as 2016-03-01$"):
        parse_date(written)
    with pytest.raises(DataError, match=r"is no date of the form '%Y\.%m\.%d'; correct the date or the form"):
        parse_date(written, "%Y.%m.%d")
    with pytest.raises(DataError, match="is no date of the form '%d/%d/%Y'; correct the date or the form"):
        parse_date(written, "%d/%d/%Y")


@pytest.mark.parametrize("form", ["%Q", "%Y", "%d/%m", "%d/%d/%Y", "%d/%m/%Y %m", "%", "(", "x", ""])
def test_a_form_tells_a_whole_date(form):
    with pytest.raises(ConfigError, match=r"does not tell day, month and year, each once; write a form like %d/%m/%Y"):
        check_date_form(form)
    check_date_form("%d.%m.%Y")


PIECES = st.sampled_from(["12", "٣", "2016", "1437", "مارس", "كانون", "الثاني", "نشر", "في", "تونس", *"/-.(،\n\u200f"])


@given(st.lists(PIECES | st.text(max_size=4), max_size=30).map(" ".join) | st.text())
def test_any_text_has_a_date_or_none(text):
    assert find_date(text) == "" or parse_date(find_date(text))


ALONE = {
    "7 مارس 2024": "2024-03-07",
    "٧ آذار ٢٠٢٤": "2024-03-07",
    "الخميس، ٧ آذار/مارس ٢٠٢٤ م": "2024-03-07",
    "الخميس 7 مــارس 2024 - 10:30 صباحا": "2024-03-07",
    "\u200f7 مارس 2024، 22:05\u200f": "2024-03-07",
    "مارس 7, 2024": "2024-03-07",
    "2024-03-07": "2024-03-07",
    "٢٠٢٤-٠٣-٠٧": "2024-03-07",
    "2024-03-07 00:00:00": "2024-03-07",
    "2024-03-07T22:15:00+03:00": "2024-03-07",
    "2024/3/7": "2024-03-07",
    "2024.03.07 10:00": "2024-03-07",
    "7 March 2024": "2024-03-07",
    "Mar. 7, 2024": "2024-03-07",
    "March 7th, 2024 10:30 am": "2024-03-07",
    "07-Mar-2024": "2024-03-07",
    "Thu, 07 Mar 2024 10:00:00 GMT": "2024-03-07",
    "Sept 1, 2024": "2024-09-01",
}
NONE = [
    "05/02/2024",
    "5-2-2024",
    "1445-08-26",
    "1445/8/26",
    "26 شعبان 1445",
    "مارس 2024",
    "2024",
    "2024-02-30",
    "2024/13/01",
    "2024-03/07",
    "7 Marsch 2024",
    "أمس",
    "غير معروف",
    "nan",
    "7 مارس 24",
]


@pytest.mark.parametrize(("written", "expected"), ALONE.items())
def test_dates_as_people_have_them(written, expected):
    assert parse_date(written) == expected


@pytest.mark.parametrize("written", NONE)
def test_what_is_no_date_or_could_be_two_is_refused(written):
    with pytest.raises(DataError, match=r"is not read as a date; write it as 2016-03-01$"):
        parse_date(written)


def test_numbers_of_excel_need_their_form():
    with pytest.raises(
        DataError, match=r"'45358' .* looks like Excel's number of a day: --date-format excel reads it$"
    ):
        parse_date("45358")
    check_date_form("excel")
    assert [parse_date(written, "excel") for written in ("45358", "٤٥٣٥٨", "45358.75")] == ["2024-03-07"] * 3
    for written in ("07/03/2024", "453", "45358.x", "-45358"):
        with pytest.raises(DataError, match="is no date of the form 'excel'"):
            parse_date(written, "excel")


def test_a_column_may_mix_its_form_with_dates_that_mean_one_day():
    for written in ("07/03/2024", "٧ آذار ٢٠٢٤", "2024-03-07", "7 March 2024"):
        assert parse_date(written, "%d/%m/%Y") == "2024-03-07"
    for written in ("2024-03-07", "03/13/2024"):  # the form is wrong, or the month is
        with pytest.raises(DataError, match="is no date of the form"):
            parse_date(written, "%Y/%d/%m" if written[4] == "-" else "%d/%m/%Y")


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)))
def test_every_way_to_write_a_date_says_the_same(day):
    months = [
        "يناير",
        "شباط",
        "مارس",
        "نيسان",
        "ماي",
        "حزيران",
        "يوليو",
        "آب",
        "شتنبر",
        "تشرين الأول",
        "نونبر",
        "ديسمبر",
    ]
    english = day.strftime("%B")
    for written in (
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.day} {months[day.month - 1]} {day.year}",
        f"{day.day} {english} {day.year}",
        f"{english[:3]} {day.day}, {day.year}",
    ):
        assert parse_date(written) == day.isoformat()
    assert parse_date(day.strftime("%d/%m/%Y"), "%d/%m/%Y") == day.isoformat()
