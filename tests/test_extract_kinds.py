# ruff: noqa: E501 - markup and other scripts read better unbroken
"""Which pages are stories: a run of long paragraphs is. Lists, shops, forums and pages about the site are not."""

from datetime import UTC, datetime

import pytest

from archiver.extract import extract
from archiver.model import Article, Skip

NOW = datetime(2026, 5, 4, tzinfo=UTC)
TITLE = "The last ferryman of the lower river"
PARAGRAPHS = (
    "He has rowed the school children across the lower river for thirty-one years, and in all that time, he says, the "
    "boat was late only once, on the morning when the old weir broke and nobody in the valley went to school at all.",
    "The bridge that will replace him is to be opened in the autumn. It has cost eleven million, took four years longer "
    "than planned, and stands two kilometres upstream, where a road was easier to build than at the landing stage.",
    "His employer, the district, has offered him a post in the waterways office. He would have a desk there and a window "
    "with a view of a car park, and he has asked for time until the end of the summer holidays to think it over.",
    "The children have drawn him a picture of a bridge with a boat on top of it. It hangs in the hut on the landing "
    "stage beside the tide tables, the first-aid box and a photograph of his predecessor, who was his grandmother.",
    "Whoever wants to see the boat once more can do so until the last day of September, from six in the morning until "
    "the lamps on the far bank are lit, for a fare that has not been raised since the year in which he took the oars.",
)
CHINESE = (
    "老船夫在下游的渡口已经划了三十一年的船，每天清晨把对岸的孩子送到学校。他说这些年里只迟到过一次，那天早上旧堰决口，整个山谷里没有一个孩子能去上学，"
    "他在岸边等到中午，直到水位退下去才把第一批孩子接回家中。",
    "取代他的新桥将在秋天通车。这座桥花费一千一百万，比计划晚了四年，建在上游两公里的地方，因为那里修路比在老码头容易得多。区政府为此辩护说，"
    "河床的地质条件不允许在原来的位置打下桥墩，而且村民们自己也同意了这个方案。",
    "区里给他安排了水务局的一个职位，那里有一张办公桌和一扇窗户，窗外是停车场。他请求给他时间考虑到暑假结束。他的妻子说，他从来没有在屋子里工作过一整天，"
    "即使是冬天河面结冰的时候，他也会在外面修理船桨和缆绳。",
    "孩子们给他画了一幅画，画上是一座桥，桥顶上停着一条船。这幅画挂在渡口的小屋里，旁边是潮汐表、急救箱和他祖母的照片，她是上一任船夫。"
    "想再看一眼渡船的人可以在九月的最后一天之前来，票价从他接过船桨那年起就没有涨过。",
)
THAI = (
    "คนพายเรือคนสุดท้ายของแม่น้ำสายล่างพาเด็กนักเรียนข้ามฟากมาแล้วสามสิบเอ็ดปี เขาบอกว่าตลอดเวลานั้นเรือมาสายเพียงครั้งเดียว "
    "ในเช้าวันที่ฝายเก่าพังและไม่มีเด็กคนใดในหุบเขาได้ไปโรงเรียน เขารออยู่ริมฝั่งจนถึงเที่ยงวันกว่าน้ำจะลดลงพอให้พายเรือได้",
    "สะพานที่จะมาแทนเขามีกำหนดเปิดในฤดูใบไม้ร่วง ใช้งบประมาณสิบเอ็ดล้านและสร้างช้ากว่าแผนสี่ปี สะพานอยู่เหนือน้ำขึ้นไปสองกิโลเมตร "
    "ในที่ซึ่งการตัดถนนง่ายกว่าที่ท่าเรือเดิม ทางอำเภอชี้แจงว่าสภาพดินใต้แม่น้ำไม่เหมาะกับการตอกเสาเข็มที่จุดเดิม",
    "นายจ้างของเขาคือที่ว่าการอำเภอได้เสนองานในสำนักงานทางน้ำให้ ที่นั่นเขาจะมีโต๊ะทำงานและหน้าต่างที่มองเห็นลานจอดรถ "
    "เขาขอเวลาคิดจนกว่าจะสิ้นสุดปิดเทอมฤดูร้อน ภรรยาของเขาบอกว่าเขาไม่เคยทำงานในร่มทั้งวันเลยแม้ในฤดูหนาวที่แม่น้ำเป็นน้ำแข็ง",
    "เด็กๆ วาดภาพสะพานที่มีเรืออยู่ด้านบนให้เขา ภาพนั้นแขวนอยู่ในกระท่อมที่ท่าเรือข้างตารางน้ำขึ้นน้ำลงและรูปถ่ายของคุณยายผู้เป็นคนพายเรือคนก่อน "
    "ใครอยากเห็นเรืออีกครั้งก็มาได้จนถึงวันสุดท้ายของเดือนกันยายนตั้งแต่หกโมงเช้าจนกว่าไฟฝั่งตรงข้ามจะสว่าง",
)
TEASERS = "".join(
    f"<h3><a href='/n/{n}'>Another headline of the week, the {n}th of them, with words</a></h3>" for n in range(24)
)
MENU = "<nav>" + "".join(f"<a href='/s/{n}'>Section {n}</a> " for n in range(9)) + "</nav>"


def text_of(paragraphs) -> str:
    return "".join(f"<p>{text}</p>" for text in paragraphs)


def found(body: str, path: str = "/id/44613978", head: str = "", title: str = TITLE) -> Article | Skip:
    page = f"<html><head><title>{title} | The Ford Courier</title>{head}</head><body>{MENU}{body}</body></html>"
    return extract(page, f"https://courier.example{path}", NOW)


LIST_LIKE = [
    "/archive/2014/12/last-ferryman", "/sections/river/2016/12/15/118823/last-ferryman", "/topics/alert-ferryman.html",
    "/tag/last-ferryman", "/category/river/last-ferryman", "/search/last-ferryman", "/page/ferryman", "/author/last-ferryman",
    "/collection/rivers", "/id/44613978", "/",
]  # fmt: skip


@pytest.mark.parametrize("path", LIST_LIKE)
@pytest.mark.parametrize("paragraphs", [PARAGRAPHS, CHINESE, THAI], ids=["latin", "chinese", "thai"])
def test_a_run_of_long_paragraphs_is_a_story_whatever_surrounds_it(path, paragraphs):
    story = found(f"<article><h1>{TITLE}</h1>{text_of(paragraphs)}</article><section>{TEASERS}</section>", path)
    assert isinstance(story, Article)
    assert all(paragraph in story.text for paragraph in paragraphs)


@pytest.mark.parametrize(
    "markup", ["{}<br><br>{}<br><br>{}<br><br>{}", "<div>{}</div><div>{}</div><div>{}</div><div>{}</div>"]
)
def test_paragraphs_may_be_separated_in_any_way(markup):
    story = found(
        f"<div><h1>{TITLE}</h1><div>{markup.format(*PARAGRAPHS)}</div></div><div>{TEASERS}</div>", "/tag/ferry"
    )
    assert isinstance(story, Article)
    assert PARAGRAPHS[0] in story.text
    assert PARAGRAPHS[3] in story.text


def test_a_paragraph_signed_by_an_agency_is_not_a_caption():
    signed = f"{PARAGRAPHS[0]} (ANSA)."
    for body in (f"<p>{signed}</p>", f"<p>{signed}</p><p>{PARAGRAPHS[1]} (EFE)</p>"):
        story = found(f"<article><h1>{TITLE}</h1>{body}</article>", head="<meta property=og:type content=article>")
        assert isinstance(story, Article)
        assert signed in story.text


def test_a_story_told_in_captions_is_a_story():
    pictures = "".join(
        f"<figure><img src='/{n}.jpg'><figcaption>{text}</figcaption></figure>" for n, text in enumerate(PARAGRAPHS)
    )
    story = found(f"<article><h1>{TITLE}</h1>{pictures}</article>", head="<meta property=og:type content=article>")
    assert isinstance(story, Article)
    assert all(paragraph in story.text for paragraph in PARAGRAPHS)


def test_a_story_in_an_unusual_element_is_found():
    story = found(
        f"<footer><article class=entry-wrap><h1>{TITLE}</h1><div>{text_of(PARAGRAPHS)}</div></article></footer>"
    )
    assert isinstance(story, Article)
    assert PARAGRAPHS[2] in story.text


CARDS = "".join(
    f"<div class=card><h2><a href='/n/{n}'>Headline of a story in the list, number {n}</a></h2><p>{PARAGRAPHS[n % 5]}</p></div>"
    for n in range(9)
)
CUT = "".join(
    f"<div class=card><h2>Headline number {n}</h2><p>{PARAGRAPHS[n % 5][:-40]}…</p><a href='/n/{n}'>Read more</a></div>"
    for n in range(9)
)
WHOLE_POSTS = "".join(
    f"<div class=post><h2><a href='/n/{n}'>Headline of a post on this page, number {n}</a></h2><div class=entry>{text_of(PARAGRAPHS)}</div></div>"
    for n in range(4)
)
PRODUCTS = "".join(
    f"<li class=product><a href='/p/{n}'>Oars of ash wood, model {n}</a><span>$1{n}9.00</span><button>Add to cart</button></li>"
    for n in range(12)
)
POSTS = "".join(
    f"<div class=message><b>rower{n}</b><p>{PARAGRAPHS[n]}</p><p>{PARAGRAPHS[n - 1]}</p><a href='#'>Reply</a> <a href='#'>Quote</a></div>"
    for n in range(5)
)
OTHERS = {
    "list of stories": (CARDS, "/river", "", "listing"),
    "list of cut stories": (CUT, "/topics/river", "", "listing"),
    "front page of whole posts": (WHOLE_POSTS, "/", "", "listing"),
    "collection": (f"<h1>Oars</h1><p>Sort by</p><ul>{PRODUCTS}</ul>", "/collections/oars", "", "shop"),
    "collection that says something": (
        f"<h1>Oars</h1><p>Sort by</p><ul>{PRODUCTS}</ul><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p>", "/oars", "", "shop",
    ),
    "product": (f"<h1>Oars</h1>{text_of(PARAGRAPHS)}", "/p/1", "<meta property=og:type content=product>", "shop"),
    "thread": (f"<h1>{TITLE}</h1>{POSTS}", "/forum/viewtopic?t=88", "", "forum"),
    "thread of known software": (f"<h1>{TITLE}</h1>{POSTS}", "/t/88", "<meta name=generator content='Discourse 3.1'>", "forum"),
    "itemlist": (
        CARDS, "/river", "<script type='application/ld+json'>{\"@type\":\"CollectionPage\"}</script>", "listing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_lists_shops_and_forums_are_not_stories(name):
    body, path, head, reason = OTHERS[name]
    skipped = found(f"<main>{body}</main>", path, head, title="On the river")
    assert isinstance(skipped, Skip)
    assert skipped.reason == reason


ABOUT = [
    ("Privacy policy", "/x"), ("Terms of use", "/x"), ("Impressum", "/x"), ("Datenschutzerklärung", "/x"),
    ("Aviso legal", "/x"), ("Mentions légales", "/x"), ("Política de privacidad", "/x"), ("プライバシーポリシー", "/x"),
    ("隐私政策", "/x"), ("The Ford Courier", "/privacy-policy"), ("The Ford Courier", "/impressum.html"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "path"), ABOUT)
def test_pages_about_the_site_are_not_stories(title, path):
    skipped = found(f"<main><h1>{title}</h1>{text_of(PARAGRAPHS)}</main>", path, title=title)
    assert isinstance(skipped, Skip)
    assert skipped.reason == "about_site"


@pytest.mark.parametrize(
    "title", ["Privacy policy of the ferry office angers passengers", "Terms of the ferry deal are out"]
)
def test_a_story_about_such_a_page_is_a_story(title):
    story = found(f"<article><h1>{title}</h1>{text_of(PARAGRAPHS)}</article>", "/2026/05/ferry", title=title)
    assert isinstance(story, Article)


def test_a_story_about_cookies_is_not_a_wall():
    notice = "We use cookies to improve our services. You may accept all cookies or change your choice at any time."
    story = found(
        f"<article><h1>{TITLE}</h1><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p></article><div>{notice}</div>",
        "/2026/05/04/last-ferryman-lower-river",
    )
    assert isinstance(story, Article)


def test_a_page_that_may_be_a_story_is_suspected():
    near = found(
        f"<main><h1>The river</h1><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p><p>{PARAGRAPHS[2]}</p>{TEASERS}</main>",
        "/tag/river",
    )
    assert isinstance(near, Skip)
    assert near.suspected
    far = found(f"<main><h1>The river</h1>{TEASERS}</main>", "/tag/river")
    assert isinstance(far, Skip)
    assert not far.suspected


SENTENCES = (
    "The harbour master resigned on Monday.", "He gave no reason in his letter.", "“I have nothing to add to it,” he said.",
    "His deputy will take over until the spring.", "The council had met twice that week.", "Neither meeting was announced.",
    "“We were not asked,” said one member.", "The dredging of the north basin goes on.", "Its cost has doubled since June.",
    "The port's owner declined to comment.", "Fishermen blocked the slip for an hour.", "Nobody was hurt, the police said.",
)  # fmt: skip
BRIEF = " ".join(SENTENCES[:8])
HEADED = "The harbour master of Quay resigns"
IDEOGRAPHS = (
    "港务局长周一辞职，没有在信中说明理由。", "他的副手将接任到明年春天为止。", "议会本周已经召开了两次会议，事先都没有公布。",
    "北港池的疏浚工程仍在继续进行之中。", "自夏天以来，工程的费用已经翻了一番。", "渔民们封锁了码头整整一个小时。",
)  # fmt: skip
SHORT = {
    "one sentence each": text_of(SENTENCES),
    "each in a box": "".join(f"<div class=block><p>{text}</p></div>" for text in SENTENCES),
    "parted by breaks": "<div>" + "<br><br>".join(SENTENCES) + "</div>",
    "verses": "".join(f"<p>{'<br>'.join(SENTENCES[n : n + 4])}</p>" for n in (0, 4, 8)),
    "questions and answers": "".join(
        f"<p><b>{SENTENCES[n]}</b></p><p>{SENTENCES[n + 1]} {SENTENCES[n + 2]}</p>" for n in range(0, 10, 2)
    ),
    "entries of a day": "".join(
        f"<div class=entry><time>1{n}:05</time><h3>At the slip</h3><p>{SENTENCES[n]} {SENTENCES[n + 1]}</p></div>"
        for n in range(9)
    ),
    "promotions between": "".join(
        f"<section class=part><p>{text}</p></section><div><a href=/join>Subscribe to our newsletter today</a></div>"
        for text in SENTENCES
    ),
    "brief": f"<p>{BRIEF}</p>",
    "chinese": text_of(IDEOGRAPHS),
}
BESIDE = "".join(
    f"<div class=item><a href='/n/{n}'><h4>Another headline of the week, number {n}</h4></a><span>2 h ago</span></div>"
    for n in range(12)
)


@pytest.mark.parametrize("path", ["/id/44613978", "/topics/quay/resigned", "/privacy-advocates-hail-ruling"])
@pytest.mark.parametrize("name", SHORT)
def test_a_story_of_short_paragraphs_is_a_story_beside_other_headlines(name, path):
    story = found(f"<div class=main><h1>{HEADED}</h1>{SHORT[name]}</div>{BESIDE}", path, title=HEADED)
    assert isinstance(story, Article)


def test_a_page_without_links_is_not_a_list():
    page = f"<html><title>{HEADED}</title><body><h1>{HEADED}</h1>{text_of(SENTENCES)}</body></html>"
    assert isinstance(extract(page, "https://courier.example/news/harbour-master-quay", NOW), Article)


def test_a_story_with_a_list_of_related_stories_in_json_ld_is_not_a_list():
    related = '<script type="application/ld+json">{"@type":"ItemList","itemListElement":[]}</script>'
    story = found(f"<h1>{TITLE}</h1><p>{PARAGRAPHS[0]}</p><p>{PARAGRAPHS[1]}</p><p>{BRIEF}</p>", head=related)
    assert isinstance(story, Article)


@pytest.mark.parametrize(
    "path", ["/guide-to-the-lower-river-boats/2024/09/16", "/blog/ten-boats-of-the-lower-river/2022/12"]
)
def test_a_url_that_ends_with_the_day_of_its_story_is_not_an_archive_of_that_day(path):
    story = found(f"<h1>{TITLE}</h1>{text_of(PARAGRAPHS[:3])}", path)
    assert isinstance(story, Article)


ABOUT_TOPIC = f"<p>{PARAGRAPHS[0]}</p>"
ENTRIES = {
    "headlines that are no headings": "<div class=item><a class=title href=/n/{n}>Headline of a story in the list, {n}</a><p>{text}</p></div>",
    "flat": "<div class=t><a href=/n/{n}>Headline of a story in the list, {n}</a></div><div class=x>{text}</div>",
    "definitions": "<dl><dt><a href=/n/{n}>Headline of a story in the list, {n}</a></dt><dd>{text}</dd></dl>",
    "read more": "<div class=card><h3>Headline number {n}</h3><p>{text}</p><a href=/n/{n}>Read more</a></div>",
    "read more, flat": "<h3>Headline number {n}</h3><p>{text}</p><p><a href=/n/{n}>Continue</a></p>",
    "read more, in the text": "<p><b>Headline number {n}</b> {text} <a href=/n/{n}>Read more</a></p>",
    "cut": "<div class=card><h3>Headline number {n}</h3><p>{text} and…</p></div>",
    "with a place": "<li class=job><a href=/j/{n}>Deck hand for the north basin, shift {n}</a><span>Quay, full time</span></li>",
    "threads": "<tr><td><a href=/t/{n}>Who knows the reason of this, part {n}?</a><br>by rower{n}</td><td>{n} replies</td></tr>",
}  # fmt: skip


@pytest.mark.parametrize("path", ["/harbour", "/news", "/?s=harbour", "/tag/harbour", "/sections/port.html"])
@pytest.mark.parametrize("name", ENTRIES)
def test_a_list_with_any_markup_of_entries_is_not_a_story(name, path):
    texts = [f"{SENTENCES[n]} {SENTENCES[n - 5]}" for n in range(10)]
    listed = "".join(ENTRIES[name].format(n=n, text=text) for n, text in enumerate(texts))
    listed = f"<table>{listed}</table>" if name == "threads" else listed
    skipped = found(f"<div class=main><h1>Harbour</h1>{ABOUT_TOPIC}{listed}</div>", path, title="Harbour")
    assert isinstance(skipped, Skip)
    assert skipped.reason == "listing"


def test_a_story_in_a_link_that_was_never_closed_is_not_a_list():
    sentences = [sentence for text in PARAGRAPHS for sentence in text.split(". ")]
    paragraphs = "".join(f"<p>{sentence}.</p>" for sentence in sentences)
    story = found(f"<article><h1>{TITLE}</h1><a href=/tag/river>{paragraphs}</article>", "/n/the-last-ferryman")
    assert isinstance(story, Article)
    assert all(sentence in story.text for sentence in sentences)
