"""Names of months and weekdays in dates, in the languages that need no date library.

A name with different meanings in two languages is excluded (`listopada`: November in Polish, October in Croatian), or
listed in `OF_ONE_LANGUAGE`.
"""

# ruff: noqa: E501 - lists of words read better unbroken
from __future__ import annotations

_NAMES = {
    1: "january jan enero ene janeiro janvier janv januar jänner januari gennaio gen styczeń stycznia stycz ocak oca января январь янв січня січень січ януари ιανουαρίου ιανουάριος ιαν gener ledna leden januára január január jan tammikuuta tammikuu"
    " ianuarie ian януар januara يناير كانون_الثاني جانفي ינואר ژانویه जनवरी มกราคม ม.ค",
    2: "february feb febrero fevereiro fev février févr februar februari febbraio lutego luty şubat şub февраля февраль фев лютого лютий лют февруари φεβρουαρίου φεβρουάριος φεβ febrer února únor februára február február helmikuuta helmikuu"
    " februarie фебруар februara فبراير شباط فيفري פברואר فوریه फ़रवरी फरवरी กุมภาพันธ์ ก.พ",
    3: "march mar marzo março mars märz maart mrt marca marzec mart марта март мар березня березень бер μαρτίου μάρτιος μαρ març března březen március marts maaliskuuta maaliskuu martie marta مارس آذار מרץ मार्च มีนาคม มี.ค mac",
    4: "april apr abril abr avril avr aprile kwietnia kwiecień kwi nisan апреля апрель апр квітня квітень кві април απριλίου απρίλιος απρ dubna duben apríla apríl április huhtikuuta huhtikuu aprilie aprila أبريل ابريل نيسان أفريل אפריל آوریل अप्रैल เมษายน เม.ย",
    5: "may mayo maio mai maggio mag mei maj maja mayıs мая май травня травень тра μαΐου μαίου μάιος μαΐ maig května květen mája máj május toukokuuta toukokuu мај مايو أيار ماي מאי مه मई พฤษภาคม พ.ค",
    6: "june jun junio junho juin juni giugno giu czerwca czerwiec haziran haz июня июнь июн червня червень чер юни ιουνίου ιούνιος ιουν juny června červen júna jún június kesäkuuta kesäkuu iunie iun јун juna يونيو يونيه حزيران جوان יוני ژوئن जून มิถุนายน มิ.ย",
    7: "july jul julio julho juillet juil juli luglio lug lipca lipiec temmuz tem июля июль июл липня липень лип юли ιουλίου ιούλιος ιουλ juliol července červenec júla júl július heinäkuuta heinäkuu iulie iul јул jula يوليو يوليه تموز جويلية יולי ژوئیه जुलाई กรกฎาคม ก.ค julai",
    8: "august aug agosto ago août aout augustus augusti sierpnia sierpień sie ağustos ağu августа август авг серпня серпень αυγούστου αύγουστος αυγ agost srpna srpen augusta augusztus elokuuta elokuu avgusta avgust أغسطس اغسطس آب أوت אוגוסט اوت अगस्त สิงหาคม ส.ค agustus ogos",
    9: "september sep sept septiembre setiembre set setembro septembre settembre września wrzesień wrz eylül eyl сентября сентябрь сен сент вересня вересень вер септември σεπτεμβρίου σεπτέμβριος σεπ setembre září septembra szeptember syyskuuta syyskuu septembrie септембар سبتمبر أيلول ספטמבר سپتامبر सितंबर सितम्बर กันยายน ก.ย",
    10: "october oct octubre outubro out octobre oktober okt ottobre ott października październik paź ekim eki октября октябрь окт жовтня жовтень жов октомври οκτωβρίου οκτώβριος οκτ října říjen októbra október lokakuuta lokakuu octombrie октобар oktobra أكتوبر اكتوبر تشرين_الأول אוקטובר اکتبر अक्टूबर ตุลาคม ต.ค",
    11: "november nov noviembre novembro novembre kasım kas ноября ноябрь ноя листопад лис ноември νοεμβρίου νοέμβριος νοε novembra marraskuuta marraskuu noiembrie noi новембар نوفمبر تشرين_الثاني נובמבר نوامبر नवंबर नवम्बर พฤศจิกายน พ.ย",
    12: "december dec diciembre dic dezembro dez décembre déc dezember desember dicembre grudnia grudzień gru aralık ara декабря декабрь дек грудня грудень гру декември δεκεμβρίου δεκέμβριος δεκ desembre des prosince prosinec decembra joulukuuta joulukuu decembrie децембар ديسمبر كانون_الأول דצמבר دسامبر दिसंबर दिसम्बर ธันวาคม ธ.ค disember",
}
MONTHS = {name.replace("_", " "): number for number, names in _NAMES.items() for name in names.split()}
# For these languages the table is not used: a date library reads their names.
OF_ONE_LANGUAGE = {
    "pl": {"listopada": 11, "listopad": 11, "lis": 11},
    "uk": {"листопада": 11},
    "cs": {"listopadu": 11, "listopad": 11},
}
for _names in OF_ONE_LANGUAGE.values():  # the languages of most pages with these names
    for _name, _number in _names.items():
        MONTHS.setdefault(_name, _number)
OTHERWISE = frozenset({"hr", "bs"})  # Croatian and Bosnian: listopada is October, srpnja July
WEEKDAYS = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?|lunes|martes|mi[ée]rcoles|jueves|viernes"
    r"|s[áa]bado|domingo|(?:segunda|ter[çc]a|quarta|quinta|sexta)(?:-feira)?|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|luned[ìi]|marted[ìi]|mercoled[ìi]"
    r"|gioved[ìi]|venerd[ìi]|sabato|domenica|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag"
    r"|mandag|tirsdag|lørdag|søndag|maanantai(?:na)?|tiistai(?:na)?|keskiviikko(?:na)?|torstai(?:na)?|perjantai(?:na)?|lauantai(?:na)?|sunnuntai(?:na)?"
    r"|poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela|pondělí|úterý|středa|čtvrtek|pátek|neděle|pondelok|utorok|streda|štvrtok|piatok|nedeľa"
    r"|hétfő|kedd|szerda|csütörtök|péntek|szombat|vasárnap|pazartesi|salı|çarşamba|perşembe|cuma(?:rtesi)?|pazar|luni|marți|miercuri|joi|vineri|sâmbătă|duminică"
    r"|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье|понеділок|вівторок|середа|четвер|п.ятниця|субота|неділя|понеделник|сряда|четвъртък|петък|събота|неделя"
    r"|δευτέρα|τρίτη|τετάρτη|πέμπτη|παρασκευή|σάββατο|κυριακή|dilluns|dimarts|dimecres|dijous|divendres|dissabte|diumenge"
    r"|senin|selasa|rabu|kamis|jumat|sabtu|minggu|thứ (?:hai|ba|tư|năm|sáu|bảy|[2-7])|chủ nhật|ال(?:اثنين|إثنين|ثلاثاء|أربعاء|اربعاء|خميس|جمعة|سبت|أحد|احد)"
    r"|יום [א-ת]['׳]?|ב?(?:יום )?(?:ראשון|שני|שלישי|רביעי|חמישי|שישי|שבת)|सोमवार|मंगलवार|बुधवार|गुरुवार|शुक्रवार|शनिवार|रविवार"
    r"|วัน(?:จันทร์|อังคาร|พุธ|พฤหัสบดี|ศุกร์|เสาร์|อาทิตย์)(?:ที่)?)"
)
