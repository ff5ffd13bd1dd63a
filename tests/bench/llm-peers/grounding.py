#!/usr/bin/env python3
"""Grounding: Gleaner's against langextract's aligner, on the same texts and quotes in the same run.

    cargo build --profile local -p cli -p facts --bin gleaner --example ground_quotes
    /tmp/llm-peers/bin/python tests/bench/llm-peers/grounding.py

Texts: what `gleaner extract` finds in the sample site's pages, and the news text of the grounding's own tests, which has
numbers, units and dates in plenty. Quotes: sentences of each page, and runs of words of the news; verbatim, re-cased and
re-spaced, of another page, and altered in one thing. Only the alignment is timed: no process start, no reading
of input; both sides make the text ready anew for each page. The least of --rounds counts, on both sides.
langextract: `WordAligner().align_extractions` with its default settings; a quote that gets a char_interval is accepted.
"""

import argparse
import json
import re
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
WORDS_MIN, WORDS_MAX = 8, 30
NEWS = "news"

NUMBER_WORDS = "one two three four five six seven eight nine ten twelve twenty thirty hundred first second third half".split()
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()


def following(words):
    """Each word of a list becomes the next one."""
    after = dict(zip(words, words[1:] + words[:1]))
    pattern = re.compile(r"\b(" + "|".join(words) + r")\b")

    def alter(quote):
        changed = pattern.sub(lambda found: after[found[0]], quote, count=1)
        return changed if changed != quote else None

    return alter


def digit(quote):
    at = re.search(r"\d", quote)
    return at and quote[: at.start()] + str((int(at[0]) + 1) % 10) + quote[at.end() :]


def name(quote):
    """A capitalised word inside the quote gets another ending."""
    at = re.search(r"(?<=[a-z,] )[A-Z][a-z]{3,}\b", quote)
    return at and quote[: at.start()] + at[0][:-2] + ("on" if not at[0].endswith("on") else "er") + quote[at.end() :]


def negation(quote):
    """The negation goes; where there is none, one comes."""
    without = re.sub(r"\b(not|never|no longer|no) ", "", quote, count=1)
    if without == quote:
        without = re.sub(r"n['’]t\b", "", quote, count=1)
    if without != quote:
        return without
    with_not = re.sub(r"\b(is|are|was|were|has|have|had|will|can|would|could|should|may) ", r"\1 not ", quote, count=1)
    return with_not if with_not != quote else None


def swapped(*pairs):
    def alter(quote):
        for one, other in pairs:
            changed = re.sub(one, other, quote, count=1)
            if changed != quote:
                return changed
        return None

    return alter


ALTERATIONS = {
    "one digit": digit,
    "one name": name,
    "a negation": negation,
    "a number word": following(NUMBER_WORDS),
    "million, billion, thousand": following(["million", "billion", "thousand"]),
    "a currency": swapped((r"\$", "€"), (r"€", "$"), (r"\bdollars\b", "euros")),
    "a unit": swapped(
        (r"(?<=\d)%", "‰"), (r"\bpercent\b", "points"), (r"\bmiles\b", "kilometers"), (r"\bfeet\b", "meters"),
        (r"\bmeters\b", "feet"), (r"\bpounds\b", "kilograms"), (r"\bkilometers\b", "miles"), (r"\byears\b", "months"),
        (r"\bdays\b", "weeks"), (r"\bhours\b", "minutes"), (r"\bdegrees\b", "percent"), (r"\bgrams\b", "ounces"),
    ),
    "a month": following(MONTHS),
    "a weekday": following(DAYS),
}  # fmt: skip

DRESS = {
    "upper case": str.upper,
    "lower case": str.lower,
    "spacing": lambda quote: quote.replace(" ", "  "),
    "line breaks": lambda quote: quote.replace(" ", "\n"),
    "quotation marks": lambda quote: f"“{quote}”".replace("'", "’").replace('"', "”"),
    "dashes": lambda quote: re.sub(r" ?[–—] ?", " - ", re.sub(r"(?<=\w)-(?=\w)", "\u2011", quote)),
    "no final stop": lambda quote: quote.rstrip("."),
}


def texts(options):
    pages = sorted((ROOT / "infra/site/pages").glob("*.html"))
    for page in pages:
        run = subprocess.run([options.gleaner, "extract", str(page)], capture_output=True, text=True, check=True)
        yield page.stem, run.stdout
    source = (ROOT / "shared/facts/src/grounding/tests.rs").read_text()
    news = re.search(r'const NEWS: &str = "(.*?)";', source, re.S).group(1)
    yield NEWS, re.sub(r"\\\n\s*", "", news)


def sentences(text):
    for line in text.splitlines():
        for sentence in re.split(r"(?<=[.!?]) (?=[A-Z“\"])", line.strip()):
            if WORDS_MIN <= len(sentence.split()) <= WORDS_MAX:
                yield sentence.strip()


def runs(text):
    """Runs of words from every third place of a text."""
    words = text.split()
    for length in (9, 16):
        for start in range(0, len(words) - length, 3):
            yield " ".join(words[start : start + length])


def quotes_of(pages, every):
    """(page, kind, quote) for every sentence and kind that applies to it."""
    all_sentences = [
        list(runs(text)) if title == NEWS else list(dict.fromkeys(sentences(text)))[::every] for title, text in pages
    ]
    for at, (_, text) in enumerate(pages):
        folded = " ".join(text.split())
        for sentence in all_sentences[at]:
            yield at, "verbatim", sentence
            for kind, dress in DRESS.items():
                if dress(sentence) != sentence:
                    yield at, kind, dress(sentence)
            for kind, alter in ALTERATIONS.items():
                changed = alter(sentence)
                if changed and " ".join(changed.split()) not in folded:
                    yield at, kind, changed
        other = all_sentences[(at + 1) % len(pages)]
        for sentence in other[: len(all_sentences[at])]:
            if sentence not in text:
                yield at, "of another page", sentence


def gleaner(pages, quotes, options):
    lines = [json.dumps({"text": text, "quotes": quotes[at]}) for at, (_, text) in enumerate(pages)]
    run = subprocess.run(
        [options.ground, str(options.rounds)], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    seen = [json.loads(line) for line in run.stdout.splitlines()]
    accepted = [[verdict != "none" for verdict in page["verdicts"]] for page in seen]
    return accepted, sum(page["seconds"] for page in seen)


def langextract(pages, quotes, options):
    from langextract.core.data import Extraction
    from langextract.resolver import WordAligner

    accepted, seconds = [], 0.0
    for at, (_, text) in enumerate(pages):
        if not quotes[at]:  # which it refuses
            accepted.append([])
            continue
        least = float("inf")
        for _round in range(options.rounds):
            # As it comes from one reply: all quotes of the page in one group, in the order of the page.
            asked = [Extraction(extraction_class="fact", extraction_text=quote) for quote in quotes[at]]
            started = time.perf_counter()
            WordAligner().align_extractions([asked], text)
            least = min(least, time.perf_counter() - started)
        accepted.append([one.char_interval is not None for one in asked])
        seconds += least
    return accepted, seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gleaner", default=str(ROOT / "target/local/gleaner"))
    parser.add_argument("--ground", default=str(ROOT / "target/local/examples/ground_quotes"))
    parser.add_argument("--rounds", type=int, default=2, help="of both; the least time counts")
    parser.add_argument("--every", type=int, default=1, help="takes each n-th sentence")
    options = parser.parse_args()
    pages = list(texts(options))
    made = list(quotes_of(pages, options.every))

    print(f"{len(pages)} pages, {sum(len(text) for _, text in pages):,} characters, {len(made):,} quotes\n")
    print("| quotes | number | Gleaner accepts | langextract accepts | Gleaner ms | langextract ms | times faster |")
    print("|---|---|---|---|---|---|---|")
    wrong, sums = [], {"to accept": [0] * 5, "to refuse": [0] * 5, "all": [0] * 5}
    for group, kinds in (("to accept", ["verbatim", *DRESS]), ("to refuse", [*ALTERATIONS, "of another page"])):
        for kind in kinds:
            quotes = [[quote for at, one, quote in made if at == page and one == kind] for page in range(len(pages))]
            (ours, our_seconds), (theirs, their_seconds) = gleaner(pages, quotes, options), langextract(pages, quotes, options)
            counts = [sum(map(len, quotes)), sum(map(sum, ours)), sum(map(sum, theirs)), our_seconds, their_seconds]
            show(f"{group}: {kind}", counts)
            for name in (group, "all"):
                sums[name] = [one + other for one, other in zip(sums[name], counts)]
            judged = zip(sum(quotes, []), sum(ours, []))
            wrong += [(kind, quote) for quote, found in judged if found == (group == "to refuse")]
    for name, counts in sums.items():
        show(f"**{name}**", counts)
    print()
    for kind, quote in wrong:
        print(f"Gleaner is wrong: {kind}: {quote!r}")


def show(title, counts):
    number, ours, theirs, our_seconds, their_seconds = counts
    speed = their_seconds / our_seconds if our_seconds else 0
    print(f"| {title} | {number} | {ours} | {theirs} | {our_seconds * 1e3:.2f} | {their_seconds * 1e3:.0f} | {speed:.0f} |", flush=True)


if __name__ == "__main__":
    main()
