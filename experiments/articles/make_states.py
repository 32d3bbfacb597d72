"""Write the names of the world's states, as Unicode's CLDR has them, for the shipped gazetteer.

    pip install babel==2.18.0
    python experiments/articles/make_states.py > src/janib/data/articles/states.jsonl

Demonyms, capitals and further names are not in CLDR; they are in demonyms.jsonl in the same folder, written by hand.
"""

from __future__ import annotations

import json
import re
import sys
import unicodedata

from babel import Locale

# The members of the United Nations, then the observers, Kosovo and Taiwan.
CODES = """
    AD AE AF AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CF CG CH CI CL CM CN
    CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HN HR HT
    HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MG MH MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PT PW PY QA RO RS RU
    RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TZ UA UG US UY UZ VC
    VE VN VU WS YE ZA ZM ZW PS VA XK TW
"""
# Where CLDR's English name is not the common one, or is no name at all.
ENGLISH = {
    "CD": "DR Congo",
    "CG": "Republic of the Congo",
    "CI": "Ivory Coast",
    "CZ": "Czech Republic",
    "FM": "Micronesia",
    "MM": "Myanmar",
    "PS": "Palestine",
    "ST": "Sao Tome and Principe",
    "TR": "Turkey",
    "VA": "Vatican",
}
ARABIC = {
    "CD": "جمهورية الكونغو الديمقراطية",
    "CG": "جمهورية الكونغو",
    "MM": "ميانمار",
    "PS": "فلسطين",
    "TL": "تيمور الشرقية",
}


def make_id(name: str) -> str:
    """Write an English name in lower snake_case."""
    plain = (
        unicodedata.normalize("NFKD", name)
        .encode("ascii", "ignore")
        .decode()
        .replace("&", "and")
        .replace("St.", "Saint")
    )
    return "_".join(re.findall("[a-z]+", plain.lower()))


def main() -> None:
    """Print the file."""
    arabic, english = Locale("ar").territories, Locale("en").territories
    for code in CODES.split():
        name = ENGLISH.get(code, english[code])
        entry = {"id": make_id(name), "kind": "state", "ar": ARABIC.get(code, arabic[code]), "en": name}
        sys.stdout.write(json.dumps(entry, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
