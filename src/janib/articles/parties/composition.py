"""How Arabic composes the name of an office or a body with that of its state.

In a pattern ``{m}`` and ``{f}`` stand for a state's definite demonym in the masculine and feminine, ``{state}`` for
its name, ``{of}`` for departments of a government, ``{words}`` for up to six definite words.
"""

from __future__ import annotations

from janib.text.spelling import fold_all

# Speaks for the state.
STATE = """
الحكومة {f}|حكومة {state}|الدولة {f}|السلطات {f}|الرئاسة {f}|رئاسة الجمهورية {f}|رئاسة الوزراء {f}|مجلس الوزراء {m}
|رئاسة مجلس الوزراء {m}|رئاسة الحكومة {f}|الديوان الملكي {m}|الديوان الأميري {m}|مجلس السيادة {m}
|الجانب {m}|الطرف {m}|الوفد {m}|وفد {state}|الشعب {m}|شعب {state}|القيادة {f}|الإدارة {f}|الدبلوماسية {f}
|الخارجية {f}|الداخلية {f}|الدفاع {f}|الخزانة {f}|المالية {f}|العدل {f}|الصحة {f}
|السفارة {f}|سفارة {state}|السفير {m}|السفيرة {f}|سفير {state}|سفيرة {state}|القنصلية {f}|قنصلية {state}|القنصل {m}
|المندوب {m}|المندوبة {f}|المندوب الدائم {m}|مندوب {state}|مندوبة {state}|المبعوث {m}|المبعوثة {f}
|الوزير {m}|الوزيرة {f}|وزير {words} {m}|وزيرة {words} {f}|وزارة {words} {f}
|وزير {of} {state}|وزيرة {of} {state}|وزارة {of} {state}|وزير {of} في {state}|وزارة {of} في {state}
|المنتخب {m}|المنتخب الوطني {m}|منتخب {state}|جمهورية {state}|دولة {state}|مملكة {state}
"""

# Speaks for the state that the context tells.
MINISTRY = "وزارة {of}|وزير {of}|وزيرة {of}|الخارجية|الداخلية"

COUNTERPART = "نظيره {m}|نظيرته {f}|نظيرها {m}|نظيرتها {f}|نظيريه {m}"

OFFICE = {
    "president": """الرئيس {m}|الرئيسة {f}|رئيس {state}|رئيسة {state}|رئيس الجمهورية {f}|رئيس جمهورية {state}
        |رئيس دولة {state}|رئيس الدولة {f}""",
    "prime_minister": """رئيس الوزراء {m}|رئيسة الوزراء {f}|رئيس الحكومة {f}|رئيسة الحكومة {f}|رئيس الحكومة {m}
        |رئيس وزراء {state}|رئيسة وزراء {state}|رئيس حكومة {state}|رئيس مجلس الوزراء {m}|الوزير الأول {m}""",
    "chancellor": "المستشار {m}|المستشارة {f}|مستشار {state}",
    "monarch": """العاهل {m}|عاهل {state}|الملك {m}|ملك {state}|الملكة {f}|ملكة {state}|أمير {state}|أمير دولة {state}
        |سلطان {state}|السلطان {m}|الإمبراطور {m}""",
    "crown_prince": "ولي العهد {m}|ولي عهد {state}",
    "supreme_leader": "المرشد {m}|المرشد الأعلى {m}|الزعيم {m}|زعيم {state}",
}

# An office named without its state: the last holder named.
BARE_OFFICE = {
    "president": "الرئيس|الرئيسة|رئيس الجمهورية|رئيسة الجمهورية|رئيس الدولة|رئيس البلاد",
    "prime_minister": "رئيس الوزراء|رئيسة الوزراء|رئيس الحكومة|رئيسة الحكومة|رئيس مجلس الوزراء|الوزير الأول",
    "chancellor": "المستشار|المستشارة",
    "monarch": "العاهل|الملك|السلطان|أمير البلاد",
    "crown_prince": "ولي العهد",
    "head": "الأمين العام|الأمينة العامة|المدير العام|المديرة العامة",
}

# Party id, kind, pattern; {adjective} and {id} are the state's.
BODIES = (
    ("{adjective}_army", "army", "الجيش {m}|جيش {state}|القوات المسلحة {f}"),
    ("{adjective}_navy", "army", "البحرية {f}"),
    ("{adjective}_coast_guard", "army", "خفر السواحل {m}|خفر سواحل {state}"),
    ("{adjective}_police", "other", "الشرطة {f}|شرطة {state}"),
    (
        "{adjective}_parliament",
        "parliament",
        """البرلمان {m}|برلمان {state}|مجلس النواب {m}|مجلس الشعب {m}|الجمعية الوطنية {f}|الكونغرس {m}|الكونجرس {m}
        |مجلس نواب الشعب {m}|المجلس الوطني {m}|مجلس العموم {m}""",
    ),
    ("{adjective}_senate", "parliament", "مجلس الشيوخ {m}|مجلس المستشارين {m}"),
    ("{adjective}_shura_council", "parliament", "مجلس الشورى {m}"),
    ("{adjective}_national_assembly", "parliament", "مجلس الأمة {m}"),
    (
        "central_bank_of_{id}",
        "other",
        "البنك المركزي {m}|المصرف المركزي {m}|بنك {state} المركزي|مصرف {state} المركزي|المركزي {m}",
    ),
    (
        "{adjective}_public_prosecution",
        "other",
        "النيابة العامة {f}|النيابة العمومية {f}|الادعاء العام {m}|الادعاء {m}",
    ),
    ("{adjective}_judiciary", "court", "القضاء {m}|السلطة القضائية {f}"),
    ("{adjective}_supreme_court", "court", "المحكمة العليا {f}"),
    (
        "{adjective}_constitutional_court",
        "court",
        "المحكمة الدستورية {f}|المحكمة الدستورية العليا {f}|المجلس الدستوري {m}",
    ),
    ("{adjective}_fa", "other", "الاتحاد {m} لكرة القدم|اتحاد الكرة {m}|اتحاد كرة القدم {m}"),
    ("{adjective}_olympic_committee", "other", "اللجنة الأولمبية {f}"),
    ("{adjective}_red_crescent", "other", "الهلال الأحمر {m}|الصليب الأحمر {m}"),
    ("{adjective}_exchange", "company", "البورصة {f}|بورصة {state}"),
    ("{adjective}_opposition", "movement", "المعارضة {f}"),
    ("{adjective}_election_commission", "other", "لجنة الانتخابات {f}|مفوضية الانتخابات {f}|هيئة الانتخابات {f}"),
)

# Departments as they stand after وزير and وزارة, with and without the article.
DEPARTMENTS = fold_all(
    """خارجية داخلية دفاع مالية صحة بيئة تربية تعليم عدل نفط بترول طاقة اقتصاد تجارة صناعة زراعة عمل إعلام ثقافة
    نقل سياحة اتصالات رياضة شباب أوقاف إسكان كهرباء ري مياه تموين تخطيط استثمار خزانة حرب أمن تضامن فلاحة تجهيز
    مناجم طيران طفولة مرأة مغتربين آثار صيد ثروات هجرة عمران"""
)
# Words that go on with a department's name.
DEPARTMENT_EPITHETS = fold_all(
    """العالي العلمي الوطني الوطنية الاجتماعي الاجتماعية الدولي المدني السكانية السكان الداخلية الخارجية المائية
    الحربي الحربية القومي الديني الدينية الطبيعية المعدنية البحري الرقمي الحيوانية الإسلامية الإسلامي العام
    العامة"""
)
