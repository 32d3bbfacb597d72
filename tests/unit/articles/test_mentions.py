import json
import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janib.articles.lexicon import load_lexicon
from janib.articles.parties.gazetteer import Gazetteer
from janib.articles.parties.mentions import find_mentions
from janib.articles.sentences import split_sentences
from janib.articles.spans import Sentence

DEV = sorted((Path(__file__).parents[3] / "experiments" / "articles" / "dev").glob("*.json"))
OWN = [
    {"id": "sanabel_bank", "kind": "company", "ar": "مصرف السنابل التجاري"},
    {"id": "wadi_brigades", "kind": "armed_group", "ar": "كتائب الوادي"},
    {"id": "samarkand_pottery", "kind": "company", "ar": "شركة فخار الشمال (فاش)"},
    {"id": "najm_air", "kind": "company", "ar": "شركة «نجم» للطيران"},
    {"id": "al_manara_fc", "kind": "club", "ar": "نادي المنارة الرياضي"},
]


def split_lines(text):
    return [Sentence(match.start(), match.end()) for match in re.finditer(r"[^\n]+", text)]


def find(text, gazetteer=None):
    mentions = find_mentions(text, split_lines(text), gazetteer or Gazetteer.shipped())
    return [(text[mention.start : mention.end], mention.party) for mention in mentions]


@pytest.fixture(scope="module")
def own():
    return Gazetteer.shipped().extend(Gazetteer.parse(OWN, "list"))


CLITICS = {
    "والأردن": "الأردن",
    "بالعراق": "العراق",
    "وبالعراق": "العراق",
    "كاليابان": "اليابان",
    "فلبنان": "لبنان",
    "للبنان": "لبنان",
    "لتركيا": "تركيا",
    "للكويت": "لكويت",
    "وللكويت": "لكويت",
    "ولفرنسا": "فرنسا",
}


@pytest.mark.parametrize(("word", "surface"), CLITICS.items())
def test_a_mention_leaves_clitics_out(word, surface):
    assert [found for found, _ in find(f"كان ذلك {word} في حينه")] == [surface]


SPELLINGS = {
    "ألمانيا": "germany",
    "المانيا": "germany",
    "أَلْمَانِيَا": "germany",
    "ألمــانيا": "germany",
    "القاهره": "egypt",
    "بريطانيا العظمي": "united_kingdom",
    "ﻓﺮﻧﺴﺎ": "france",
    "إيطال\u200cيا": "italy",
    "سورية": "syria",
    "بي.بي.سي": "bbc",
    "مجموعة الـ٧٧": "g77",
    "حركة ٢٣ مارس": "m23",
}


@pytest.mark.parametrize(("surface", "party"), SPELLINGS.items())
def test_a_name_is_known_in_every_spelling(surface, party):
    assert find(f"رحبت {surface} بالقرار") == [(surface, party)]


SENTENCES = {
    # the longest form wins, and nothing inside it counts
    "خفض البنك المركزي المصري الفائدة": [("البنك المركزي المصري", "central_bank_of_egypt")],
    "قال وزير الخارجية الياباني": [("وزير الخارجية الياباني", "japan")],
    "التقى وزير التعليم العالي والبحث العلمي العراقي الطلبة": [("وزير التعليم العالي والبحث العلمي العراقي", "iraq")],
    "غادر السفير التركي القاعة": [("السفير التركي", "turkey")],
    "تقدم الجيش السوداني": [("الجيش السوداني", "sudanese_army")],
    "نفى جيش ميانمار ذلك": [("جيش ميانمار", "burmese_army")],
    "قضت المحكمة الدستورية التركية": [("المحكمة الدستورية التركية", "turkish_constitutional_court")],
    "صوت البرلمان الكوري الجنوبي": [("البرلمان الكوري الجنوبي", "south_korean_parliament")],
    # a leader and his title
    "أعلن الرئيس الفرنسي إيمانويل ماكرون زيارة": [("إيمانويل ماكرون", "emmanuel_macron")],
    "أعلن الأمين العام للأمم المتحدة أنطونيو غوتيريش ذلك": [("أنطونيو غوتيريش", "antonio_guterres")],
    "التقى الرئيسان الروسي والأميركي أمس": [("الروسي", "russia"), ("الأميركي", "united_states")],
    "حضر الرئيسان بوتين وترامب": [("بوتين", "vladimir_putin"), ("ترامب", "donald_trump")],
    "استقبل الرئيس عون الوفد": [("عون", "joseph_aoun")],
    "وصل أمير الكويت": [("أمير الكويت", "kuwait")],
    # what is no mention
    "بلغ السعر ألف دينار كويتي": [],
    "تحدث باللغة الفرنسية": [],
    "وصل الوفد إلى مدينة القاهرة": [],
    "عقد اللقاء في باريس": [],
    "قال المدرب، البرتغالي جورج سيلفا، إنه راض": [],
    "ارتفع العجز المالي": [],
    "أيدت محكمة جنايات القاهرة الحكم": [("محكمة جنايات القاهرة", "محكمه جنايات القاهره")],
    "حضر المخرج الإيطالي باولو ريتشي العرض": [],
    # places that a state's name begins, and the origin of one person
    "اجتمع وزراء دول المغرب العربي": [],
    "تمدد التنظيم في بلدان المغرب الإسلامي": [],
    "ازدهرت أسواق المغرب العريقة": [("المغرب", "morocco")],
    "انتشر القتال شرقي مالي ولشمال مالي قصة": [("مالي", "mali"), ("مالي", "mali")],
    "لقي مهاجر مالي حتفه": [],
    "أدان المشاركون هجمات باريس": [],
    "قتل المدعو أبو دعاء المغربي": [],
    "رحب أبو مازن بالدعم المغربي": [("أبو مازن", "mahmoud_abbas"), ("المغربي", "morocco")],
    "أوقف رجل فرنسي من أصل جزائري": [],
    "سلم قيادي ليبي نفسه وحضر فريق ليبي": [("ليبي", "libya")],
    # a nationality after a name in quotation marks
    'كتبت صحيفة "عكاظ" السعودية أن العرض قائم': [('صحيفة "عكاظ" السعودية', "okaz")],
    "كتبت صحيفة «الأهرام» المصرية ذلك": [("صحيفة «الأهرام» المصرية", "al_ahram")],
    'كتبت صحيفة "عكاظ" أن السعودية قبلت': [('صحيفة "عكاظ"', "okaz"), ("السعودية", "saudi_arabia")],
    "شددت مصر وفرنسا على حل الدولتين": [("مصر", "egypt"), ("فرنسا", "france")],
    # metonyms and demonyms
    "لن تقبل القاهرة بذلك": [("القاهرة", "egypt")],
    "رفض الكرملين العرض": [("الكرملين", "russia")],
    "ارتفع سعر القمح الروسي": [("الروسي", "russia")],
    "أصيب خمسة من السائقين السودانيين": [("السودانيين", "sudan")],
    "عبّر عن قلق أممي": [("أممي", "united_nations")],
    # what follows or precedes a nationality
    "هاجمه مواطن لبناني تعمد الإساءة": [("لبناني", "lebanon")],
    "تتحسن العلاقة بين المسؤول التونسي والحكم المحلي": [("التونسي", "tunisia")],
    "قال الناشط الليبي محمد سالم إنه عائد": [],
    "بحث سبل التقارب بين الليبيين": [("الليبيين", "libya")],
    "وصل القائد العام للجيش الليبي المشير خليفة حفتر": [("خليفة حفتر", "khalifa_haftar")],
    # letters that look like clitics
    "وصلت لوبان مساء": [("لوبان", "marine_le_pen")],
    "أغلقت شركة فورد المصنع": [("شركة فورد", "ford")],
    # a kind before the name, an acronym in brackets, quotation marks
    "نقلت وكالة رويترز الخبر": [("وكالة رويترز", "reuters")],
    "قالت المنظمة الدولية للشرطة الجنائية (إنتربول) ذلك": [
        ("المنظمة الدولية للشرطة الجنائية", "interpol"),
        ("إنتربول", "interpol"),
    ],
    "أوردت قناة «الجزيرة» النبأ": [("قناة «الجزيرة»", "al_jazeera")],
}


@pytest.mark.parametrize(("sentence", "expected"), SENTENCES.items())
def test_a_sentence_names_its_parties(sentence, expected):
    assert find(sentence) == expected


@pytest.mark.parametrize("verb", sorted({form.verb for form in load_lexicon().forms.values()}))
def test_a_city_after_any_verb_of_speech_acts(verb):
    for written, form in load_lexicon().forms.items():
        if form.verb == verb:
            for word in (written, f"و{written}", f"ف{written}"):
                assert find(f"{word} ببغداد لاستضافتها القمة") == [("بغداد", "iraq")], word


def test_an_ambiguous_name_goes_by_its_company():
    assert find("زار سلطان عمان مسقط\nوأكدت عمان موقفها")[-1] == ("عمان", "oman")
    assert find("أكد الأردن موقفه\nوشكرت عمان الوسطاء")[-1] == ("عمان", "jordan")
    assert find("شكرت عُمان الوسطاء") == [("عُمان", "oman")]
    assert find("شكرت عمّان الوسطاء") == [("عمّان", "jordan")]
    text = "شكرت عمان الوسطاء"
    assert [mention.how for mention in find_mentions(text, split_lines(text), Gazetteer.shipped())] == ["ambiguous"]
    assert find("هاجم الحوثيون السفينة\nوردت صنعاء بالرفض")[-1] == ("صنعاء", "houthis")


def test_a_party_of_the_outlets_country_is_meant():
    text = "دعا الناطق باسم الجبهة الشعبية إلى الهدوء\nوأكدت وزارة الفلاحة دعمها"
    by_outlet = {
        outlet: [mention.party for mention in find_mentions(text, split_lines(text), Gazetteer.shipped(), "", outlet)]
        for outlet in ("موزاييك أف أم", "وكالة الأنباء والمعلومات الفلسطينية", "صحيفة لا نعرفها", "")
    }
    palestinian = "popular_front_for_the_liberation_of_palestine"
    assert by_outlet == {
        "موزاييك أف أم": ["popular_front_tunisia", "tunisia"],
        "وكالة الأنباء والمعلومات الفلسطينية": [palestinian, "palestine"],
        "صحيفة لا نعرفها": [palestinian, "palestine"],
        "": [palestinian, "palestine"],
    }
    text = "زار وفد من اليمن صنعاء\nوقال اليمن والأردن واليمنيون إن اليمن آمن\nوأكدت وزارة الصحة ذلك"
    mentions = find_mentions(text, split_lines(text), Gazetteer.shipped(), "", "موزاييك أف أم")
    assert mentions[-1].party == "yemen"


def test_an_office_without_its_state_needs_a_date():
    text = "استقبل رئيس الجمهورية الوفد"
    assert find_mentions(text, split_lines(text), Gazetteer.shipped(), "", "موزاييك أف أم") == []


def test_a_movement_goes_by_its_short_name_once_it_was_named():
    assert find("اجتمع وفد حركة النهضة\nودعت النهضة إلى حوار")[-1] == ("النهضة", "ennahda")
    assert find("اجتمع وفد حركة نداء تونس\nوقال النداء كلمته")[-1] == ("النداء", "nidaa_tounes")
    assert find("دعا الكاتب إلى النهضة وأطلق النداء") == []


HOME = {
    "أوقفت الشرطة شابين": [("الشرطة", "tunisian_police")],
    "اعتدى أعوان الأمن على صحفيين": [("أعوان الأمن", "tunisian_police")],
    "أحبطت وحدات الحرس الوطني العملية": [("الحرس الوطني", "tunisian_national_guard")],
    "انتقدت المعارضة القرار": [("المعارضة", "tunisian_opposition")],
    "أذنت النيابة العمومية بفتح تحقيق": [("النيابة العمومية", "tunisian_public_prosecution")],
    "نفت رئاسة الجمهورية الخبر": [("رئاسة الجمهورية", "tunisia")],
    "ارتفعت الأسعار في البلاد": [("البلاد", "tunisia")],
    "قتل الجيش الوطني إرهابيا": [("الجيش الوطني", "tunisian_army")],
    "استقبل رئيس الجمهورية الوفد": [("رئيس الجمهورية", "beji_caid_essebsi")],
    "قال وزير الشؤون الدينية كلمته": [("وزير الشؤون الدينية", "tunisia")],
    # but not
    "التقى رئيس الحكومة الأسبق بالوفد": [],
    "رحب مجلس الوزراء المشترك": [],
    "تحسن الأمن الغذائي": [],
    "قال نائب رئيس الجمهورية الأسبق ذلك": [],
}


@pytest.mark.parametrize(("sentence", "expected"), HOME.items())
def test_a_force_without_its_state_is_that_of_the_outlets_country(sentence, expected):
    mentions = find_mentions(sentence, split_lines(sentence), Gazetteer.shipped(), "2016-03-01", "موزاييك أف أم")
    assert [(sentence[mention.start : mention.end], mention.party) for mention in mentions] == expected


GOVERNMENTS = {
    "ندعم حكومة الشاهد": [("حكومة الشاهد", "tunisia")],
    "انتقد النواب حكومة يوسف الشاهد": [("حكومة يوسف الشاهد", "tunisia")],
    "رفضت إدارة ترامب العرض": [("إدارة ترامب", "united_states")],
    "في عهد إدارة أوباما": [("إدارة أوباما", "united_states")],
    "اتصل بحكومة نتنياهو": [("حكومة نتنياهو", "israel")],
    # but not
    "تولى إدارة الشركة": [],
    "وقال حكومة قوية": [],
    "زار مكتب نتنياهو": [("نتنياهو", "benjamin_netanyahu")],
}


@pytest.mark.parametrize(("sentence", "expected"), GOVERNMENTS.items())
def test_a_government_named_by_its_head_is_the_state(sentence, expected):
    assert find(sentence) == expected


def test_a_force_without_its_state_is_that_of_the_state_in_play():
    text = "خرجت مظاهرة في لبنان أمس\nوفرقت قوات الأمن المحتجين وعم الهدوء البلاد"
    assert find(text)[1:] == [("قوات الأمن", "lebanese_police"), ("البلاد", "lebanon")]
    assert find("فرقت قوات الأمن المحتجين وعم الهدوء البلاد") == []


NO_NAMES = {
    "تداول ناشطون صورا": [],
    "أغلق طريق الكاف أمس": [],
    'ظهر في برنامج "الحدث" أمس': [],
    'ظهر على قناة "الحدث" أمس': [('قناة "الحدث"', "al_hadath")],
    "كتب على منصة إكس": [("إكس", "x_corp")],
    "انتهى تدريب رادار إكس": [],
    "لا أمل في الحل": [],
    "نددت حركة أمل بذلك": [("حركة أمل", "amal_movement")],
    "أثنت إيفانكا ترامب على العرض": [],
    "أثنى دونالد ترامب على العرض": [("دونالد ترامب", "donald_trump")],
    "وصل ولي عهد أبوظبي": [],
}


@pytest.mark.parametrize(("sentence", "expected"), NO_NAMES.items())
def test_a_common_word_and_a_relative_are_no_party(sentence, expected):
    assert find(sentence) == expected


@pytest.mark.parametrize(
    ("sentence", "later", "expected"),
    [
        ("قال سامي الراشد، رئيس وزراء بيرو، إن الحدود مغلقة.", "الراشد", "peru"),
        ("وصل خَميس المطـيري، رئيس الحكومة اليابانية، أمس.", "المطيري", "japan"),
        ("جلس الوزير مع سامي الراشد، نظيره الياباني، طويلا.", "الراشد", "japan"),
        ("\u200fحضرت ليلى العابد، رئيسة وزراء بيرو، الحفل.", "العابد", "peru"),
        ("أعلن خميس المطيري، المتحدث باسم رئيس وزراء بيرو، ذلك.", "المطيري", "peru"),
        ("استقبل سامي الراشد رئيس وزراء بيرو.", "الراشد", None),  # subject and object
        ("أبلغ سامي الراشد نظيره الياباني بذلك.", "الراشد", None),
        ("حضر سامي الراشد، ورئيس وزراء بيرو أيضا.", "الراشد", None),
        ("قرب جسر الوادي، رئيس وزراء بيرو وقف.", "الوادي", None),  # no first name
    ],
)
def test_a_name_set_off_before_an_office_is_its_holders(sentence, later, expected):
    text = f"{sentence}\nثم شكر {later} الوفد."
    found = find_mentions(text, split_sentences(text), Gazetteer.shipped())
    parties = [one.party for one in found if one.start >= len(sentence)]
    assert parties == ([] if expected is None else [expected])


def test_a_dual_means_the_two_last_named():
    text = "بحث الرئيس الفرنسي إيمانويل ماكرون مع رجب طيب أردوغان الأزمة\nواتفق الرئيسان على لقاء"
    mentions = find_mentions(text, split_lines(text), Gazetteer.shipped())
    pair = [mention for mention in mentions if text[mention.start : mention.end] == "الرئيسان"]
    assert {mention.party for mention in pair} == {"emmanuel_macron", "recep_tayyip_erdogan"}
    assert {mention.how for mention in pair} == {"coreference"}
    assert [party for surface, party in find("وقعت قطر والأردن الاتفاق\nوأشاد البلدان به") if surface == "البلدان"] == [
        "qatar",
        "jordan",
    ]


def test_a_short_form_means_the_body_named_before(own):
    text = "غرم القضاء مصرف السنابل التجاري\nوقال المصرف إنه بريء\nوهدد المصرف بالرحيل"
    assert [party for _, party in find(text, own)[-2:]] == ["sanabel_bank", "sanabel_bank"]
    assert find("قصفت كتائب الوادي القرية\nونفت الكتائب ذلك", own)[-1] == ("الكتائب", "wadi_brigades")
    text = "وأعلنت شركة سوناطراك أن عقودها مع توتال إنرجي باقية وأن الشركة ملتزمة"
    assert find(text)[-1] == ("الشركة", "sonatrach")
    assert find("أعلنت وزارة الخارجية اليابانية ذلك\nوقالت الخارجية إن السياسة الخارجية ثابتة")[-1] == (
        "الخارجية",
        "japan",
    )
    assert find("قال الأمين العام لحزب الله نعيم قاسم إن الحزب ملتزم") == [
        ("نعيم قاسم", "naim_qassem"),
        ("الحزب", "hezbollah"),
    ]
    assert find("وقالت الشركة إن الأرباح زادت") == []
    assert find("زار وزير الخارجية الكويتي سامي المطيري بغداد\nوقال المطيري كلمة")[-1] == ("المطيري", "kuwait")


def test_the_dateline_names_nobody():
    assert find("العنوان هنا\nتونس (الميزان) - انتهى اللقاء") == []


def test_a_users_list_adds_and_stands_alone(own):
    text = "نفت شركة «فخار الشمال» (فاش) ما قالته فرنسا"
    expected = [("شركة «فخار الشمال»", "samarkand_pottery"), ("فاش", "samarkand_pottery")]
    assert find(text, own) == [*expected, ("فرنسا", "france")]
    assert find(text, Gazetteer.parse(OWN, "list")) == expected
    assert find("وقال محامي «نجم» إن النجم بعيد", own) == [("نجم", "najm_air")]
    assert find("قال مدرب نادي المنارة الرياضي البرازيلي كارلوس سيلفا", own) == [
        ("نادي المنارة الرياضي", "al_manara_fc")
    ]
    assert find("فاز نادي المنارة الرياضي", own) == [("نادي المنارة الرياضي", "al_manara_fc")]


@pytest.mark.parametrize("name", ["أم خالد", "محامي الدفاع", "سامر الجندي", "شاهد عيان"])
def test_a_private_person_of_a_users_list_is_no_party(name):
    own = Gazetteer.parse([{"id": "somebody", "kind": "other", "ar": name}], "list")
    assert find(f"أما {name} فقالت إنها راضية", own) == []


def test_a_users_name_for_a_shipped_party_wins():
    own = Gazetteer.shipped().extend(Gazetteer.parse([{"id": "nuncio", "kind": "other", "ar": "رويترز"}], "list"))
    assert find("نقلت وكالة رويترز الخبر", own) == [("وكالة رويترز", "nuncio")]


def test_a_leader_of_nobody_listed_is_found():
    own = [{"id": "a_leader", "kind": "leader", "ar": "سالم الواحاتي", "office": "head", "of": "unknown_club"}]
    text = "قال سالم الواحاتي إن النادي فاز\nوأضاف الواحاتي أن الرئيس غاب"
    assert find(text, Gazetteer.parse(own, "list")) == [("سالم الواحاتي", "a_leader"), ("الواحاتي", "a_leader")]


def test_the_holder_of_an_office_goes_by_the_date():
    text = "أعلن الرئيس الأميركي القرار"
    by_date = {
        date: [mention.party for mention in find_mentions(text, split_lines(text), Gazetteer.shipped(), date)]
        for date in ("2015-05-01", "2023-05-01", "2025-05-01", "")
    }
    assert by_date == {
        "2015-05-01": ["barack_obama"],
        "2023-05-01": ["joe_biden"],
        "2025-05-01": ["donald_trump"],
        "": ["united_states"],
    }


UNDATED = {
    # today's holder is not meant unless he is named
    "أعلن الرئيس الأميركي القرار\nوعاد الوفد": ["united_states"],
    "استقبل العاهل الأردني الوفد": ["jordan"],
    "رحب الأمين العام للأمم المتحدة بالقرار": ["united_nations"],
    "التقى الرئيسان المصري والتركي": ["egypt", "turkey"],
    "وصل أمير الكويت إلى القمة": ["kuwait"],
    # named before, after, or with the office
    "أعلن الرئيس الأميركي القرار\nوعاد ترامب": ["donald_trump", "donald_trump"],
    "تحدث دونالد ترامب\nوأعلن الرئيس الأميركي القرار": ["donald_trump", "donald_trump"],
    "تحدث الرئيس الأميركي باراك أوباما\nوأعلن الرئيس الأميركي القرار": ["barack_obama", "barack_obama"],
    "رحب الأمين العام للأمم المتحدة بالقرار\nوغادر غوتيريش": ["antonio_guterres", "antonio_guterres"],
    "التقى الرئيسان المصري والتركي\nوغادر أردوغان": ["egypt", "recep_tayyip_erdogan", "recep_tayyip_erdogan"],
}


@pytest.mark.parametrize(("text", "expected"), UNDATED.items())
def test_an_undated_article_names_todays_holder_only_by_name(text, expected):
    assert [party for _, party in find(text)] == expected


LETTERS = st.sampled_from([*"ابتدرسعكلمنهويةىأإآؤئء", *"ًٌٍَُِّْـ", "\u200f", "\u202b", "\u200c", *' \n.،:«»"()-٣7😀\x00<'])
WORDS = st.sampled_from(["الكويت", "وللأردن", "عمان", "الرئيسان", "الشركة", "قال", "وزير الخارجية", "الجيش", "(كاف)"])


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS | st.text(LETTERS, max_size=8) | st.text(max_size=4), max_size=25).map(" ".join))
def test_no_text_crashes_and_offsets_stay_in_their_sentence(text):
    sentences = split_lines(text)
    mentions = find_mentions(text, sentences, Gazetteer.shipped())
    spans = [(mention.start, mention.end) for mention in mentions]
    assert spans == sorted(spans)
    for start, end in spans:
        assert any(one.start <= start < end <= one.end for one in sentences)
        assert text[start:end].strip() == text[start:end]
    for first, second in zip(sorted(set(spans)), sorted(set(spans))[1:], strict=False):
        assert first[1] <= second[0]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["", "َ", "ّ", "ـ", "\u200f", "\u200c", "ً"]), min_size=6, max_size=6), st.booleans())
def test_marks_inside_a_name_change_nothing_but_its_length(marks, presentation):
    name = "".join(letter + mark for letter, mark in zip("الكويت", marks, strict=True))
    if presentation:
        name = name.replace("ك", "\ufedb")
    surface = name.rstrip("\u200f\u200c")
    text = f"أكدت و{name} موقفها"
    assert [(party, unicodedata.normalize("NFKC", found)) for found, party in find(text)] == [
        ("kuwait", unicodedata.normalize("NFKC", surface))
    ]


def measure(gold, found):
    return 2 * len(gold & found) / (len(gold) + len(found))


@pytest.mark.parametrize("path", DEV, ids=lambda path: path.stem)
def test_dev_articles_keep_their_f1(path):
    article = json.loads(path.read_text("utf-8"))
    entries = [{"id": party, **entry} for party, entry in article["parties"].items()]
    gazetteer = Gazetteer.shipped().extend(Gazetteer.parse(entries, path.name))
    sentences = [Sentence(one["start"], one["end"]) for one in article["statements"]]
    gold = {(one["start"], one["end"], one["party"]) for one in article["mentions"]}
    found = {(one.start, one.end, one.party) for one in find_mentions(article["text"], sentences, gazetteer)}
    assert measure(gold, found) >= 0.95
