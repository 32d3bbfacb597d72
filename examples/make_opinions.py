"""Invented opinions, as a researcher's two CSV files: ``python examples/make_opinions.py FOLDER``.

``آراء.csv`` has 240 rows to train on and ``اختبار.csv`` 60 to test on. A language model wrote the pieces of which the
sentences are made; no person said them, and no text of a corpus is among them. The files are as such files are: a
byte-order mark and carriage returns from Excel, a header and labels in Arabic, spaces where none belong.
"""

from __future__ import annotations

import csv
import random
import sys
from pathlib import Path

HEADER = ["الرقم", "النص", "الجهة", "الموقف"]
TARGETS = ["البلدية", "وزارة التعليم", "شركة الكهرباء", "مشروع المترو", "قانون الإيجار"]
LABELS = {"مؤيد": 6, "معارض": 5, "محايد": 4}  # with how often each is drawn

OPENINGS = {
    "مؤيد": [
        "كل الدعم والتقدير إلى {}",
        "أقف مع {} دون تردد",
        "يسعدني ما أراه من {}",
        "أشيد بكل خطوة من {}",
        "رأيي في {} طيب جداً",
        "لا غنى لنا عن {}",
        "تحية صادقة إلى {}",
        "أحسن الناس حين دافعوا عن {}",
        "صوتي مع {} دائماً",
        "ثقتي في {} كبيرة",
        "شكراً من القلب إلى {}",
        "نِعمَ ما جاءنا من {}",
    ],
    "معارض": [
        "خاب أملي في {}",
        "أرفض كل ما جاء من {}",
        "كفى عبثاً من {}",
        "لا أثق في {} بعد اليوم",
        "أعترض بشدة على {}",
        "تعبنا من {} ومن الوعود",
        "لا خير يرجى من {}",
        "أسوأ ما في مدينتنا {}",
        "يؤسفني ما أراه من {}",
        "صوتي ضد {} بلا شك",
        "ضاعت حقوقنا على يد {}",
        "شكراً على لا شيء، أقولها إلى {}",
    ],
    "محايد": [
        "ما آخر الأخبار عن {}؟",
        "يناقش المجلس غداً ملف {}",
        "صدر اليوم بيان عن {}",
        "قرأت تقريراً طويلاً عن {}",
        "سؤال إلى من يعرف عن {}",
        "موعد اللقاء الخاص بملف {} الأحد",
        "نقلت الصحف حديثاً عن {}",
        "هذه أرقام منشورة عن {}",
        "من المتحدث الرسمي باسم {}؟",
        "يبدأ الشهر القادم عرض عن {}",
        "أبحث عن عنوان المكتب المعني بموضوع {}",
        "الجدول الجديد يخص {}",
    ],
}
REASONS = {
    "مؤيد": ["فالنتيجة ظاهرة للجميع", "والعمل يتحسن كل شهر", "لأن الجهد واضح", "وقد صدقت الوعود", "وهذا فخر لنا"],
    "معارض": ["فالخسارة على الجميع", "والحال يسوء كل شهر", "لأن الإهمال واضح", "وقد كذبت الوعود", "وهذا ظلم لنا"],
    "محايد": ["والتفاصيل في الموقع", "بحسب ما نشر صباحاً", "ولم يحدد وقت بعد", "والحضور مفتوح", "في القاعة الكبرى"],
}
ASIDES = [
    "كما قلت لجاري أمس",
    "هذا ما عندي اليوم",
    "ومن عاش في الحي يعرف",
    "أكتبها للمرة الثانية",
    "بعد نقاش طويل مع الأهل",
    "والله أعلم",
    "قبل أن أنسى",
    "من شرفة بيتنا",
    "بعد زيارة قصيرة",
    "في انتظار الحافلة",
    "وأنا أشرب القهوة",
    "منذ أول الأسبوع",
]
UNCLEAR = ["ماذا أقول عن {}", "كل الحديث اليوم عن {}", "لكل منا رأي في {}", "عدنا إلى الكلام عن {}"]
SPOILED = 0.15
"""Share of the rows whose opening says nothing of the label, so that no model can be perfect."""


def make_rows(count: int, first: int, chance: random.Random) -> list[list[str]]:
    """Return rows of invented opinions, numbered from ``first``."""
    rows = []
    for number in range(first, first + count):
        (label,) = chance.choices([*LABELS], [*LABELS.values()])
        target = chance.choice(TARGETS)
        opening = chance.choice(UNCLEAR if chance.random() < SPOILED else OPENINGS[label]).format(target)
        parts = [opening, *chance.sample(ASIDES, 2)]
        if chance.random() < 0.5:
            parts.insert(1, chance.choice(REASONS[label]))
        spaces = [" " * (chance.random() < 0.1) for _ in range(3)]
        rows.append([str(number), "، ".join(parts) + spaces[0], target + spaces[1], spaces[2] + label])
    return rows


def main(folder: Path) -> None:
    """Write both files."""
    chance = random.Random(7)
    folder.mkdir(parents=True, exist_ok=True)
    first = 1
    for name, count in (("آراء.csv", 240), ("اختبار.csv", 60)):
        with (folder / name).open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\r\n")
            writer.writerows([HEADER, *make_rows(count, first, chance)])
        first += count


if __name__ == "__main__":
    main(Path(sys.argv[1]))
