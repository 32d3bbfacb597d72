"""Bodies and officials that no list knows."""

import re
import time

import pytest

from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.spans import Sentence


def find(text, gazetteer=None):
    sentences = [Sentence(match.start(), match.end()) for match in re.finditer(r"[^\n]+", text)]
    mentions = find_mentions(text, sentences, gazetteer or Gazetteer.shipped())
    return [(text[mention.start : mention.end], mention.party) for mention in mentions]


NAMES = {
    # in quotation marks after the noun of its kind
    "أعلنت شركة «قرنفل» الأرباح": ["شركة «قرنفل»"],
    'نشر موقع "صدى الوادي" الخبر': ['موقع "صدى الوادي"'],
    'دعا حزب "الزيتونة" إلى حوار': ['حزب "الزيتونة"'],
    'وقالت منظمة "أجيال" ذلك': ['منظمة "أجيال"'],
    'نقلت صحيفة "الميناء" البريطانية الخبر': ['صحيفة "الميناء" البريطانية'],
    # a definite noun with adjectives, and what the body is for
    "رفضت الجامعة الوطنية لأصحاب المخابز القرار": ["الجامعة الوطنية لأصحاب المخابز"],
    "حذرت الجمعية الأردنية لحماية المستهلك أمس": ["الجمعية الأردنية لحماية المستهلك"],
    "فتحت الهيئة العليا المستقلة للأرشيف الباب": ["الهيئة العليا المستقلة للأرشيف"],
    "نظم المركز الجهوي للفنون حفلا": ["المركز الجهوي للفنون"],
    "دعت النقابة العامة للنسيج والملابس إلى إضراب": ["النقابة العامة للنسيج والملابس"],
    "فاز الحزب الاشتراكي الموحد أمس": ["الحزب الاشتراكي الموحد"],
    # an indefinite noun of its kind with a definite one
    "ذكرت هيئة الرقابة العامة للمصالح ذلك": ["هيئة الرقابة العامة للمصالح"],
    "دعت نقابة التعليم الثانوي إلى إضراب": ["نقابة التعليم الثانوي"],
    "طالبت جمعية القضاة الشبان بذلك": ["جمعية القضاة الشبان"],
    # but not
    "تعطلت حركة المرور العامة أمس": [],
    "زار الموقع الرسمي للوزارة كثيرون": [],
    "تشهد السوق حركة واسعة": [],
    "وقعت شركة تونسية عقدا": ["تونسية"],
    "قدمت الكتلة البرلمانية للحركة المشروع": [],
    'عرض فيلم "الزيتونة" أمس': [],
    "تعتمد الإدارة الأميركية الجديدة الخطة": ["الإدارة الأميركية"],
    "أصدرت الوكالة قرارا": [],
}


@pytest.mark.parametrize(("sentence", "expected"), NAMES.items())
def test_a_body_that_no_list_knows_is_found_by_its_kind(sentence, expected):
    assert [surface for surface, _ in find(sentence)] == expected


def test_its_short_forms_mean_it():
    text = (
        'ديون "قرنفل" ترتفع\nقالت الشركة الوطنية لصناعة العطور "قرنفل" إنها بخير\n'
        'وأضافت الشركة أن شركة "قرنفل" ستبقى\nولم يزهر قرنفل الحديقة'
    )
    party = "الشركه الوطنيه لصناعه العطور"
    assert find(text) == [
        ("قرنفل", party),
        ("الشركة الوطنية لصناعة العطور", party),
        ("قرنفل", party),
        ("الشركة", party),
        ('شركة "قرنفل"', party),
    ]


def test_its_id_is_the_same_in_every_article():
    first, second = find("فاز حزب «الزيتونة» أمس"), find("خسر حزب «الزيتونة» اليوم")
    assert first[0][1] == second[0][1] == "حزب الزيتونه"
    assert Gazetteer.shipped().find("حزب الزيتونه").kind == "movement"
    assert Gazetteer.shipped().find("حزب الزيتونه").ar == "حزب الزيتونة"


def test_a_listed_body_stays_itself():
    assert find("أعلنت الهيئة العليا المستقلة للانتخابات النتائج")[0][1] == "isie"
    own = Gazetteer.shipped().extend(
        Gazetteer.parse([{"id": "scents", "kind": "company", "ar": "الشركة الوطنية لصناعة العطور قرنفل"}], "list")
    )
    text = 'قالت الشركة الوطنية لصناعة العطور "قرنفل" ذلك\nوأضافت شركة "قرنفل" أنها بخير'
    assert [party for _, party in find(text, own)] == ["scents", "scents"]


def test_an_official_is_known_by_name_before_and_after_his_office():
    text = "سامي المطيري : القرار نهائي\nوقال وزير الخارجية الكويتي سامي المطيري كلمة\nوغادر سامي المطيري القاعة"
    assert find(text) == [
        ("سامي المطيري", "kuwait"),
        ("وزير الخارجية الكويتي", "kuwait"),
        ("سامي المطيري", "kuwait"),
    ]
    assert find("سامي المطيري : القرار نهائي") == []
    text = "وقال خميس المطيري، وزير الخارجية الكويتي، كلمة\nوشكر خميس المطيري الحضور ورحل المطيري"
    assert find(text) == [
        ("وزير الخارجية الكويتي", "kuwait"),
        ("خميس المطيري", "kuwait"),
        ("المطيري", "kuwait"),
    ]
    text = "وحضر سامي المطيري ووزير الخارجية الكويتي\nورحل المطيري"
    assert find(text) == [("وزير الخارجية الكويتي", "kuwait")]
    assert find("وقال الكاتب المطيري، وزير الخارجية الكويتي، كلمة\nورحل المطيري") == [
        ("وزير الخارجية الكويتي", "kuwait")
    ]
    text = "وقال وزير الخارجية الكويتي سامي المطيري كلمة\nوغنى خالد المطيري"
    assert find(text) == [("وزير الخارجية الكويتي", "kuwait")]


def test_time_is_linear():
    line = 'قالت الشركة الوطنية لصناعة العطور "قرنفل" إن حزب "الزيتونة" فاز للهيئة العليا المستقلة المستقلة\n'

    def measure(times):
        start = time.process_time()
        find(line * times)
        return time.process_time() - start

    short, long = (min(measure(times) for _ in range(2)) for times in (200, 800))
    assert long < 12 * short + 1


@pytest.mark.parametrize("piece", ["بي.", "مصر و", "باسكوا القابضة "])
def test_time_is_linear_where_a_name_never_ends(piece):
    def measure(times):
        start = time.process_time()
        find("قال " + piece * times)
        return time.process_time() - start

    short, long = (min(measure(times) for _ in range(2)) for times in (1500, 12_000))
    assert long < 16 * short + 1
