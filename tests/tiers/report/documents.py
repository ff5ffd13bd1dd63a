"""Documents for seed.sql: texts that count code points in every way, words that want out, and many.

    python documents.py scripts | ways-out FILE | many ARTICLES FACTS
"""
import json
import sys

KINDS = ["event", "statement", "measurement", "relation", "plan", "other"]
CERTAINTIES = ["asserted", "attributed", "disputed", "planned", "hypothetical"]


def fact(text, quote, number, **more):
    """A fact whose span is counted in code points, as Python counts."""
    start = text.index(quote)
    return {
        "claim": f"claim {number} of {quote[:20]}", "kind": KINDS[number % 6], "certainty": CERTAINTIES[number % 5],
        "start": start, "end": start + len(quote), "unsupported": [], **more,
    }


def article(url, title, text, facts, language="en", rejected=()):
    return {"url": url, "title": title, "text": text, "language": language, "facts": facts, "rejected": list(rejected)}


def scripts():
    emoji = "The 👩‍👩‍👧 family saw 🎉🎉 in Oslo. The flag 🇳🇴 rose at noon 🕛 sharp. Nobody was hurt."
    cjk = "国会は火曜日に法案を可決した。𠮷野家は百店を開く。首相は「来年までに」と述べた。"
    arabic = "قال الوزير إن الجسر سيفتح في مايو. بلغت التكلفة 14 مليون يورو.\nThe bridge opens in May (مايو) 2027."
    marks = "Ame\u0301lie vit à Pa\u0302ris. Ze\u0301nith atteignit 3\u00a0000 me\u0300tres. Za\u0335lgo\u0489\u0488 resta."
    nested = "The board said on Monday that the plant in Gary would close by June and that 400 jobs would go."
    lines = "First line of a list\n\nSecond line, after an empty one\nThird line.\n"
    return [
        article("https://emoji.example/a", "Emoji 🎉", emoji, [
            fact(emoji, "The 👩‍👩‍👧 family saw 🎉🎉 in Oslo.", 0), fact(emoji, "🇳🇴 rose at noon 🕛", 1),
            fact(emoji, "Nobody was hurt.", 2)],
            rejected=[{"claim": "Two were hurt.", "quote": "The flag 🇳🇴 rose at 11 sharp."},
                      {"claim": "Elsewhere.", "quote": "The board said on Monday that the plant"},
                      {"claim": "Short.", "quote": "x"}]),
        article("https://cjk.example/a", "国会", cjk, [
            fact(cjk, "𠮷野家は百店を開く。", 0), fact(cjk, "首相は「来年までに」と述べた", 1), fact(cjk, "法案を可決", 2)], "ja"),
        article("https://rtl.example/a", "الجسر", arabic, [
            fact(arabic, "سيفتح في مايو", 0), fact(arabic, "14 مليون يورو", 1), fact(arabic, "opens in May (مايو) 2027", 2),
            fact(arabic, "يورو.\nThe bridge", 3)], "ar"),
        article("https://marks.example/a", "Combining marks", marks, [
            fact(marks, "Ame\u0301lie vit à Pa\u0302ris.", 0), fact(marks, "3\u00a0000 me\u0300tres", 1),
            fact(marks, "Za\u0335lgo\u0489\u0488 resta", 2)], "fr"),
        article("https://nested.example/a?id=7&page=two#top", "Facts in facts", nested, [
            fact(nested, nested, 0, speaker="the board"), fact(nested, "the plant in Gary would close by June", 1, when="June", place="Gary"),
            fact(nested, "Gary would close by June and that 400 jobs", 2, unsupported=["claim"], model_quote="Gary closes by June and 400 jobs"),
            fact(nested, "400 jobs would go.", 3), fact(nested, "The board", 4)]),
        article("https://lines.example/a", "Lines", lines, [
            fact(lines, "of a list\n\nSecond line", 0), fact(lines, "Third line.", 1), fact(lines, "First", 2)]),
    ]


def ways_out(path):
    found = []
    for number, words in enumerate(line for line in open(path, encoding="utf-8").read().split("\n") if line):
        text = f"Before it. {words} After it."
        found.append(article(f"https://{words}/{words}", words, text, [
            fact(text, words, number, claim=words, speaker=words, when=words, place=words, unsupported=[words], model_quote=words + "!")],
            language=words, rejected=[{"claim": words, "quote": words + " nowhere"}]))
        found.append({"url": f"https://host-{number}.example/{words}", "title": words, "class": "no_text", "error": words})
    return found


def hostile_urls(path):
    urls = [line.split("\t")[1] for line in open(path, encoding="utf-8").read().split("\n") if "\t" in line and line[0] != "#"]
    return [{"url": url, "title": f"address {at}", "class": "ssrf_denied", "error": url} for at, url in enumerate(urls) if url.strip()]


def many(articles, facts):
    found = []
    for at in range(articles):
        sentences = [f"In {1900 + n % 120} the town of Number {at}-{n} counted {n * 37 % 9001} people and {n % 7} bridges." for n in range(facts)]
        text = " ".join(sentences)
        start, spans = 0, []
        for n, sentence in enumerate(sentences):
            spans.append({"claim": f"Town {at}-{n} was counted.", "kind": KINDS[n % 6], "certainty": CERTAINTIES[n % 5],
                          "start": start, "end": start + len(sentence), "unsupported": []})
            start += len(sentence) + 1
        found.append(article(f"https://many.example/{at}", f"Towns {at}", text, spans))
    return found


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    made = {"scripts": scripts, "ways-out": ways_out, "hostile-urls": hostile_urls,
            "many": lambda a, f: many(int(a), int(f))}[what](*rest)
    json.dump(made, sys.stdout)
