#!/usr/bin/env python3
"""Trains the block classifier and judges it on domains it has not seen.

    train.py CORPUS NUMBERS WORK [--export FILE]

CORPUS has truth.jsonl and html/; NUMBERS is the built example `numbers`; WORK is a scratch
folder. Pages are split into five folds by registered domain, across all parts of the corpus, so
that no domain is in two folds. Both stages are judged out of fold; `--export` then trains on all
of it and writes the weights the crate reads. Parts named `moz` are left out: their truth is an
extractor's output. Needs numpy and lightgbm."""
import argparse
import hashlib
import html
import json
import os
import pickle
import struct
import subprocess
import sys
from urllib.parse import urlsplit

import lightgbm as lgb
import numpy as np

import labels as label

FOLDS = 5
ROUNDS = {"first": 120, "second": 280}
PARAMETERS = {
    "first": dict(num_leaves=24, max_depth=5, learning_rate=0.08, min_data_in_leaf=60),
    "second": dict(num_leaves=24, max_depth=5, learning_rate=0.035, min_data_in_leaf=80),
}
COMMON = dict(
    objective="cross_entropy", verbose=-1, num_threads=1, feature_fraction=0.5,
    bagging_fraction=0.8, bagging_freq=1, lambda_l2=5.0, max_bin=255, seed=7,
    deterministic=True, force_row_wise=True,
)
HOPELESS = 0.03
SECOND_LEVEL = {"co", "com", "org", "net", "ac", "gov", "or", "gv", "edu", "ne", "go"}


def domain(url, page_id):
    host = (urlsplit(url or "").hostname or page_id).lower()
    parts = host.split(".")
    keep = 3 if len(parts) > 2 and parts[-2] in SECOND_LEVEL and len(parts[-1]) == 2 else 2
    return ".".join(parts[-keep:])


def fold(name):
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % FOLDS


LAYOUTS = [
    "<title>{t}</title><body><h1>{t}</h1>{p}</body>",
    "<title>{t}</title><body><div>{p}</div></body>",
    "<title>{t}</title><article><h1>{t}</h1>{p}</article>",
    "<title>{t}</title><nav><ul><li><a href=/>Home</a><li><a href=/a>About</a></ul></nav>"
    "<main><h1>{t}</h1>{p}</main><footer>Copyright {t}</footer>",
    "<title>{t}</title><header><a href=/>{t}</a></header><div id=content><h2>{t}</h2>{b}</div>"
    "<div id=footer><p>All rights reserved.</p></div>",
    "<html><body>{p}</body></html>",
]


def simple_pages(corpus, work):
    """Plain pages made from truths, so that pages without a site's furniture are known too."""
    os.makedirs(f"{work}/simple/html", exist_ok=True)
    out = open(f"{work}/simple/truth.jsonl", "w", encoding="utf8")
    for line in open(f"{corpus}/truth.jsonl", encoding="utf8"):
        t = json.loads(line)
        if t["corpus"] == "moz" or not t.get("text") or fold(t["id"] + "simple") > 1:
            continue
        kind = int(hashlib.sha256(t["id"].encode()).hexdigest(), 16)
        paragraphs = [html.escape(p) for p in t["text"].split("\n") if p.strip()]
        if kind % 4 == 0:
            paragraphs = paragraphs[: 1 + kind % 3]
        page = LAYOUTS[kind // 7 % len(LAYOUTS)].format(
            t=html.escape(t.get("title") or "Untitled"),
            p="".join(f"<p>{p}</p>\n" for p in paragraphs),
            b="<br><br>".join(paragraphs),
        )
        t["id"] = "simple__" + t["id"]
        t["text"] = html.unescape("\n\n".join(paragraphs))
        t["corpus"] = "simple"
        open(f"{work}/simple/html/{t['id']}.html", "w", encoding="utf8").write(page)
        out.write(json.dumps(t) + "\n")
    out.close()
    return f"{work}/simple"


def load(corpus, numbers, work, name):
    subprocess.run([numbers, corpus, f"{work}/{name}"], check=True)
    truths = {}
    for line in open(f"{corpus}/truth.jsonl", encoding="utf8"):
        t = json.loads(line)
        truths[t["id"]] = t
    pages = []
    for line in open(f"{work}/{name}.jsonl", encoding="utf8"):
        d = json.loads(line)
        t = truths[d["id"]]
        if t.get("text") is not None:
            y = label.by_text(d["texts"], t["text"])
        else:
            y = label.by_snippets(d["texts"], t.get("with"), t.get("without"))
        if t["corpus"] == "moz":
            y = [-1.0] * len(y)
        site = domain(t.get("url"), d["id"])
        pages.append(dict(id=d["id"], n=len(y), y=y, texts=d["texts"], fold=fold(site),
                          corpus=t["corpus"], full=t.get("text") is not None))
    return pages


def weights(page):
    """Each page weighs alike, its blocks by length; pages known by snippets weigh less."""
    y = np.array(page["y"])
    size = np.array([len(label.words(t)) for t in page["texts"]], dtype=float)
    w = (size + 2.0) ** 0.6
    w[y < 0] = 0.0
    if page["full"]:
        return w / max(w.sum(), 1e-9) * (20.0 if page["corpus"] == "simple" else 100.0)
    return np.where(y >= 0, 4.0, 0.0)


def fit(x, y, w, stage):
    keep = w > 0
    data = lgb.Dataset(x[keep], label=np.clip(y[keep], 0, 1), weight=w[keep])
    return lgb.train({**COMMON, **PARAMETERS[stage]}, data, ROUNDS[stage])


def out_of_fold(x, y, w, folds, stage):
    result = np.zeros(len(y), dtype=np.float32)
    for held in range(FOLDS):
        model = fit(x[folds != held], y[folds != held], w[folds != held], stage)
        result[folds == held] = model.predict(x[folds == held])
    return result


def to_byte(p):
    return np.clip(np.round(p * 255.0), 0, 255).astype(np.uint8)


def second_numbers(corpora, numbers, work, sure):
    """The second stage's numbers, given what the first says of every block."""
    parts, at = [], 0
    for name, corpus, count in corpora:
        sure[at : at + count].tofile(f"{work}/sure")
        at += count
        subprocess.run([numbers, corpus, f"{work}/s", f"{work}/sure"], check=True)
        parts.append(np.fromfile(f"{work}/s.second", dtype=np.uint8).reshape(count, -1))
    return np.vstack(parts)


def write_predictions(path, pages, p, threshold=0.5):
    at = 0
    with open(path, "w", encoding="utf8") as out:
        for page in pages:
            q = p[at : at + page["n"]]
            at += page["n"]
            kept = [t for t, v in zip(page["texts"], q) if v >= threshold]
            out.write(json.dumps({"id": page["id"], "text": "\n\n".join(kept)}) + "\n")


DEPTH = 5


def export(path, models):
    """See src/classify/model.rs for the format."""
    blob = bytearray()
    for model in models:
        trees = model.dump_model()["tree_info"]
        blob += struct.pack("<H", len(trees))
        for tree in trees:
            nodes = [(0, 255)] * (2**DEPTH - 1)
            leaves = [0.0] * 2**DEPTH
            place(tree["tree_structure"], 0, 0, nodes, leaves)
            for feature, threshold in nodes:
                blob += struct.pack("<BB", feature, threshold)
            for value in leaves:
                blob += struct.pack("<h", max(-32768, min(32767, round(value * 4096))))
    open(path, "wb").write(blob)
    print("weights", len(blob), "bytes")


def place(node, at, depth, nodes, leaves):
    """Puts a subtree at a place of the complete tree; a leaf above the last level fills all below."""
    if depth == DEPTH:
        leaves[at - (2**DEPTH - 1)] = node["leaf_value"]
        return
    if "leaf_value" in node:
        for child in (2 * at + 1, 2 * at + 2):
            place(node, child, depth + 1, nodes, leaves)
        return
    assert node["decision_type"] == "<=", node["decision_type"]
    nodes[at] = (node["split_feature"], int(np.floor(node["threshold"])))
    place(node["left_child"], 2 * at + 1, depth + 1, nodes, leaves)
    place(node["right_child"], 2 * at + 2, depth + 1, nodes, leaves)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("corpus")
    a.add_argument("numbers")
    a.add_argument("work")
    a.add_argument("--export")
    a = a.parse_args()
    os.makedirs(a.work, exist_ok=True)
    pages, corpora, numbers = [], [], []
    for name, corpus in (("d", a.corpus), ("plain", simple_pages(a.corpus, a.work))):
        found = load(corpus, a.numbers, a.work, name)
        count = sum(p["n"] for p in found)
        pages += found
        corpora.append((name, corpus, count))
        numbers.append(np.fromfile(f"{a.work}/{name}.first", dtype=np.uint8).reshape(count, -1))
    x = np.vstack(numbers)
    y = np.concatenate([np.array(p["y"], dtype=np.float32) for p in pages])
    w = np.concatenate([weights(p) for p in pages])
    folds = np.concatenate([np.full(p["n"], p["fold"]) for p in pages])
    p1 = out_of_fold(x, y, w, folds, "first")
    write_predictions(f"{a.work}/first.jsonl", pages, p1)
    x2 = np.hstack([x, second_numbers(corpora, a.numbers, a.work, to_byte(p1))])
    # The crate asks the second stage only about blocks the first has not given up.
    live = p1 >= HOPELESS
    p2 = p1.copy()
    p2[live] = out_of_fold(x2[live], y[live], w[live], folds[live], "second")
    write_predictions(f"{a.work}/second.jsonl", pages, p2)
    np.save(f"{a.work}/x2.npy", x2)
    pickle.dump((pages, p1, p2), open(f"{a.work}/oof.pickle", "wb"))
    if a.export:
        first = fit(x, y, w, "first")
        # The second stage is trained on what the first says of pages it has not seen.
        second = fit(x2[live], y[live], w[live], "second")
        for model, stage in ((first, "first"), (second, "second")):
            gain = model.feature_importance("gain")
            top = np.argsort(-gain)[:25]
            print(stage, " ".join(f"{i}:{gain[i] / gain.sum():.3f}" for i in top))
        export(a.export, [first, second])


if __name__ == "__main__":
    sys.exit(main())
