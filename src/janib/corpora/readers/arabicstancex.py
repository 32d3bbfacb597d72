"""ArabicStanceX: Arabic tweets on 17 topics of six domains, with their stance (Alkhathlan et al., 2025).

Each topic has a file of training tweets and one of test tweets. It holds texts and stances as two objects with the same
keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from janib.corpora.base import Corpus, LabelMap, SourceFile, Splits
from janib.errors import DataError
from janib.labels import Stance
from janib.schema import Example

_STANCE = LabelMap({"Against": Stance.AGAINST, "None": Stance.NEUTRAL, "Favor": Stance.FAVOR})
_FOLDER = "Stance_task"
_URL = (
    f"https://raw.githubusercontent.com/AliAlkhathlan/ArabicStanceX/b15057980aeaf6604e2b50856a71114615313dae/{_FOLDER}/"
)
_SPLITS = ("train", "test")


class _Topic(NamedTuple):
    """A topic: its file below a split's folder, the target in Arabic, and the checksums of both files."""

    path: str
    target: str
    train: str
    test: str


# Upstream names topics by their files alone. The targets are our wording, after what the tweets are for and against.
_TOPICS = (
    _Topic(
        "economy/Aramco",
        "أرامكو",
        "29cbd531ed2a31318c90623a5b5bf6815ef8aad9b55f4aabb63d315f7b065aa6",
        "741b0db3a7911076aa7107a15d695b1fac822b96bb0db6f79d61afafb0f6da57",
    ),
    _Topic(
        "economy/Neom",
        "نيوم",
        "f203d3d9026015ae33077401c3cba9dfec050dc325a4076f6cdaeabfbc4add5f",
        "ad3a20ea9c12364e834996f93367ca965cd470a5675ddda8aac10fa8b974f0d4",
    ),
    _Topic(
        "economy/Qiddiya",
        "القدية",
        "0ec859849395cedb629b950cf0869b1fac23eb4039796416dbe272fff3f71de3",
        "d99639ba16bf3b84c6b710a630bfbc4ec7cbfb688e8ada26a2a016f26a80ebb7",
    ),
    _Topic(
        "education/chineese",
        "تدريس اللغة الصينية",
        "46e02a29862818b192ddc4621eef8ee78ee4cb3f22f3e490154c2e8ad9519c77",
        "0579a50158328988a6100f057343a7df148e8b855f9442e937a225c755488f79",
    ),
    _Topic(
        "education/online_learning",
        "التعليم عن بعد",
        "2727670b783fa15a3d00bd8a907d11ab9e92d9fa4221fe9ad0bfa3946c26ae0e",
        "ce521814fc7e984b9ad4823551c59c50bdc0ede9514b956518516cdc54c60bc0",
    ),
    _Topic(
        "education/update_curricula",
        "تطوير المناهج",
        "9c196e5d33f40050201543bb5bc295ce8559884b679a4e052d952548f2fc2f72",
        "cf2fed8d916b055ed2663a4f7d8c09c0df1b3082115ff9ff8a4eeaaf3bcee9e2",
    ),
    _Topic(
        "health/Vaccine",
        "لقاح كورونا",
        "e680e7e1b1bdb9fb8ca54d13f9f45f59e8422ad419402c0e402865c1d55613b1",
        "f55a38ff351f7408b5b0122d2385ca47d56cf0954c64a0ae309826149410c58e",
    ),
    _Topic(
        "health/vaccine_booster_dose",
        "الجرعة التنشيطية من لقاح كورونا",
        "78f5490542afa049afa11409298e3a53fd80feef60ed6605a88086c6c9cc48f9",
        "c1175cb4150ddce7a9c1e977ccd69b2eb35bd86f6d1ed79419a8ddac2bc9eaa7",
    ),
    _Topic(
        "other/coexistence_with_religions",
        "التعايش مع الأديان",
        "49b1bd051ca383349f57bf34ef9fb3d3416135df963e03b418b978525ea41ce0",
        "83514b24f19325a3be8aa8b93da35280c08d1792d9e5cc744c0bbc8f13edc34b",
    ),
    _Topic(
        "other/fix_domestic_tourism",
        "السياحة الداخلية",
        "957cf44a93a6d3111749e9a80a00d77def15ba71e41814ae384ef65cea31a76d",
        "dcb8687a781770673c4f17c5d1a9b4810d5257ba5fcca4625bdb4aa69d660957",
    ),
    _Topic(
        "other/military_conscription",
        "التجنيد الإجباري",
        "f699b619ae118e2318b9aaea3c43c78b14c85b9fd4fb2de7ee765dbd233be5e7",
        "a5b08910c7d52021be50ebe295f3c16f8220070319a083b2ae797243b845dc65",
    ),
    _Topic(
        "other/sexual_education_fully",
        "تدريس الثقافة الجنسية",
        "3151597216056d1bebb47ad153c43705acd3252ec178910e8c3dcb05c528dcf2",
        "36eb4dd750174177a93f67f96fc8b49bec2c12a5875e5271d39b88c7bc62680e",
    ),
    _Topic(
        "religion/mosques_speakers",
        "إغلاق مكبرات صوت المساجد",
        "0ae552b190330548d51b537c077b3a2b3169da2d8ed2a899332dbf2870f27668",
        "abea8055e4e5c08a3180e10595bd8c62f3c5419b09e36b723ab6e86f3b22ac5b",
    ),
    _Topic(
        "religion/multi_mariage",
        "تعدد الزوجات",
        "ea075b8897e253c340ce00ebc24617b0644f106cad543208ff485a866c39e7ad",
        "37e8e20e4ba5b6f121cee1eb0ac22e4c41fe83fba9e24fe2f1eac6f98db71d3a",
    ),
    _Topic(
        "religion/women_driving",
        "قيادة المرأة للسيارة",
        "2a8547b2cffb4e31315e774443d1a85cb253115dab4dcee1b4e80e4cec606823",
        "a1abd8a508808c83269825f5519663fdaed2e8eeaf33970ac9070f9e146f6d5d",
    ),
    _Topic(
        "sport/Abdulaziz_bin_Turki_Head_of_Sports",
        "رئاسة عبدالعزيز بن تركي للرياضة",
        "6dd15bdf5669db70040c83fad790f754e700bb2c26eb2bef36dca163d57798f4",
        "59656fc9c2abfb87e309390e851594e685e698a7dbfa587888be62433a3abbe6",
    ),
    _Topic(
        "sport/Faisal_bin_Turkis_resignation",
        "استقالة فيصل بن تركي",
        "9a79091c559d2fe0bf261a34264e65ce4a17cd4b0cb623c445bb36c394a87481",
        "199884cb46ae9aca9dcbac57cbd55e1262313f01c7d4889ed634b463f12f0bc5",
    ),
)


def _read(paths: list[Path]) -> Splits:
    splits: Splits = {split: [] for split in _SPLITS}
    files = iter(paths)
    for topic in _TOPICS:
        for split in _SPLITS:
            splits[split] += _read_file(next(files), topic)
    return splits


def _read_file(path: Path, topic: _Topic) -> Iterator[Example]:
    content = json.loads(path.read_text(encoding="utf-8"))
    if not _is_labelled(content):
        raise DataError(f"{path}: expected the objects text and stance, with the same keys")
    name = topic.path.partition("/")[2]
    for key, text in content["text"].items():
        stance = _STANCE(content["stance"][key], f"{path}, key {key}")
        yield Example(id=f"{name}/{key}", text=text, target=topic.target, stance=stance)


def _is_labelled(content: Any) -> bool:
    if not isinstance(content, dict):
        return False
    texts, stances = content.get("text"), content.get("stance")
    return isinstance(texts, dict) and isinstance(stances, dict) and texts.keys() == stances.keys()


ARABICSTANCEX = Corpus(
    name="arabicstancex",
    title="ArabicStanceX: stance of Arabic tweets on 17 topics",
    homepage="https://github.com/AliAlkhathlan/ArabicStanceX",
    licence="CC BY 4.0, tweets under the platform's terms",
    citation="Alkhathlan, Alahmadi, Kateb, Al-Khalifa: Constructing and evaluating ArabicStanceX: a social media "
    "dataset for Arabic stance detection. Frontiers in Artificial Intelligence 8, 2025",
    read=_read,
    metrics={"stance": "favg2"},
    files=tuple(
        SourceFile(f"arabicstancex/{_FOLDER}/{split}/{topic.path}.json", f"{_URL}{split}/{topic.path}.json", sha256)
        for topic in _TOPICS
        for split, sha256 in zip(_SPLITS, (topic.train, topic.test), strict=True)
    ),
    notes="Upstream names a topic by its file; the targets in Arabic are ours, as the labels mean them: tweets in "
    "favour of mosques_speakers want loudspeakers shut, those in favour of Faisal_bin_Turkis_resignation want it. The "
    "authors' scores are favg2 and macro_f1 over all topics. 57 test tweets are nearly in train, and one training "
    "tweet is nearly in Mawqif's test. Topics near Mawqif's targets: Vaccine, vaccine_booster_dose, "
    "online_learning and women_driving. A model that is trained on them has never seen women empowerment, "
    "but a target like it: say so beside a score on mawqif_unseen.",
)
