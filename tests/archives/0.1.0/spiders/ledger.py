from archiver.spider import ArticleSpider


class Ledger(ArticleSpider):
    name = "ledger"
    allowed_domains = ["ledger.localhost"]
    start_urls = ["http://ledger.localhost:34935/"]
    article_url = r"/20\d\d/\d\d/|^/p/|^/node/"
    custom_settings = {"DOWNLOAD_DELAY": 0}
