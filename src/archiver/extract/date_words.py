"""The words before a date on news pages, in many languages: published, changed, the source after it."""

# ruff: noqa: E501 - lists of words and phrases read better unbroken
from __future__ import annotations

import re

# "Published": the words may have a noun for the date before them, and a preposition or an hour behind them.
PUBLISHED = (
    r"(?:published|posted|publicad[oa]|publicaci[óo]n|publi[ée]e?s?|parue? le|ver[öo]ffentlicht|erschienen|erstellt|pubblicat[oa]|pubblicazione|publica[çc][ãa]o|publicat[ăa]?"
    r"|gepubliceerd|geplaatst|publicerad|publisert|udgivet|offentliggjort|julkaistu|opublikowan[oaey]|data publikacji|dodano|vyd[áa]no|publikov[áa]no|zve[řr]ejn[ěe]no"
    r"|megjelent|közzétéve|objavljeno|objavljen[oa]|avaldatud|paskelbta|publicēts|botuar|birtist|опубликован[оаы]?|дата публикации|опубліковано|дата публікації|публикуван[оа]?|публикация|објављено"
    r"|δημοσιεύ[θτ]ηκε|δημοσίευση|ημερομηνία δημοσίευσης|yayınlanma(?: tarihi)?|yayın tarihi|giriş(?: tarihi)?|oluşturulma(?: tarihi)?|eklenme(?: tarihi)?"
    r"|تاريخ النشر|نُ?شرت?(?: في| بتاريخ| يوم)?|تاریخ انتشار|شائع|פורסם(?: ב| בתאריך)?|תאריך פרסום|प्रकाशित|पब्लिश्ड|প্রকাশিত|প্রকাশ|เผยแพร่(?:เมื่อ)?|diterbitkan|dipublikasikan|ngày đăng|đăng(?: lúc| ngày)"
    r"|公開日?時?|掲載日?|配信日?|投稿日|发布(?:时间|日期|于)?|發布(?:時間|日期|於)?|發佈(?:時間|日期|於)?|发表(?:时间|于)?|發表(?:時間|於)?|기사 ?입력|입력|등록|게시|송고|작성)"
)
_CHANGED_WORDS = (
    r"(?:updated|modified|revised|reviewed|edited|edit|update|actualizad[oa]|actualizaci[óo]n|modificad[oa]|mise? [àa] jour|modifi[ée]e?|aktualisiert|ge[äa]ndert|aggiornat[oa]|modificat[oa]|atualizad[oa]|atualiza[çc][ãa]o|actualizat[ăa]?"
    r"|bijgewerkt|gewijzigd|uppdaterad|oppdatert|opdateret|p[äa]ivitetty|muokattu|aktualizacja|zaktualizowan[oa]|aktualizov[áa]no|aktualizace|friss[íi]tve|módosítva|a[žz]urirano|atnaujinta|atjaunots"
    r"|обновлен[оа]?|изменен[оа]?|оновлено|обновен[оа]?|ажурирано|ενημερώθηκε|τελευταία ενημέρωση|güncelleme(?: tarihi)?|güncellenme(?: tarihi)?|güncellendi"
    r"|(?:آخر |تاريخ ال)?تحديث|به ?روز ?رسانی|עודכן|עדכון(?: אחרון)?|अपडेटेड|अपडेट|আপডেট|อัปเดต(?:ล่าสุด)?|แก้ไขล่าสุด|diperbarui|cập nhật(?: lúc)?"
    r"|(?:最終)?更新(?:日時?|时间|時間|日期|于|於)?|修改(?:时间|時間)?|최종 ?수정|수정|업데이트)"
)
_BEHIND = r"(?:\s*[:：]?\s*(?:on|at|date|el|am|le|il|em|du|de|den|op|la|o|dnia|dne|в|о|at)\b)*"
_HOUR = r"(?:\W*(?:at\s+)?\d{1,2}[:.]\d\d(?:\s?[ap]\.?m\.?|\s?uhr|\s?h)?(?:\s[A-Z]{2,4})?(?:,|\s+[|–-]|\s+(?:on|am|le|el))\s)?"
STATED = re.compile(
    r"^\W*(?:(?:(?:first|originally|article|date|fecha(?: de)?|story)\s+)*"
    rf"(?:{PUBLISHED}|created|written|issued|released|added|fecha|data|date|dated|on|am|el|le|du|em|il|日期|时间|時間|วันที่){_BEHIND}(?!\w){_HOUR}|{PUBLISHED})\W*",
    re.IGNORECASE,
)
CHANGED = re.compile(
    rf"^\W*(?:(?:last|[úu]ltima|derni[èe]re|zuletzt|letztes|laatst|sist|senast|viimeksi|ostatnia|последн[а-я]+|son)\s+)*{_CHANGED_WORDS}{_BEHIND}\W*",
    re.IGNORECASE,
)
LABEL_ALONE = re.compile(
    rf"^\W*(?:(?:(?:first|originally|date|article)\s+)?{PUBLISHED}|publication date|publish date|date published|fecha de publicaci[óo]n){_BEHIND}\W*$",
    re.IGNORECASE,
)
PUBLISHED_LABEL = re.compile(rf"(?<!\w){PUBLISHED}", re.IGNORECASE)
# Where a second date or the source begins in a line: "Publié le ..., mis à jour le ...", "... 来源：".
NEXT_PART = re.compile(
    rf"[\s,;(（/|]+(?=(?:last\s+|letztes\s+|son\s+|[úu]ltima\s+)?{_CHANGED_WORDS}(?![^\W\d_])|{PUBLISHED}(?![^\W\d_])|(?:来源|來源|出处|出典|source|quelle|fuente|fonte)\s*[:：])"
    r"|\s+(?=公開$|配信$|掲載$|更新$)|\s+[|·•–—⋅/・]\s+|\s{2,}",
    re.IGNORECASE,
)
