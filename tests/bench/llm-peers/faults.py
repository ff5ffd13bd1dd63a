#!/usr/bin/env python3
"""Plays every fault of the LLM stand-in to Gleaner, langextract, instructor and litellm, and prints who saw what.

    python3 -m venv /tmp/llm-peers && /tmp/llm-peers/bin/pip install -r tests/bench/llm-peers/requirements.txt
    cargo build --profile local -p cli -p facts --bin gleaner --example find_facts
    /tmp/llm-peers/bin/python tests/bench/llm-peers/faults.py > shared/facts/VERDICTS.md

The faults are those of tests/it/llm/table.rs. Everything runs on this machine: each case has a stand-in of its
own, on loopback. A case is cut at --limit seconds, because the peers' own limit is 600.
"""

import argparse
import json
import multiprocessing
import os
import platform
import re
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import tools

ROOT = Path(__file__).resolve().parents[3]
TEXT = (
    "NASA launched the Artemis II mission from Florida on April 1, 2026. "
    "Officials in Houston said the crew of four travelled 1,100,000 miles around the Moon. "
    "The agency in Washington spent $4.1 billion on the flight, a report by Congress said in May 2026. "
    "Ann Cole of Acme Corp. sold 350 parts of the ship to the agency in Berlin in 2024."
)
PEERS = ("langextract", "instructor", "litellm")
# Gleaner takes a budget from its caller; the peers take none.
BUDGET = 15


class StandIn:
    """The stand-in on a port of its own, playing one script."""

    def __init__(self, script, options):
        command = [options.gleaner, "stand-in", "--listen", "127.0.0.1:0", *(["--fault", script] if script else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        line = ""
        while "LLM_BASE_URL=" not in line:
            line = self.process.stdout.readline()
            if not line:
                raise SystemExit(f"the stand-in did not start: {' '.join(command)}")
        self.base_url = re.search(r"LLM_BASE_URL=(\S+)", line).group(1)

    def stop(self):
        """Ends it; how many calls it had."""
        self.process.send_signal(signal.SIGINT)
        said = self.process.communicate(timeout=30)[0]
        return int(re.search(r"(\d+) requests? answered", said).group(1))


class Worker:
    """A process with one tool, warm: it has had one sound answer, as in a service that runs for a while."""

    def __init__(self, tool, sound_url, options):
        self.tool, self.sound_url, self.options = tool, sound_url, options
        self.case = None
        self.start()

    def start(self):
        self.pipe, theirs = multiprocessing.Pipe()
        context = multiprocessing.get_context("fork")
        arguments = (self.tool, theirs, self.sound_url, self.options)
        self.process = context.Process(target=serve, args=arguments, daemon=True)
        self.process.start()
        theirs.close()
        self.is_ready = False

    def play(self, script):
        self.case = (script, StandIn(script, self.options), time.monotonic())
        self.pipe.send(self.case[1].base_url)

    def seen(self):
        """The script and what the caller saw, or None while it is still waiting."""
        script, stand_in, started = self.case
        taken = time.monotonic() - started
        if self.pipe.poll():
            seen = self.pipe.recv()
        elif taken > self.options.limit:
            seen = {"cut": True, "seconds": taken}
        else:
            return None
        if "cut" in seen:
            self.process.kill()
            self.process.join()
        seen["calls"] = stand_in.stop()
        if "cut" in seen:
            self.start()
        self.case = None
        return script, seen


def serve(tool, pipe, sound_url, options):
    """In a worker: asks whatever endpoint it is sent."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    pipe.send(ask(tool, sound_url, options))
    while True:
        pipe.send(ask(tool, pipe.recv(), options))


def ask(tool, base_url, options):
    started = time.monotonic()
    try:
        if tool == "gleaner":
            return tools.gleaner(base_url, TEXT, options.find, BUDGET)
        seen = getattr(tools, tool)(base_url, TEXT)
    except Exception as error:  # whatever a tool raises is what its caller sees
        seen = {"error": type(error).__name__}
    return seen | {"seconds": time.monotonic() - started}


def play_all(scripts, options):
    """Every script to every tool; a few workers each, because most of the time is waiting."""
    sound = StandIn("", options)
    left = {tool: list(scripts) for tool in ("gleaner", *PEERS)}
    workers = [Worker(tool, sound.base_url, options) for tool in left for _ in range(options.workers)]
    results = {}
    while len(results) < len(left) * len(scripts):
        for worker in workers:
            if not worker.is_ready:
                if worker.pipe.poll():
                    first = worker.pipe.recv()
                    if not first.get("quotes"):
                        raise SystemExit(f"{worker.tool} finds nothing in a sound answer: {first}")
                    worker.is_ready = True
            elif worker.case is None:
                if left[worker.tool]:
                    worker.play(left[worker.tool].pop(0))
            elif done := worker.seen():
                script, seen = done
                results[script, worker.tool] = seen
                print(f"{script:40} {worker.tool:12} {verdict(script, seen)}", file=sys.stderr)
        time.sleep(0.01)
    for worker in workers:
        worker.process.kill()
    sound.stop()
    return results


def folded(words):
    return " ".join(words.lower().split()).strip(" .")


def untrue(quotes):
    """Quotes that do not stand in the text."""
    return [quote for quote in quotes if folded(quote) not in folded(TEXT)]


def verdict(script, seen):
    """What the caller sees, in a few words."""
    is_sound = script.startswith("no_facts")  # the one empty answer that is one
    if seen.get("cut"):
        words = "**no end**"
    elif "error" in seen:
        words = seen["error"]
    elif "odd" in seen:
        words = f"**success**, {seen['odd']}"
    else:
        quotes = seen["quotes"]
        false = len(untrue(quotes))
        words = f"{len(quotes)} facts" if quotes else "no facts" if is_sound else "**success, 0 facts**"
        if false:
            words += f", **{false} not in the text**"
        if seen.get("note") and not is_sound:
            words += f" ({seen['note']})"
    return f"{words}; {seen['calls']}×, {seen['seconds']:.1f} s"


# Faults that leave nothing to store, and those that leave an answer whose facts are false.
QUOTA = ("quota", "402")


def summary(scripts, results):
    """Counts, per tool: silent successes, false facts, quota asked again, cases without an end."""
    lines = ["| of all runs | Gleaner | " + " | ".join(PEERS) + " |", "|---|---|---|---|---|"]
    always = [script for script in scripts if "times=always" in script and not script.startswith(("none", "delay"))]

    def row(name, count):
        counts = [str(count(tool)) for tool in ("gleaner", *PEERS)]
        lines.append(f"| {name} | " + " | ".join(counts) + " |")

    def silent(seen):
        return "odd" in seen or seen.get("quotes") == []

    row(
        "a failure that the caller sees as success without facts",
        lambda tool: sum(silent(results[s, tool]) for s in always if not s.startswith("no_facts")),
    )
    row(
        "runs that hand over a fact whose words are not in the text",
        lambda tool: sum(bool(untrue(results[s, tool].get("quotes", []))) for s in scripts),
    )
    row(
        "calls on an empty account (`quota` and `402`, of 2 needed)",
        lambda tool: sum(results[s, tool]["calls"] for s in scripts if s.split(";")[0] in QUOTA),
    )
    row("runs without an end within the limit", lambda tool: sum("cut" in results[s, tool] for s in scripts))
    row(
        "runs that end with facts, all in the text",
        lambda tool: sum(
            bool(results[s, tool].get("quotes")) and not untrue(results[s, tool]["quotes"]) for s in scripts
        ),
    )
    row("calls in all", lambda tool: sum(results[s, tool]["calls"] for s in scripts))
    row("longest run in seconds", lambda tool: f"{max(results[s, tool]['seconds'] for s in scripts):.1f}")
    return lines


def document(scripts, results, options):
    pins = (Path(__file__).parent / "requirements.txt").read_text().split()
    versions = dict(pin.split("==") for pin in pins)
    named = ", ".join(f"{peer} {versions[peer]}" for peer in PEERS)
    print(
        f"""# Who sees what when an LLM endpoint fails

Every fault of the stand-in (rules, not a language model) is played to Gleaner's fact finder and to {named},
each with the settings that its documentation shows. {date.today()}, {os.cpu_count()} cores that had other work to do, {platform.system()}:
`python tests/bench/llm-peers/faults.py`, whose head says how. A cell says what the caller sees, the calls made and the
seconds taken; the text has four facts.

How to read it:

- Gleaner takes a budget from its caller, here {BUDGET} s. The peers take none: a run of theirs is cut at {options.limit:.0f} s ("no end"), since their
  own limit is 600 s between two bytes. After `retry_after=30` they would have gone on by themselves at 30 s, and waited twice;
  Gleaner hands such a wait back to its caller.
- litellm carries messages: reading the content is its caller's part, done here by `json.loads`.
- langextract gets the stand-in's facts in its own field names; a fact counts if it was given a place in the text.
- "not in the text": the quote does not stand there, but for case and spaces.
- Where a peer does better: all three read an answer of 50 MB, which Gleaner refuses and asks for again; two of the three make do
  with a fact that has no claim; neither limit nor temperature is sent by them, so that a server that refuses these costs Gleaner
  one to three calls, once a process; litellm names an error as well as Gleaner does, which the other two do not; and instructor
  never passes a failure off as success either.
"""
    )
    print("\n".join(summary(scripts, results)))
    print("\n| fault | Gleaner | " + " | ".join(PEERS) + " |\n|---|---|---|---|---|")
    for script in scripts:
        cells = [verdict(script, results[script, tool]) for tool in ("gleaner", *PEERS)]
        print(f"| `{script}` | " + " | ".join(cells) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gleaner", default=str(ROOT / "target/local/gleaner"))
    parser.add_argument("--find", default=str(ROOT / "target/local/examples/find_facts"))
    parser.add_argument("--limit", type=float, default=20)
    parser.add_argument("--workers", type=int, default=3, help="processes a tool")
    parser.add_argument("--only", default="", help="scripts that begin so")
    options = parser.parse_args()
    table = (ROOT / "tests/it/llm/table.rs").read_text()
    scripts = re.findall(r'row(?:_of)?\(\s*"([^"]+)"', table)
    scripts = [script for script in scripts if script.startswith(options.only)]
    # Or litellm asks the network for its price list.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    # Forked workers find the libraries read already.
    import instructor, langextract, litellm  # noqa: E401, F401

    results = play_all(scripts, options)
    document(scripts, results, options)


if __name__ == "__main__":
    main()
