"""Names in bylines of Chinese, Japanese and Korean pages, which have no capitals and no spaces."""

# ruff: noqa: E501 - lists of words and patterns read better unbroken
from __future__ import annotations

import re
from collections.abc import Iterator

_HAN = "\u4e00-\u9fff\u3005"
_KANA = "\u3040-\u309f\u30a0-\u30fa\u30fc-\u30ff"
CJK = re.compile(f"[{_HAN}{_KANA}\uac00-\ud7af]")
# Text that may follow a Chinese or Japanese name: a mark, another name, or the reporter's task.
_END = (
    r"(?=$|[\s、，,；;／/|｜）)】\]〕：:。·・—–＝=-]|和|與|与|及|报道|報導|報道|摄|攝|撰|编|編|综合|綜合|整理|实习|通讯员|通訊員"
    r"|发自|發自|记者|記者|特派員)"
)
_CHINESE = rf"[{_HAN}]{{2,4}}?{_END}"
_JAPANESE = rf"(?:[{_HAN}{_KANA}]{{1,8}}[ \u3000][{_HAN}{_KANA}]{{1,8}}|[{_HAN}{_KANA}]{{2,10}}?){_END}"
_BETWEEN = r"\s*(?:[、，,·・]|和|與|与|及|\s)\s*"
# Words after "reporter" inside a sentence: a press conference, "reporters saw", "learned from".
_NOT_LABEL = "会會団團席证證节節手站们們在从從获獲了表采採问問看注发發见見到招待クラブが"
_REPORTER = re.compile(
    rf"(?:记者|記者)(?![{_NOT_LABEL}])\s*(?P<plain>{_CHINESE}(?:{_BETWEEN}{_CHINESE})*)"
    r"|(?:记者|記者|作者|撰文|撰稿|编译|編譯|执笔|執筆|筆者|著者|ライター|取材・文|(?:^|[\s（(【])文(?=\s*[/／|｜:：＝=・]))"
    rf"(?:\s*[:：/／|｜＝=・]\s*|\s+)(?P<marked>(?:{_CHINESE}|{_JAPANESE})(?:{_BETWEEN}(?:{_CHINESE}|{_JAPANESE}))*)"
)
_JAPANESE_REPORTER = re.compile(
    rf"(?P<names>(?:[{_HAN}{_KANA}]{{1,6}}[ \u3000]?)?[{_HAN}{_KANA}]{{1,8}})[ \u3000]?(?:記者|編集委員|論説委員|特派員)(?=$|[\s、）)】])"
)
_REPORTED = re.compile(rf"^(?P<names>[{_HAN}]{{2,4}})\s*[／/]\s*[{_HAN}]{{0,4}}(?:报道|報導|報道)")
_IN_BRACKETS = re.compile(rf"^【(?P<names>[{_HAN}{_KANA}]{{3,6}}(?:[、・,，][{_HAN}{_KANA}]{{3,6}})*)】")
_KOREAN = r"[\uac00-\ud7af]{2,4}"
_KOREAN_REPORTER = re.compile(
    rf"(?<![\uac00-\ud7af])(?P<names>{_KOREAN}(?:\s*[,·ㆍ]\s*{_KOREAN}){{0,3}})\s*"
    r"(?:(?:선임|인턴|전문|수습|객원|경제|정치|사회|문화|스포츠)\s*)?(?:기자|특파원|논설위원|에디터)(?![\uac00-\ud7af])"
)
_KOREAN_LABEL = re.compile(
    rf"(?:^|[\s|·(])(?:글|기자|취재|글쓴이|필자|작성자)\s*[:=|·]\s*(?P<names>{_KOREAN}(?:\s*[,·ㆍ]\s*{_KOREAN})*)(?![\uac00-\ud7af])"
)
# Editors, photographers, proof readers and sources are not authors.
_OTHERS = re.compile(
    r"(?:责任编辑|責任編輯|编辑|編輯|责编|責編|校对|校對|来源|來源|出处|摄影|攝影|摄|图|圖|写真|撮影|イラスト|사진|그래픽|영상|편집)"
    r"(?:记者|記者|기자)?\s*[:：/／|｜＝=・]?\s*[^\s、，,；;|｜/／）)】]{1,12}"
)
_NO_NAME = frozenset(
    [
        "记者",
        "記者",
        "编辑",
        "編輯",
        "报道",
        "報導",
        "本报",
        "本報",
        "综合",
        "綜合",
        "摄影",
        "攝影",
        "来源",
        "來源",
        "我们",
        "我們",
        "表示",
        "了解",
        "采访",
        "採訪",
        "获悉",
        "從",
        "从",
        "在",
        "今日",
        "昨日",
        "기자",
        "편집",
        "취재",
        "온라인",
        "뉴스",
        "디지털",
        "사진",
        "인턴",
        "선임",
        "전문",
        "연합뉴스",
        "뉴시스",
        "編集委員",
        "論説委員",
        "解説委員",
        "専門記者",
    ]
)
_TITLES = re.compile(r"\s*(?:记者|記者|编辑|編輯|编译|編譯|特派員|さん|氏|기자|특파원|논설위원)$")
_APART = re.compile(_BETWEEN.replace(r"|\s", ""))


def reporters(text: str) -> list[str]:
    """The names of a byline such as `记者 张三、李四`, `文／山田太郎` or `홍길동 기자`; none without such a label."""
    text = _OTHERS.sub(" ", text)
    for pattern in (_REPORTER, _JAPANESE_REPORTER, _REPORTED, _IN_BRACKETS, _KOREAN_REPORTER, _KOREAN_LABEL):
        match = pattern.search(text)
        # Chinese has no space inside a name, Japanese may have one: 记者 张三 李四, 記者 山田 太郎.
        names = list(_names(next(filter(None, match.groups()), ""), 2 if "记者" in match[0] else 3)) if match else []
        if names:
            return names
    return []


def declared_names(value: str) -> list[str]:
    """The names in a declared value: with a label as in a byline, or only names."""
    found = reporters(value)
    if found:
        return found
    value = _OTHERS.sub("", value).strip()
    return [name for part in re.split(r"\s*[、，,;；|｜/／]\s*", value) if (name := _TITLES.sub("", part).strip())]


def _names(value: str, least: int) -> Iterator[str]:
    """The names in a list. `least`: minimum length in characters of a piece between spaces to count as a separate
    name."""
    for part in _APART.split(value.strip()):
        name = _TITLES.sub("", part.strip())
        pieces = name.split()
        # Two full names separated by a space; a space inside a name separates short pieces.
        for piece in pieces if len(pieces) > 1 and all(len(piece) >= least for piece in pieces) else [name]:
            if len(piece) >= 2 and piece not in _NO_NAME:
                yield piece
