"""The words of pages shown in place of the requested page: bot checks, requests for consent, logins.

Parts of regular expressions, matched case-insensitively, for the crawl (bytes of short pages) and for the index
(extracted text). Each comment states what counts as a sign; where the two uses differ, it gives the reason.
"""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re

_BOT_CHECK = r"just a moment|attention required|checking your browser|are you a (?:human|robot)|verify (?:that )?you are (?:a )?human|pardon our interruption|security check|request blocked|you have been blocked"
# Anywhere on a page with few words.
_BOT_CHECK_ANYWHERE = (
    rf"{_BOT_CHECK}|access (?:to this page has been )?denied|captcha|unusual traffic|ddos protection|acceso denegado"
)
# At the beginning of a title or text, where less evidence is enough: an error page with status 200 is included.
_BOT_CHECK_AT_START = rf"{_BOT_CHECK}|access denied|are you (?:human|robot)|please verify|403 forbidden|ddos"

# One occurrence on a page with few words is enough, so each names cookies or privacy, or occurs only on such pages.
_CONSENT_ONCE = (
    r"before you continue|we (?:and our partners )?(?:use|value) (?:cookies|your privacy)|your privacy choices"
    r"|accept (?:all )?cookies|consent to|utilizamos cookies|aceptar (?:todas|cookies)|nous utilisons des cookies|wir verwenden cookies"
)
# Counted in blocks of text, most of which must match: so a part of the sentence is enough.
_CONSENT_COUNTED = r"we (?:and our (?:\d+ )?partners )?(?:use|store|value)|uses? cookies|utilizamos (?:las )?cookies|usamos cookies|nous utilisons|wir verwenden|utilizziamo|before you continue to|your privacy|consent to|accept (?:all|cookies)|aceptar (?:todas|cookies)|su privacidad|tu privacidad"

_LOGIN = (
    r"\b(?:log ?in|sign ?in|iniciar? sesi[óo]n|inicia sesi[óo]n|se connecter|anmelden|accedi|entrar)\b.{0,80}(?:to (?:continue|read|view|access)|para (?:continuar|leer|ver|seguir)|pour (?:continuer|lire)|um .{0,20}(?:fortzufahren|zu lesen))"
    r"|\b(?:must|need to|please|debes?|tiene que) (?:be logged in|log ?in|sign ?in|register|iniciar sesi[óo]n)|^\W*(?:log ?in|sign ?in|iniciar sesi[óo]n|login)\W*$"
)

BLOCKED = re.compile(rf"^\W*(?:{_BOT_CHECK_AT_START})", re.IGNORECASE)
ASKS_CONSENT = re.compile(rf"\b(?:{_CONSENT_COUNTED})\b", re.IGNORECASE)
ASKS_LOGIN = re.compile(_LOGIN, re.IGNORECASE)
BLOCKED_BYTES = re.compile(_BOT_CHECK_ANYWHERE.encode(), re.IGNORECASE)
ASKS_CONSENT_BYTES = re.compile(_CONSENT_ONCE.encode(), re.IGNORECASE)
