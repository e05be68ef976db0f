"""GDELT's codes of peoples: three small letters, as they stand alone or behind a country.

Facts from GDELT's list `CAMEO.ethnic`, which follows the CAMEO codebook's chapter 7 and, mostly, ISO 639-2: the
peoples that news of diplomacy and war name most. Rows of others are rejected.
"""

from typing import Final

_PEOPLES: Final = """\
aar Afar|abk Abkhaz|abr Aboriginal Australians|ace Acehnese|ach Acholi|afr Afrikaners|ala Alawites
alb Albanians|amh Amhara|ara Arabs|arm Armenians|asy Assyrians|aze Azerbaijanis|bak Bashkirs
bal Baloch|baq Basques|bej Beja|bel Belarusians|ber Berbers|bos Bosniaks|bul Bulgarians|cat Catalans
che Chechens|chi Chinese|cop Copts|crh Crimean Tatars|cze Czechs|dak Sioux|din Dinka|dru Druzes
drz Druzes|eng English|est Estonians|ewe Ewe|fur Friulians|fru Fur|ful Fula|geo Georgians
ger Germans|gre Greeks|hau Hausa|haz Hazaras|hmn Hmong|hrv Croats|hui Hui|hun Hungarians|hut Hutu
ibo Igbo|idg Indigenous peoples|ijo Ijaw|inh Ingush|ira Iranians|jav Javanese|jew Jews|jpn Japanese
kab Kabyles|kac Kachin|kar Karen|kas Kashmiris|kaz Kazakhs|khm Khmer|kik Kikuyu|kir Kyrgyz
kor Koreans|kur Kurds|lao Lao|lav Latvians|lit Lithuanians|luo Luo|mac Macedonians|mao Māori
mas Maasai|may Malays|mon Mongols|mro Moros|msl Muslims|mtn Montenegrins|mya Mayangnas|nag Nagas
nai Native Americans|nep Nepalis|ner Nuer|nba Nuba|ogo Ogoni|orm Oromo|oss Ossetians
pal Palestinians|pan Punjabis|per Persians|pol Poles|por Portuguese|pus Pashtuns|que Quechua
rom Roma|rum Romanians|rus Russians|sco Scots|shi Shia Muslims|shn Shan|sin Sinhalese|slo Slovaks
slv Slovenes|snd Sindhis|som Somalis|srp Serbs|sun Sunni Muslims|tam Tamils|tat Tatars|tgk Tajiks
tha Thai|tib Tibetans|tig Tigre|tir Tigrayans|tmh Tuareg|tra Transnistrians|tts Tutsi|tuk Turkmens
tur Turks|twn Taiwanese|uig Uyghurs|ukr Ukrainians|vie Vietnamese|yor Yoruba|zag Zaghawa|zay Zaidis
zor Zoroastrians|zul Zulu"""

#: The names of peoples by code.
PEOPLES: Final[dict[str, str]] = dict(
    entry.split(" ", 1) for line in _PEOPLES.splitlines() for entry in line.split("|")
)

#: What stands before a people in the older dictionaries of KEDS. In CAMEO it is Ethiopia.
ETHNIC: Final = "ETH"

#: What the registry's code of a people begins with: the same three letters in capitals are often a country's.
PREFIX: Final = "ETH-"
