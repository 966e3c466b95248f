"""Phrases that news sites insert into stories: players, ad labels, requests, credits, in many languages."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re

CLOCK = r"(?:\d{1,2}:)?\d{1,2}:\d\d"
_PLAYER = re.compile(
    rf"^\W*(?:(?:play|pause|mute|unmute|volume|loading|escuchar?|reproducir|pausa|silenciar|listen|audio|speed|1x)\W*)*{CLOCK}"
    rf"(?:\s*(?:/|\||-|–|of|de)\s*{CLOCK})?(?:\W*(?:play|pause|mute|unmute|volume|loading|1x|speed))*\W*$",
    re.IGNORECASE,
)
ZERO_CLOCK = re.compile(rf"^\W*(?:0{{1,2}}:00\s*/\s*{CLOCK}|{CLOCK}\s*/\s*{CLOCK})\W*$")
_AD_LABEL = re.compile(
    r"^\W*(?:ads?|adverts?|advertisements?|advertising|ads? destiny link|ads? by \w+|ad feedback|sponsored(?: by| content| links?)?|paid content"
    r"|paid post|promoted(?: content)?|publicidad(?:es)?|anuncios?|patrocinado(?: por)?|contenido patrocinado|publicit[ée]|pubblicit[àa]"
    r"|annonce|anzeige|werbung|publicidade|propaganda|reklama?|advertentie|mainos)"
    r"(?:\W+(?:scroll (?:down )?to continue.{0,30}|continue reading below|story continues below|article continues below|skip (?:ad|advertisement)"
    r"|contin[úu]a (?:leyendo|abajo).{0,20}))?\W*$"
    r"|^\W*(?:story|article|content) continues (?:below|after).{0,40}$|^\W*scroll (?:down )?to continue.{0,40}$"
    r"|^\W*skip (?:past |this )?(?:ad|advertisement|newsletter promotion)\W*$",
    re.IGNORECASE,
)
_SOCIAL = r"(?:facebook|twitter|x|instagram|whatsapp|telegram|linkedin|pinterest|reddit|youtube|tiktok|threads|bluesky|mastodon|google news|e-?mail|flipboard)"
_DISCLOSURE = r"(?:(?:this|that|the|our) (?:article|post|story|page|site|content)(?: \w+)? (?:may |might )?contains? (?:affiliate|referral|sponsored)|we (?:may|might) (?:earn|receive|get) (?:a |an )?(?:small )?(?:affiliate )?(?:commission|compensation|money)|as an amazon associate)\b"
_OPENINGS = (
    r"sign up (?:here |now |today |below )?(?:for|to|and|with)\b.{0,160}(?:newsletters?|inbox|alerts?|e-?mail updates?|bulletin|briefing)\b",
    r"subscribe\b.{0,120}\b(?:newsletters?|inbox|alerts?|e-?mails?|channel|podcast|today|unlimited|whatsapp|telegram|community|mailing list|subscribers?)\b",
    r"(?:register|join)\b.{0,60}\b(?:our|us|for free|now|your)\b.{0,100}\b(?:newsletters?|inbox|alerts?|e-?mails?|(?:our|youtube|whatsapp|telegram) channel|podcast|today|whatsapp|telegram|community|mailing list|subscribers?)\b",
    r"(?:register|join) (?:now|today|us|for free)\W*$",
    r"(?:subscribe|sign up|sign in|log ?in|register|subscribe now|join now|create (?:a |an )?(?:free )?account|start your free trial)\W*$",
    r"(?:get|receive|have)\b.{0,120}\b(?:(?:in|to) your (?:inbox|email|in-box)|our .{0,30}newsletters?|newsletters? (?:here|today|now|daily|weekly)|straight to your)\b",
    r"(?:enter|type) your (?:e-?mail|name|zip)\b",
    r"by (?:signing up|subscribing|submitting|clicking|registering|providing)\b.{0,160}\b(?:you(?:.ll| will)? (?:agree|consent|accept|acknowledge|confirm|are agreeing|receive)|i (?:agree|consent|accept)|our (?:terms|privacy))\b",
    r"(?:you can unsubscribe|unsubscribe at any)\b",
    r"(?:thank you|thanks) for (?:signing up|subscribing|registering|reading|your (?:feedback|comment|subscription))\b.{0,60}$",
    r"(?:download|get|install|try) (?:the|our)\b.{0,60}\bapp\b",
    rf"(?:follow|tweet)\b.{{0,60}}\b(?:on|at|via|@)\W*{_SOCIAL}\b.{{0,80}}$",
    rf"(?:like|find|join|connect with) (?:us|me|our|the (?:author|reporter|conversation|discussion))\b.{{0,60}}\b(?:on|at|via|@)\W*{_SOCIAL}\b.{{0,80}}$",
    rf"(?:share|compartir|compart[ea]|partager|teilen|condividi|tweet|pin|save|print|email|e-mail)(?: (?:this|the|on|via|to|with|article|story|post|page|link|{_SOCIAL}|content|est[ae]|el|la|en|nota|noticia|art[íi]culo|contenido))*\W*$",
    rf"(?:{_SOCIAL}\W*){{2,}}$",
    r"(?:read|see|view|watch|listen|hear)\s?(?:more|also|next|now|this|related|the full (?:story|article))?\s*[:|»>].{0,200}$",
    r"(?:more(?: (?:on this|from|stories|news|like this|coverage|information))?|related(?: (?:articles?|stories|story|news|posts?|content|reading|topics|coverage|links?))?|also read|recommended(?: (?:reading|stories))?|up next|trending(?: now)?"
    r"|(?:don.?t|do not) miss|in case you missed it|you (?:may|might) (?:also )?(?:like|be interested in)|most (?:read|popular)|editor.?s (?:picks?|choice)|further reading|what to read next|top stories|keep reading|continue reading|read more|read also|learn more|leer m[áa]s|seguir leyendo|lire la suite|weiterlesen|mehr lesen|leggi tutto|leia mais)\W*$",
    r"(?:related|also read|read also|read more|see also|more|recommended|must read|read next|don.?t miss|watch|listen|lea tambi[ée]n|lee tambi[ée]n|leer m[áa]s|te puede interesar|le puede interesar|ver tambi[ée]n|mira tambi[ée]n|vea tambi[ée]n|[àa] lire aussi|lire aussi|lesen sie auch|leia tamb[ée]m|leia mais|leggi anche)\s*[:|»>–—-]\s*\S.{0,200}$",
    r"(?:lea|lee|mira|vea|leia|leggi|lisez|lire) (?:tambi[ée]n|m[áa]s|tamb[ée]m|mais|anche|aussi)\b(?:\W{0,3}|\W{1,3}(?:sobre|de|en|em|su|sur)\b.{0,100}|\s*[:|»>–—-].{0,160})$",
    r"(?:te|le) (?:puede|podr[íi]a) interesar(?: tambi[ée]n)?(?:\W{0,3}|\s*[:|»>–—-].{0,160}|.{0,100}[^.])$",
    r"(?:click|tap|haga clic|haz clic|clique|cliquez)\b.{0,10}\b(?:here|aqu[íi]|ici)\b(?:\W*$|\W* (?:to|for|if|para|pour|and)\b.{0,80}\b(?:app|newsletters?|e-?mails?|alerts?|subscri\w+|sign|join|register|donate|buy|order|shop|get|discover|follow|watch|listen|video|podcast|read (?:more|the (?:full|rest|original))|learn more|find out more|contact|comment|suscri\w+|bolet[íi]n|reg[íi]strate|s'abonner|more (?:stories|news))\b.{0,60}$|[^\w\s].{0,120}$)",
    r"(?:suscr[íi]bete|suscr[íi]base|reg[íi]strate|inscr[íi]bete|s[íi]guenos|descarga (?:la|nuestra) app|[úu]nete a)\b.{0,160}$",
    r"(?:abonnez-vous|inscrivez-vous|t[ée]l[ée]chargez|iscriviti|seguici|abonnieren sie|assine|inscreva-se|siga-nos|cadastre-se)\b.{0,160}$",
    r"already (?:a |have )(?:subscriber|an account|member)\b\W*(?:$|(?:log|sign|view|activate|click|access|please)\b.{0,80}$)",
    _DISCLOSURE,
    r"(?:©|copyright\W{0,3}(?:©|\(c\)|\d{4}|by\b|notice\W*$|$|all rights)|copyright\b.{0,100}\b(?:all rights reserved|\d{4})\W*(?:all rights reserved\W*)?$|\(c\) ?\d{4}|all rights reserved)",
    r"(?:this material may not be published|the associated press contributed|reprinted with permission)\b.{0,200}$",
    r"(?:your browser does not support|please enable javascript|enable javascript|javascript is (?:disabled|required)|this video (?:is not|can ?not)|video player is loading)\b.{0,160}$",
    r"(?:leave a (?:comment|reply)|post a comment|comments?(?: \(?\d*\)?)?|view comments|show comments|\d+ comments?|add a comment|join the (?:conversation|discussion)|comentarios?|deja un comentario)\W*$",
    r"(?:back to top|skip to (?:main )?content|go to top|jump to (?:recipe|navigation)|table of contents|advertiser disclosure|print|loading\W*|show more|load more|view all|see all|read full article|listen to this article|text size|font size)\W*$",
    r"(?:popular|trending|most (?:read|popular|viewed)|top stories|more|latest) (?:on|in|from|at) \S.{0,40}(?<![.!?])$",
    r"(?:don.?t miss|not to be missed|no te pierdas|n[ãa]o perca)\b.{0,160}$",
    r"(?:this|the following) (?:might|may) (?:also )?be interesting\b.{0,60}$",
    r"(?:tell us|let us know|what do you think|have your say)\b(?:\W*$|.{0,60}\b(?:comments?|below|e-?mail|survey|poll|here|facebook|twitter|share)\b.{0,40}$)",
    r"(?:order reprints|this article has been sent to|this copy is for your personal)\b.{0,200}$",
    r"thank you\W*$",
    r"(?:there was an error|an error occurred)\W*(?:$|(?:while |when )?(?:submitting|sending|loading|processing|saving|please|try|with your)\b.{0,80}$)",
    r"(?:no items found|please try again)\b.{0,40}$|this slideshow requires javascript\W*$",
    r"share (?:the|this) (?:blog|content|article|story|post|page)\b.{0,20}$",
    r"(?:tags?|filed under|topics?|keywords?|etiquetas?|temas?|categor(?:y|ies|[íi]as?)|palavras-chave|schlagw[öo]rter)\W*$",
    r"(?:tempo|tiempo|temps) de (?:leitura|lectura|lecture)\b.{0,20}$",
    r"\d{1,3} ?min(?:ute)?s? (?:read|de lectura|lesen|de lecture)\W*$",
    r"(?:reading time|read time|tiempo de lectura|lesezeit|temps de lecture)\W.{0,20}$",
    r"(?:do you have|got|have) (?:a )?(?:news |confidential )?(?:tip|story|question|correction)s?\b.{0,80}(?:@|\?\W*$|\?.{0,20}(?:contact|e-?mail|call|write|tell|send|submit|let us|get in touch|reach|text|click|share|whatsapp)\b.{0,120}$)",
)  # fmt: skip
_ANYWHERE = (
    r"\b(?:subscri\w+|sign[- ](?:in|up)|log[- ]?in|register|account|free|unlock|purchase|buy)\b.{0,120}\bto continue reading\b.{0,120}$",
    r"\bto continue reading\b.{0,60}\b(?:subscri\w+|sign (?:in|up)|log in|register|account|purchase|article)\b.{0,80}$",
    r"(?:^|[.!?|] )\W*(?:to continue reading|subscribe to (?:read|continue|unlock))\b.{0,120}$",
    r"\b(?:for subscribers only|unlock this article|your (?:free|remaining) articles?|this (?:article|content|story) is (?:for|available to|only for) (?:subscribers|members))\b.{0,60}$",
)  # fmt: skip
_PROMPT = re.compile(r"^\W*(?:" + "|".join(_OPENINGS) + ")", re.IGNORECASE)
# A sentence about somebody is not a request to the reader.
_REPORTED = re.compile(
    r"[”\"»’']\s*,?\s*(?:[^\W\d_]+\W+){0,6}(?:said|says|told|asked|added|wrote|explained|replied|dijo|dice|afirm[óo]|explic[óo]|a[ñn]adi[óo]|se[ñn]al[óo]|pregunt[óo]|disse|afirmou|sagte|sagt|erkl[äa]rte|meinte|a dit|d[ée]clar[ée]|a d[ée]clar[ée]|explique|ha detto|ha dichiarato|spiega)\b"
    r"|,\s(?:[^\W\d_]+\W+){0,6}(?:said|says|told|dijo|afirm[óo]|disse|sagte|sagt)\b[^:]{0,60}\.$"
    r"|[”»]\s+[a-zà-ÿ]"
)
_OPENS_QUOTATION = ("“", "«", "„", "‘", "「", '"')
_WALL_WORD = re.compile(r"subscri|continue reading|unlock|articles?", re.IGNORECASE)
_PROMPT_INSIDE = re.compile("|".join(_ANYWHERE), re.IGNORECASE)
_PERSON = r"[^\W\d_a-zß-öø-ÿ][\w.'’-]*"
_PEOPLE = rf"{_PERSON}(?:(?:,? (?:and|y|e|und|et|&) |, | )(?:(?:de|del|la|van|von|da|di|al|bin) )*{_PERSON}){{0,14}}"
_CREDIT_LINE = re.compile(
    rf"^\W*(?:(?:(?i:additional |with )?(?i:reporting|editing|writing)(?i: and (?:writing|editing))? (?i:by)|(?i:compiled by|edited by|con informaci[óo]n de)) (?:{_PEOPLE}|(?i:the associated press|staff|agencies|agencias))"
    rf"(?:,? in (?:{_PERSON} ?){{1,3}})?\W*(?:(?i:;|\.|,)? ?(?i:additional |with )?(?i:reporting|editing|writing|graphics?|photos?)\b.{{0,160}})?$)"
    r"|^\W*(?i:source|fuente|quelle|fonte)\s*:\s*\S.{0,60}$"
    r"|^\W*(?i:e-?mail|write to|contact|reach)\b.{2,80}@.{2,80}$|^\W*(?i:e-?mail|write to|contact) .{2,40} or follow\b"
    r"|^\W*(?i:contact|reach) (?:the (?:author|reporter|writer)|him|her|me|us|[^\W\d_a-z]\S* [^\W\d_a-z]\S*) at \S.{2,60}$"
    rf"|^\W*{_PEOPLE}(?:,? [^.]{{0,60}})? contributed(?: (?:reporting|to (?:this|the) (?:report|story|article|post|piece)|research)\b.{{0,80}}| from (?:{_PERSON},? ?){{1,5}})?\.?$"
    r"|^\W*(?i:(?:the )?associated press|reuters|afp|staff writers?)\b.{0,80} contributed\b.{0,60}\.?$"
    r"|\bcontribuy[óo] (?:a|con) est[ae] (?:nota|informe|reportaje|art[íi]culo|historia)\b.{0,40}$"
)
_LONGEST_PROMPT = 400
_LONGEST_ANNOUNCEMENT = 200
_ANNOUNCEMENT = re.compile(
    r"\W*(?:also read|read(?: also| more| next)?|see also|see more|related|must read|more|learn more|watch|listen|recommended|lea tambi[ée]n|lee tambi[ée]n"
    r"|ver tambi[ée]n|leer m[áa]s|[àa] lire aussi|lire aussi|lesen sie auch|mehr lesen|leia tamb[ée]m|leia mais|leggi anche)\s*[:|»>–—-]\s*\S",
    re.IGNORECASE,
)
_DISCLOSES = re.compile(rf"\W*{_DISCLOSURE}", re.IGNORECASE)
_CONTRIBUTED = re.compile(r"\bcontributed to th(?:is|e) (?:article|post|piece)\b", re.IGNORECASE)
_LONGEST_LABEL = 60
_LABEL = re.compile(
    r"\W*(?:more|more (?:information|on this)|related|learn more|see also|up next|further reading|keep reading|continue reading|tags?|topics?"
    r"|keywords?|etiquetas?|temas?|categor(?:y|ies|[íi]as?)|palavras-chave|schlagw[öo]rter|print|comentarios?|comments?|copyright(?: notice)?"
    r"|more (?:on|in|from|at) \S.*)\W*",
    re.IGNORECASE,
)


def is_player(text: str) -> bool:
    """A media player's clock and buttons: `00:00 / 00:00`."""
    return (
        len(text) <= 60
        and ":" in text
        and (ZERO_CLOCK.match(text) is not None or ("/" in text and _PLAYER.match(text) is not None))
    )


def is_ad_label(text: str) -> bool:
    """A label above or in place of an advertisement: `Advertisement`, `Publicidad`, `Ads destiny link`."""
    return len(text) <= 90 and _AD_LABEL.match(text) is not None


def is_prompt(text: str) -> bool:
    """A line that asks for something (newsletter, app, share, log in) or links to other content (related, read
    more)."""
    if len(text) > _LONGEST_PROMPT:
        return False
    asks = _PROMPT.match(text) is not None or (
        _WALL_WORD.search(text) is not None and _PROMPT_INSIDE.search(text) is not None
    )
    return asks and not _is_speech(text)


def is_announcement(text: str) -> bool:
    """Whether a line names another page after words such as "Also read:". Most such lines are links."""
    return len(text) <= _LONGEST_ANNOUNCEMENT and _ANNOUNCEMENT.match(text) is not None


def is_disclosure(text: str) -> bool:
    """Whether a line tells that links on the page earn money."""
    return _DISCLOSES.match(text) is not None


def names_contributors(text: str) -> bool:
    """Whether a line names who contributed to an article, as magazines and blogs do; agencies word it otherwise."""
    return _CONTRIBUTED.search(text) is not None


def is_label(text: str) -> bool:
    """Whether a prompt only names the content below it: "Related", "More information", "Keywords"."""
    return len(text) <= _LONGEST_LABEL and _LABEL.fullmatch(text) is not None


def _is_speech(text: str) -> bool:
    """Whether a line quotes somebody: it opens a quotation and continues after it, or names the speaker."""
    if _REPORTED.search(text):
        return True
    return text[:1] in _OPENS_QUOTATION and text.rstrip()[-1:] not in '”»’」"'


def is_credit_line(text: str) -> bool:
    """Contributors to a story, contact lines, sources: lines that agencies put below the text."""
    return len(text) <= 400 and _CREDIT_LINE.search(text) is not None
