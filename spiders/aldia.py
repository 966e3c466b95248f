"""AL DÍA News - https://aldianews.com: Philadelphia, English and Spanish. A Drupal site with wildcard mirror hosts.

Three generations of URLs are all still linked: /articles/SECTION/SLUG/NUMBER (2014-2020), /en/SECTION/TOPIC/SLUG (since
2021) and /node/NUMBER (any story, also one with a descriptive URL). A leading folder /en/ or /es/ selects the language
of the menu around a story, not that of its text.
"""

from archiver.spider import ArticleSpider, Layout

LANGUAGE = r"^(?:/(?:en|es)(?=[/?]|$)){0,2}"  # some links have it twice: /es/en/node/94870
STORY_END = r"/?(?:\?(?!(?:.*&)?(?:page|node)=).*)?$"  # a story has no numbered pages
LIST_END = r"/?(?:\?(?:.*&)?(?:page|node|language)=.*)?$"  # ?page=41; ?node=95087 continues a list after that story
LISTS = r"topics?|tags?|temas?|etiquetas?|taxonomy/term|authors?|autor(?:es)?"
ARTICLES = r"art(?:icles|iculos|%C3%ADculos)"
OTHER = (
    r"node|search|users?|admin|comment|print(?:pdf|mail)?|sites|files|system|core|modules|themes|views|quicktabs|flag|"
    r"forward|e?form|webform|filter|batch|ajax|media/oembed|cdn-cgi"
)
NO_FILE = r"(?![^?]*\.(?:xml|rss|json|js|css|pdf|jpe?g|png|gif|svg|webp|mp[34]|zip|ics)(?:\?|$))"
# Not the name of a section: four words or more, a number after a word, or letters outside ASCII.
SLUG = r"(?=(?:[^/?_-]*[_-]){3}|[^/?%]*%|[^/?0-9]+[0-9])[^/?]+"


class AlDia(ArticleSpider):
    name = "aldia"
    allowed_domains = ["aldianews.com"]
    start_urls = [
        "https://aldianews.com/",
        "https://aldianews.com/en",
        "https://aldianews.com/es",
        "https://aldianews.com/node",  # everything promoted to the front page, a hundred pages and more
        "https://aldianews.com/rss.xml",
    ]
    guess_feeds = True
    article_url = "(?i)" + "|".join((
        rf"{LANGUAGE}/node/\d+{STORY_END}",
        rf"{LANGUAGE}{NO_FILE}/{ARTICLES}(?:/[^/?]+){{2,}}/[^/?]+{STORY_END}",  # /articles/opinion/SLUG/34059
        rf"{LANGUAGE}{NO_FILE}/{ARTICLES}(?:/[^/?]+/{SLUG}|/{SLUG}/\d+){STORY_END}",  # /articles/opinion/SLUG
        # /en/leadership/advocacy/SLUG, with or without a number after it
        rf"^(?:/(?:en|es)){{1,2}}(?!/(?:en|es|{LISTS}|{ARTICLES}|{OTHER})/){NO_FILE}(?:/[^/?]+){{3}}(?:/\d+)?{STORY_END}",
    ))  # fmt: skip
    follow = "(?i)" + "|".join((
        rf"{LANGUAGE}(?:/node)?{LIST_END}",  # front pages, and all stories by date
        rf"{LANGUAGE}/(?:{LISTS})/[^?]+{LIST_END}",  # /es/topics/local/philadelphia/15?page=11, /tags/chile/2520
        rf"{LANGUAGE}/{ARTICLES}(?:/[^/?]+){{0,2}}{LIST_END}",
        # /en/latino-music?node=95087
        rf"^(?:/(?:en|es)){{1,2}}(?!/(?:{OTHER})(?:[/?]|$)){NO_FILE}(?:/[^/?]+){{1,2}}{LIST_END}",
        r"\.(?:xml|rss)(?:\.gz)?(?:\?|$)|/(?:rss|feed)/?$",
    ))  # fmt: skip
    deny = rf"(?i){LANGUAGE}/(?:search|users?|node/add|node/\d+/[^/?]+|admin|comment|print(?:pdf|mail)?)(?:[/?]|$)"
    # www., m. and mobile., ww3w., wwdw. and others of that kind serve the pages of the bare domain.
    canonical_host = "aldianews.com"
    mirror_hosts = r"(?:w{2,4}\d*|w\d+|w[0-9a-z]{1,3}w\d*|m|mobile|movil)\.aldianews\.com"
    timezone = "America/New_York"
    layouts = [
        Layout(
            body=".node--type-article .field--name-body, .node-article .field-name-body",
            title="h1.page-header, h1.page-title, .node--type-article h1, .node-article h1",
            author=".field--name-field-author a, .field-name-field-author a, .node__submitted .username",
            date=".field--name-field-date, .field-name-field-date, .node__submitted time, .date-display-single",
            date_formats=("%m/%d/%Y - %H:%M",),
            tags=".field--name-field-tags a, .field-name-field-tags a",
            caption=".field--name-field-image figcaption, .field-name-field-caption",
        )
    ]
