"""Lines that news sites print into their stories: players, ad labels, requests, credits, in the languages they write."""

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
_OPENINGS = (
    r"(?:sign|signing) up (?:here |now |today |below )?(?:for|to|and|with)\b.{0,160}(?:newsletters?|inbox|alerts?|e-?mail updates?|bulletin|briefing)\b",
    r"(?:subscribe|register|join)\b.{0,120}\b(?:newsletters?|inbox|alerts?|e-?mails?|channel|podcast|today|unlimited|whatsapp|telegram|community|mailing list|subscribers?)\b",
    r"(?:subscribe|sign up|sign in|log ?in|register|subscribe now|join now|create (?:a |an )?(?:free )?account|start your free trial)\W*$",
    r"(?:get|receive|have)\b.{0,120}\b(?:(?:in|to) your (?:inbox|email|in-box)|newsletters?|straight to your)\b",
    r"(?:enter|type) your (?:e-?mail|name|zip)\b",
    r"(?:by (?:signing up|subscribing|submitting|clicking|registering|providing)|you can unsubscribe|unsubscribe at any)\b",
    r"(?:thank you|thanks) for (?:signing up|subscribing|reading|registering)\b",
    r"(?:download|get|install|try) (?:the|our)\b.{0,60}\bapp\b",
    rf"(?:follow|like|find|join|connect with|tweet)\b.{{0,60}}\b(?:on|at|via|@)\W*{_SOCIAL}\b.{{0,80}}$",
    rf"(?:share|compartir|comparte|partager|teilen|condividi|tweet|pin|save|print|email|e-mail)(?: (?:this|the|on|via|to|with|article|story|post|page|link|{_SOCIAL}|esta?|el|la|en|nota|noticia|art[íi]culo))*\W*$",
    rf"(?:{_SOCIAL}\W*){{2,}}$",
    r"(?:read|see|view|watch|listen|hear)\s?(?:more|also|next|now|this|related|the full (?:story|article))?\s*[:|»>].{0,200}$",
    r"(?:more(?: (?:on this|from|stories|news|like this|coverage|information))?|related(?: (?:articles?|stories|story|news|posts?|content|reading|topics|coverage|links?))?|also read|recommended(?: (?:reading|stories))?|up next|trending(?: now)?"
    r"|(?:don.?t|do not) miss|in case you missed it|you (?:may|might) (?:also )?(?:like|be interested in)|most (?:read|popular)|editor.?s (?:picks?|choice)|further reading|what to read next|top stories|keep reading|continue reading|read more|read also|learn more)\W*$",
    r"(?:related|also read|read also|read more|see also|more|recommended|must read|read next|don.?t miss|watch|listen|lea tambi[ée]n|lee tambi[ée]n|leer m[áa]s|te puede interesar|le puede interesar|ver tambi[ée]n|mira tambi[ée]n|vea tambi[ée]n|[àa] lire aussi|lire aussi|lesen sie auch|leia tamb[ée]m|leia mais|leggi anche)\s*[:|»>–—-]\s*\S.{0,200}$",
    r"(?:lea|lee|mira|vea|leia|leggi|lisez|lire) (?:tambi[ée]n|m[áa]s|tamb[ée]m|mais|anche|aussi)\b.{0,160}$",
    r"(?:te|le) (?:puede|podr[íi]a) interesar\b.{0,160}$",
    r"(?:click|tap|haga clic|haz clic|clique|cliquez)\b.{0,10}\b(?:here|aqu[íi]|ici)\b.{0,120}$",
    r"(?:suscr[íi]bete|suscr[íi]base|reg[íi]strate|inscr[íi]bete|s[íi]guenos|descarga (?:la|nuestra) app|[úu]nete a)\b.{0,160}$",
    r"(?:abonnez-vous|inscrivez-vous|t[ée]l[ée]chargez|iscriviti|seguici|abonnieren sie|assine|inscreva-se|siga-nos|cadastre-se)\b.{0,160}$",
    r"already (?:a |have )(?:subscriber|an account|member)\b.{0,80}$",
    r"(?:(?:this|that|the|our) (?:article|post|story|page|site|content)(?: \w+)? (?:may |might )?contains? (?:affiliate|referral|sponsored)|we (?:may|might) (?:earn|receive|get) (?:a |an )?(?:small )?(?:affiliate )?(?:commission|compensation|money)|as an amazon associate)\b",
    r"(?:©|copyright\b|\(c\) ?\d{4}|all rights reserved)",
    r"(?:this material may not be published|the associated press contributed|reprinted with permission)\b.{0,200}$",
    r"(?:your browser does not support|please enable javascript|enable javascript|javascript is (?:disabled|required)|this video (?:is not|can ?not)|video player is loading|an error (?:has )?occurred)\b.{0,160}$",
    r"(?:leave a (?:comment|reply)|post a comment|comments?(?: \(?\d*\)?)?|view comments|show comments|\d+ comments?|add a comment|join the (?:conversation|discussion)|comentarios?|deja un comentario)\W*$",
    r"(?:back to top|skip to (?:main )?content|go to top|jump to (?:recipe|navigation)|table of contents|advertiser disclosure|print|loading\W*|show more|load more|view all|see all|read full article|listen to this article|text size|font size)\W*$",
    r"(?:popular|trending|most (?:read|popular|viewed)|top stories|more|latest) (?:on|in|from|at) \S.{0,40}$",
    r"(?:don.?t miss|not to be missed|no te pierdas|n[ãa]o perca)\b.{0,300}$",
    r"(?:this|the following) (?:might|may) (?:also )?be interesting\b.{0,60}$",
    r"(?:tell us|let us know|what do you think|have your say)\b.{0,80}$",
    r"(?:order reprints|thank you|this article has been sent to|this copy is for your personal)\b.{0,200}$",
    r"(?:there was an error|an error occurred|no items found|please try again)\b.{0,80}$",
    r"share (?:the|this) (?:blog|article|story|post|page)\b.{0,20}$",
    r"(?:tags?|filed under|topics?|keywords?|etiquetas?|temas?|categor(?:y|ies|[íi]as?)|palavras-chave|schlagw[öo]rter)\W*$",
    r"(?:tempo|tiempo|temps) de (?:leitura|lectura|lecture)\b.{0,20}$",
    r"\d{1,3} ?min(?:ute)?s? (?:read|de lectura|lesen|de lecture)\W*$",
    r"(?:reading time|read time|tiempo de lectura|lesezeit|temps de lecture)\W.{0,20}$",
    r"(?:do you have|got|have) (?:a )?(?:news )?(?:tip|story|question|correction|confidential)\b.{0,160}$",
)  # fmt: skip
_ANYWHERE = (
    r"\b(?:to continue reading|subscribe to (?:read|continue|unlock)|for subscribers only|unlock this article|your (?:free|remaining) articles?|this (?:article|content|story) is (?:for|available to|only for) (?:subscribers|members))\b.{0,120}$",
)  # fmt: skip
_PROMPT = re.compile(r"^\W*(?:" + "|".join(_OPENINGS) + ")", re.IGNORECASE)
_WALL_WORD = re.compile(r"subscri|continue reading|unlock|articles?", re.IGNORECASE)
_PROMPT_INSIDE = re.compile("|".join(_ANYWHERE), re.IGNORECASE)
_CREDIT_LINE = re.compile(
    r"^\W*(?:(?:additional |with )?reporting by\b|\(?reporting (?:and writing )?by\b|editing by\b|writing by\b|compiled by\b|edited by\b|con informaci[óo]n de\b"
    r"|source\s*:\s*\S.{0,60}$|fuente\s*:\s*\S.{0,60}$|quelle\s*:\s*\S.{0,60}$|fonte\s*:\s*\S.{0,60}$"
    r"|(?:e-?mail|write to|contact|reach) .{2,80}(?:@|\bat\b).{2,80}$|(?:e-?mail|write to|contact) .{2,40} or follow\b)"
    r"|\bcontributed (?:to|reporting|from)\b.{0,80}\.?$|\bcontributed\.?$|\bcontribuy[óo] (?:a|con) est[ae]\b.{0,60}$",
    re.IGNORECASE,
)
_LONGEST_PROMPT = 400


def is_player(text: str) -> bool:
    """A media player's clock and buttons: `00:00 / 00:00`."""
    return (
        len(text) <= 60
        and ":" in text
        and (ZERO_CLOCK.match(text) is not None or ("/" in text and _PLAYER.match(text) is not None))
    )


def is_ad_label(text: str) -> bool:
    """What stands over or in place of an advertisement: `Advertisement`, `Publicidad`, `Ads destiny link`."""
    return len(text) <= 90 and _AD_LABEL.match(text) is not None


def is_prompt(text: str) -> bool:
    """A line that asks for something (newsletter, app, share, log in) or leads elsewhere (related, read more)."""
    return len(text) <= _LONGEST_PROMPT and (
        _PROMPT.match(text) is not None
        or (_WALL_WORD.search(text) is not None and _PROMPT_INSIDE.search(text) is not None)
    )


def is_credit_line(text: str) -> bool:
    """Who else worked on a story, whom to write to, where it came from: what agencies put below the text."""
    return len(text) <= 400 and _CREDIT_LINE.search(text) is not None
