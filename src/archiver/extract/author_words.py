"""The words of bylines, in the languages of news sites: before a name, after it, and those that are never a name."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re

from archiver.tokens import MARKS

WORK = r"(?:story|article|words|text|reporting|written|edited|posted|published|reviewed|created|author|texto|escrito|redactado|publicado|redacci[óo]n|autora?|texte|testo|tekst)"
PHOTOS = r"(?:photos?|photograph(?:s|y)?|photographer|pictures?|images?|illustrations?|video|graphics?|fotos?|fotograf[íi]as?|fot[óo]graf[oa]|imagen(?:es)?|v[íi]deo|ilustraci[óo]n(?:es)?|foto:?|fotografie|bilder?|bild|zdj[ęe]cia|фото|photographies?|cr[ée]dito)"
# The kind of text, before "by": "An analysis by", "Ein Gastbeitrag von", "Propos recueillis par", "a cura di".
_PIECE = (
    r"(?:(?:(?:an?|the|eine?|une?|un[ao]?|een|en)\s+)?(?:[^\W\d_]+\s+)?"
    r"(?:analysis|opinion|commentary|comment|column|review|interviews?|essay|guest (?:post|essay|column)|reported|curated|compiled|contributed"
    r"|gastbeitrag|gastkommentar|analyse|kommentar|kolumne|essay|glosse|rezension|reportage|protokoll|aufgezeichnet|aufgeschrieben|portr[äe]t|bericht|leitartikel"
    r"|recueillis?|tribune|chronique|entretien|r[ée]cit|[ée]crit|r[ée]dig[ée]|publi[ée]|entrevista|an[áa]lisis|columna|cr[óo]nica|reportaje"
    r"|cura|analisi|intervista|commento|articolo|analiza|wywiad|recensie|column|kr[öo]nika?|krönika))"
)
LEAD = re.compile(
    rf"^(?:(?:{WORK}(?:\s*(?:and|y|&|e|et|und|/)\s*\w+)?|{_PIECE})\s*(?:by|por)?\s*[:|]?\s+)?"
    r"(?:by|por|par|von|di|door|av|af|przez|scris de|piše|pisze|пише|napsala?|oleh|theo|γράφ(?:ει|ουν)(?: [οη]| οι)?|του|της|των|بقلم|كتبت?|מאת|โดย)\s*:?\s+",
    re.IGNORECASE,
)
# Prepositions that are also names (Oleh Kovalenko, Theo Smith, Di Lorenzo): a full name has to follow.
LEAD_OR_NAME = frozenset({"oleh", "theo", "von", "di", "av", "af"})
NEWSPAPER = re.compile(r"(?:le|la|les|the|el|die|der|das|il)\b|l[’']", re.IGNORECASE)
VIETNAMESE = re.compile("[ăđơưạ-ỹ]", re.IGNORECASE)
# The person before the name: "Aus Berlin berichtet Anna Müller", "dal nostro inviato Marco Bianchi", "oprac. Jan
# Nowak".
PRECEDED = re.compile(
    r"^(?:aus [^,]{2,30} (?:berichtet|berichten)|unsere[mnr]? (?:korrespondent|reporter|redakteur|mitarbeiter|autor)(?:in|en|innen)?"
    r"|(?:dal|dalla|del|della)\s+(?:nostr[oa]\s+)?(?:inviat|corrispondent|redattor)[aeio]+|de notre (?:envoy[ée]e?|correspondante?)(?: sp[ée]cial[e]?)?(?: [àa] [^,]{2,20},)?"
    r"|(?:interview|entrevista|intervista|intervju)\s?:|oprac(?:owa[łl]a?)?\.?|rozmawia[łl]a?|not\.|texto?e?|tekst|testo|words)\s+(?=[^\W\d_]\S*\s+\S)",
    re.IGNORECASE,
)
# Editors, compilers and translators count as authors only if nobody else is named.
EDITED = re.compile(
    r"^(?:additional |further )?(?:edit(?:ed|ing|or)|curated|produc(?:ed|tion|er)|translat(?:ed|ion|or)|fact[- ]check(?:ed|ing)|copy ?edit(?:ed|ing)|compiled|editado|edici[óo]n|traducci[óo]n|traducid[oa]|redigiert|[üu]bersetzt|[ée]dit[ée]|traduit|traduction)"
    r"\s*(?:(?:by|por|von|par)\b\s*:?|[:：])\s*",
    re.IGNORECASE,
)
EDITED_BEHIND = re.compile(rf"\s*,\s+(?={EDITED.pattern.removeprefix('^')})", re.IGNORECASE)
# The word before a colon, or alone in a line, that announces an author: "Plain Text Author:", "Автор:", "Yazan:".
LABEL = (
    r"(?:(?:(?:plain text|article|story|post|news)\s+)?(?:author|writer|reporter|byline)s?(?:\(s\))?(?:\s+name)?|by|written by|words by|story by|reporting by|text by|posted by"
    r"|por|escrito por|texto(?: de)?|redactad[oa] por|publicado por|autor(?:a|es|as|in|ka|ky|ři|zy|i|s)?|auteur(?:e|s)?|autric[ei]|autor[ei]|texte(?: de)?|testo(?: di)?|tekst|text|von|redacteur|redactora?|periodista|reportagem|article by|contributors?"
    r"|piše|pisali|pisze|opracowa(?:nie|ła|ł)|autorica|napsala?|připravila?|scris de|redactor|bearbeitung|skribent|forfatter|journalist|toimittaja|kirjoittaja|teksti|szerző|írta|yazan|yazar|haber|penulis|oleh|tác giả|autorius|autors|mwandishi|may-akda|ni"
    r"|автор(?:ы|и|ка)?|аутор(?:ка|и)?|пише|текст|аўтар|συντάκτης|συντάκτρια|συντάκτες|γράφει(?: [οη])?|κείμενο|מאת|כתב|بقلم|كتب|كتبت|الكاتب|نویسنده|مصنف|तحریر|लेखक|द्वारा|रिपोर्ट|লেখক|ผู้เขียน|โดย|作者|撰文|執筆|記者|记者|글|기자)"
)
LABEL_LEAD = re.compile(rf"^{LABEL}\s*[:：]\s*", re.IGNORECASE)
LABEL_ALONE = re.compile(rf"^{LABEL}\s*[:：]?$", re.IGNORECASE)
PHOTO_PART = re.compile(
    rf"(?:^|[\n|;,/·•()]|\s[-–—]|\s(?:and|y|&|et|und|e))\s*{PHOTOS}\s*(?:by|por|de|di|von|par|:|/|©)\s*[^\n|;·•()]*|\s{PHOTOS}\s*[:：][^\n|;·•()]*"
    rf"|\s{PHOTOS}\s+(?:by|por|von|par)\s[^\n|;·•()]*|,\s*(?:fotos?|photos?|bild|bilder)\s+(?=[^\W\d_]\S*\s+\S)[^\n|;·•(),]*",
    re.IGNORECASE,
)
WORDS_AND_PHOTOS = re.compile(
    rf"^{WORK}\s*(?:and|y|&|e|et|und|/|,)\s*{PHOTOS}\s*(?:by|por|de|di|von|par|:)*\s+", re.IGNORECASE
)
HARD = re.compile(r"\s*(?:;|\||/|·|•|⋅|\n|、)\s*|\s+[–—]\s+")
COMMA = re.compile(r"\s*[,，،]\s*")
AND = re.compile(
    r"\s+(and|y|e|et|und|en|og|och|oraz|con|with|i|ja|ve|és|și|şi|dan|và|ir|un|dhe|(?-i:a)|и|та|και|और|&|\+|by|por)\s+|\s*([&+])\s+|\s+و\s*(?=\w)",
    re.IGNORECASE,
)
SHORT_AND = frozenset({"y", "e", "i", "en", "ja", "a", "un", "ir", "dan"})  # may also be inside a name: Ortega y Gasset
TAIL = re.compile(
    r"\s*(?:[|•·–—]|\s-\s|,?\s+(?:updated|published|posted|last updated|on \w+ \d|(?:medically )?reviewed\b|fact[- ]checked\b)).*$",
    re.IGNORECASE | re.DOTALL,
)
EMPLOYER_TAIL = re.compile(
    r"\s*,?\s+(?:special to|for (?:the )?[A-Z]|staff (?:writer|reporter)|para (?:el|la) [A-Z]|especial para|reporting (?:from|in)|contributed).*$",
    re.IGNORECASE | re.DOTALL,
)
PLACE_TAIL = re.compile(
    r"(?:,?\s+(?:in|en|à|aus|from|desde|из|w|v)|,\s+i)\s+[A-ZÁÉÍÓÚÀ-ÞА-Я][\w.’'-]+(?:\s[A-ZÁÉÍÓÚÀ-ÞА-Я][\w.’'-]+){0,2}$"
)
# A name followed by its share of the work: "Anna Müller (Text) und Bernd Schulz (Fotos)".
PHOTOGRAPHER = re.compile(
    rf"(?:\s+(?:and|y|&|et|und|e|i|og|och|en)|\s*[,;|/])\s+[^,;|/()]{{3,60}}\(\s*{PHOTOS}\s*\)", re.IGNORECASE
)
# The employer after a name without a comma: "Ana Díaz Associated Press", "Ana Díaz BBC Scotland", "Ana Díaz avec AFP".
AGENCY_TAIL = re.compile(
    rf"(?:(?<=[^\W\d_])|(?<=[{MARKS}\u200d]))(?:\s+(?:avec|mit|with|et|und|and|y|e|con|com|med|met))?\s+(?:(?:(?i:the )?(?i:associated press|canadian press|press association)|(?i:reuters|bloomberg news))"
    r"|(?:AP|AFP|DPA|dpa|EFE|ANSA|UPI|PTI|TNN|CNN|NPR|PBS)|(?:BBC|ABC|CBS|NBC|CTV|ITV|RTÉ|Sky)(?:\s(?:News|Sports?|[A-Z][a-z]+))?)$"
)
# Agencies and colleagues without a name behind one: "Ana Díaz and agencies", "Ana Díaz and 2 others".
AND_OTHERS = re.compile(
    r"(?:\s*,|\s+(?:and|y|e|et|und|&|avec|mit|with|con))\s+(?:(?:news|wire)\s+)?(?:agency|agencies|agencias?|agenturen|agences|agenzie|wires?|wire (?:reports|services)|(?:\d+\s+)?others?)\s*$",
    re.IGNORECASE,
)
# What an agency contributed: "Ana Díaz mit Material von dpa".
WITH_MATERIAL = re.compile(
    r"(?:^|\s+)(?:mit|with|con)\s+(?:\w*material|files?|informaci[óo]n(?:es)?)\s+(?:von|der|from|de)\s+", re.IGNORECASE
)
AGENCY_FIRST = re.compile(r"^([^\W\d_][\w ]{1,24}?)\s+-\s+(?=\S+\s+\S)")
# A job and everything after it: "Ana Díaz Founder at Example", "Ana Díaz Former Editor".
JOB_ONWARDS = re.compile(
    r"\s+(?:former|(?:co-?)?founder|ceo|head of|director of|(?:senior|chief|managing) \w+)\b.*$", re.IGNORECASE
)
# The place or section in a byline: "Ana Díaz in Madrid", "Ana Díaz in Opinion".
WRITES_IN = re.compile(
    rf"(?:(?<=\w)|(?<=[{MARKS}]))\s+in\b(?:\s+(?!and\b)[^\s,;|&]+)*(?=$|\s*[,;|&]|\s+and\s)", re.IGNORECASE
)
PARENTHESIS = re.compile(r"\s*[(\[（【][^)\]）】]*[)\]）】]")
# A desk that states the agency in brackets, "Agency (Reuters)": the agency is the author.
AGENCY_IN_BRACKETS = re.compile(
    r"^(?:by\s+)?(?:(?:news|our|staff|web|wire|the)\s+)*(?:agency|agencies|agencias?|agences?|agentur(?:en)?|agenzi[ae]|wires?|wire (?:service|report)s?|reporters?|staff|desk|bureau|newsroom)"
    r"\s*[(\[（]([^()\[\]（）]+)[)\]）]$",
    re.IGNORECASE,
)
ADDRESS = re.compile(rf"https?://\S+|www\.\S+|\S+@\S+\.\S+|(?<!\w)@[\w{MARKS}]+")
CREDENTIAL = re.compile(
    r"^(?:m\.?d\.?|ph\.?d\.?|r\.?d\.?n?\.?|r\.?n\.?|m\.?s\.?c?\.?|m\.?a\.?|b\.?a\.?|b\.?s\.?c?\.?|j\.?d\.?|m\.?b\.?a\.?|c\.?p\.?a\.?|d\.?o\.?"
    r"|jr\.?|sr\.?|i{2,3}|iv|esq\.?|cpt|cscs|cfp®?|e-?ryt\s*\d+|m\.?p\.?h\.?|fand|l\.?d\.?|d\.?d\.?s\.?|psy\.?d\.?|lcsw|faan|facp|(?-i:[A-Z]{2,6}®?))$",
    re.IGNORECASE,
)
# Credentials without a comma: "Ana Díaz MD".
CREDENTIAL_TAIL = re.compile(r"(?<=\w)\s+(?:MD|PhD|Ph\.D\.|RN|RD|JD|MBA|MPH|CPA|CFA|CFP®?|DVM|DDS|LCSW)\.?$")
GENERATION = re.compile(r"^(?:jr|sr|i{2,3}|iv)\.?$", re.IGNORECASE)
JOB = (
    r"(?:editors?|editora?|writers?|reporters?|correspondents?|columnists?|journalists?|producers?|contributors?|director[ae]?|manager|expert|specialist|professor|analysts?|founder|ceo|cto|president|officer|photographers?|critic"
    r"|researcher|fellow|anchor|host|intern|redactora?|redactor jefe|periodista|corresponsal|columnista|reportera?|colaborador[ae]?|directora?|fot[óo]graf[oa]|jefe|redakteur(?:in)?|korrespondent(?:in)?|journaliste|r[ée]dacteur|r[ée]dactrice|envoy[ée]e?"
    r"|correspondante?|[^\W\d_]*(?:reporter|korrespondent|redakteur|redakt[øö]r|journalist)(?:in|innen|en)?|[^\W\d_]{3,}leiter(?:in)?|dziennikar(?:z|ka)|caporedat(?:tore|trice)|giornalista|inviat[oa]|corrispondente|redactie|verslaggever|journalista|rep[óo]rter|editor-in-chief|gardener|dietitian|attorney|lawyer|meteorologist|chief|desk|bureau|head of)"
)
JOB_LEAD = re.compile(rf"^(?:(?:staff|senior|contributing|associate)\s+)?{JOB}\s+(?=[\w{MARKS}]+\s+\w)", re.IGNORECASE)
JOB_WORD = re.compile(rf"\b{JOB}\b", re.IGNORECASE)
JOB_TAIL = re.compile(
    r"\s+(?:(?:senior|sr\.?|chief|staff|associate|assistant|deputy|managing|executive|contributing|freelance|lead|tech(?:nology)?|political|politics|sports?|business|crime|health|science|education|news|city|digital|special|national|foreign|investigative|guest|web|copy|features?|opinion|data|arts?|culture|environment|climate|white house|local democracy|local|community|crime and courts|housing|transport|general|assignment|multimedia|breaking)\s+)*"
    r"(?:editor|editora|writer|reporter|correspondent|columnist|journalist|producer|contributor|photographer|redactora?|periodista|corresponsal|columnista|reportera?|[^\W\d_]*(?:reporter|redakteur|redakt[øö]r|korrespondent|journalist)(?:in|innen|en)?|redacteur|r[ée]dact(?:eur|rice)|dziennikar(?:z|ka)|journaliste|giornalista|gardener)$",
    re.IGNORECASE,
)
ORGANISATION = re.compile(
    r"\b(?:gmbh|co\.|kg|inc\b|llc|ltd|plc|s\.?a\.?$|ag$|corp|company|group|center|centre|centro|department|ministry|ministerio|institute|instituto|university|universidad|college|school|committee|commission|council|consejo|board|office|bureau|agency|agencia|society"
    r"|association|foundation|fundaci[óo]n|federation|union|team|equipo|newsroom|desk|service|press|news|media|times|post|magazine|journal|research|partners|studios?|editors|redacci[óo]n|redaktion)\b",
    re.IGNORECASE,
)
AGENCIES = frozenset(
    ["associatedpress", "čtk", "télam", "tasr", "tanjug", "hina", "bta", "тасс", "интерфакс", "риановости", "укринформ", "унн", "antara", "bernama", "tnn", "presstrustofindia", "agênciabrasil", "agenciabrasil", "folhapress", "theassociatedpress", "ap", "reuters", "thomsonreuters", "afp", "agencefrancepresse", "efe", "agenciaefe", "dpa", "dpaafx", "ansa", "bloomberg", "bloombergnews", "upi", "unitedpressinternational", "xinhua", "tass", "interfax", "kyodo", "kyodonews", "jijipress", "pti", "ani", "ians", "aap", "canadianpress", "thecanadianpress", "lapressecanadienne", "pamedia", "pressassociation", "europapress", "notimex", "telam", "lusa", "anp", "belga", "apa", "ritzau", "tt", "ntb", "stt", "ctk", "pap", "mti", "agerpres", "cp", "pa", "wireservices", "anadolu", "anadoluagency", "newswire", "prnewswire", "新华社", "新華社", "中新社", "共同社", "时事通信", "時事通信", "時事", "共同", "연합뉴스", "뉴시스"]
)  # fmt: skip
NOT_A_NAME = re.compile(
    rf"^(?:staff|admin|administrator|editor|editors|editorial|webmaster|guest|guest (?:contributor|author|writer|columnist|post)|anonymous|unknown|none|null|undefined(?: undefined)?|n/?a|user|root"
    r"|newsroom|news ?desk|web ?desk|(?:di |von |la |die |de |onze |par la )?(?:redacci[óo]n|redaction|r[ée]daction|redazione|redaktion|redactie(?: \w+)?|redakcja)|redakce|redaksi|redakcija|szerkesztőség|haber merkezi|toimitus|редакция|редакція|(?:from |by )?(?:(?:our|a|own|staff|special) )+(?:correspondents?|reporters?|bureau)|author|by|wp ?admin|contributors?|the editors?|(?:our|news|web|wire|editorial|online|the|site) (?:staff|team)"
    r"|staff (?:writer|reporter|report)s?|news staff|wire (?:service|report)s?|agencias?|agencies|agenturen|press release|(?:copy|share|print|save|download|send) \w+|(?:written|posted|published|story) by|\w+ admin|the author|about the author|author spotlight|member login|[a-z]+(?:\.[a-z]+){2,}"
    r"|(?:redacci[óo]n|redazione|redaktion|r[ée]daction|reda[çc][ãa]o) (?:del?|di|da|do|du|des|der) .*"
    rf"|(?:staff|redacci[óo]n|redaktion|redazione)(?: (?:and|y|e|und|et|/) (?:agencies|agencias|agenturen|agenzie|wires?|wire reports))?|sponsored|(?:learn|read|see|show|load) more|special to .*|{JOB}|\[object object\]|(?:false|true))$",
    re.IGNORECASE,
)
WORDY = re.compile(
    r"\b(?:read|click|follow|share|view|posts?|articles?|minutes?|updated|published|comments?|subscribe|newsletter"
    r"|all rights|copyright|is an?|was|has|login|log in|sign)\b|^(?:more|about)\b|\b(?:january|february|march|april|june|july|august|september|october|november|december)\W+\d",
    re.IGNORECASE,
)
BYLINE = re.compile(
    rf"^(?:(?:by|por|par|von|di|door|av|af|oleh|written by|escrito por|story by|texto|γράφ(?:ει|ουν)(?: [οη]| οι)?|بقلم|كتبت?|מאת)(?:\s*[:：]\s*|\s+)"
    rf"|{LABEL}\s*[:：]\s*|{WORK}\s*(?:and|y|&|et|und)\s*{PHOTOS}\s*(?:by|por|:)\s*)\S",
    re.IGNORECASE,
)
HAS_LETTER = re.compile(r"[^\W\d_]")
PARTICLES = frozenset(
    ["de", "la", "del", "los", "las", "van", "von", "der", "den", "da", "das", "dos", "do", "du", "des", "y", "al", "el", "bin", "ibn", "bint", "di", "le", "ter", "ten", "af", "av", "zu", "dalla", "della", "ben", "e", "i"]
)  # fmt: skip
# Parts of a byline that are a place of two words or more, which would otherwise pass for a name.
PLACES = frozenset(
    ["new york", "new york city", "los angeles", "san francisco", "san diego", "san antonio", "san juan", "san josé", "san jose", "santa fe", "santa cruz", "las vegas", "new orleans", "new delhi", "new jersey", "new mexico", "new hampshire", "north carolina", "south carolina", "north dakota", "south dakota", "west virginia", "rhode island", "washington d.c", "washington dc", "buenos aires", "ciudad de méxico", "mexico city", "são paulo", "sao paulo", "rio de janeiro", "santo domingo", "hong kong", "tel aviv", "kuala lumpur", "cape town", "saint petersburg", "st. petersburg", "st. louis", "salt lake city", "kansas city", "puerto rico", "costa rica", "el salvador", "united states", "united kingdom", "estados unidos", "great britain", "south africa", "south korea", "north korea", "saudi arabia", "sri lanka", "new zealand", "czech republic", "la paz", "la habana", "la plata", "el cairo", "el paso", "port-au-prince", "port au prince", "ho chi minh city", "abu dhabi", "addis ababa", "panama city", "guatemala city", "quezon city", "nueva york", "nueva delhi", "castilla y león", "islas baleares", "país vasco", "the hague", "den haag", "le havre", "la rochelle", "bad homburg", "frankfurt am main", "novi sad", "nizhny novgorod", "white house", "capitol hill", "wall street", "silicon valley", "middle east", "oriente medio", "latin america", "américa latina"]
)  # fmt: skip
