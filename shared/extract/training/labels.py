"""Labels blocks with the truth of their page.

A page with full text: each block gets the share of its words that stand in the truth, found by
four-word runs across block borders, in page order, each place of the truth used once.
A page with snippets only: blocks that hold a wanted snippet are 1, blocks that hold an unwanted
one are 0, the rest is unknown (-1)."""
import re
from collections import defaultdict
from difflib import SequenceMatcher

WORD = re.compile(r"\w+")


def words(text):
    return WORD.findall(text or "")


def norm(text):
    return re.sub(r"\s+", " ", text or "").strip()


def by_text(texts, truth):
    """Share of each block's words that the truth has."""
    page, owner = [], []
    for at, text in enumerate(texts):
        for word in words(text):
            page.append(word)
            owner.append(at)
    wanted = words(truth)
    covered = align(page, wanted)
    total, hit = [0] * len(texts), [0] * len(texts)
    for at, ok in zip(owner, covered):
        total[at] += 1
        hit[at] += ok
    return [h / t if t else 0.0 for h, t in zip(hit, total)]


def align(page, wanted, n=4):
    """Marks the words of `page` that match `wanted`: long common runs first, each place once."""
    covered = [False] * len(page)
    used = [False] * len(wanted)
    index = defaultdict(list)
    for j in range(len(wanted) - n + 1):
        index[tuple(wanted[j : j + n])].append(j)
    runs = []
    i = 0
    best_at = {}
    for i in range(len(page) - n + 1):
        for j in index.get(tuple(page[i : i + n]), ())[:20]:
            if i and j and page[i - 1] == wanted[j - 1]:
                continue
            k = n
            while i + k < len(page) and j + k < len(wanted) and page[i + k] == wanted[j + k]:
                k += 1
            runs.append((k, i, j))
    runs.sort(key=lambda r: (-r[0], r[1]))
    for k, i, j in runs:
        free = [x for x in range(k) if not used[j + x] and not covered[i + x]]
        if len(free) < max(2, k // 2):
            continue
        for x in free:
            used[j + x] = True
            covered[i + x] = True
    # What lies between two matches in both is matched word by word: short blocks.
    marks = [(i, None) for i in range(len(page)) if covered[i]]
    if marks:
        lo, hi = marks[0][0], marks[-1][0]
        for start, end in gaps(covered, max(0, lo - 40), min(len(page), hi + 41)):
            if end - start > 400:
                continue
            left = page[max(0, start - 3) : start]
            segment = page[start:end]
            rest = gap_in_truth(wanted, used, left)
            if rest is None:
                continue
            a, b = rest
            if b - a > 400 or b <= a:
                continue
            matcher = SequenceMatcher(None, segment, wanted[a:b], autojunk=False)
            for block in matcher.get_matching_blocks():
                if block.size >= 1:
                    for x in range(block.size):
                        covered[start + block.a + x] = True
                        used[a + block.b + x] = True
    return covered


def gaps(covered, lo, hi):
    start = None
    for i in range(lo, hi):
        if not covered[i]:
            start = i if start is None else start
        elif start is not None:
            yield start, i
            start = None
    if start is not None:
        yield start, hi


def gap_in_truth(wanted, used, left):
    """The unused stretch of the truth behind the words `left`."""
    if not left:
        end = 0
        while end < len(wanted) and not used[end]:
            end += 1
        return (0, end) if end else None
    n = len(left)
    for j in range(len(wanted) - n):
        if wanted[j : j + n] == left and used[j + n - 1] and not used[j + n]:
            end = j + n
            while end < len(wanted) and not used[end]:
                end += 1
            return j + n, end
    return None


def by_snippets(texts, wanted, unwanted):
    whole = [norm(t) for t in texts]
    label = [-1.0] * len(texts)
    for snippet in unwanted or ():
        s = norm(snippet)
        hits = [i for i, t in enumerate(whole) if s in t]
        for i in hits:
            label[i] = 0.0
    for snippet in wanted or ():
        s = norm(snippet)
        hits = [i for i, t in enumerate(whole) if s in t]
        if not hits:
            continue
        # A teaser may repeat it: the longest block, the latest of equals.
        best = max(hits, key=lambda i: (len(whole[i]), i))
        label[best] = 1.0
    return label
