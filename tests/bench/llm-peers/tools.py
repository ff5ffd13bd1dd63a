"""One function a tool: ask an endpoint for the facts of a text, with the settings its documentation shows.

Each gives {"quotes": [...]} with the words it says are the article's, or {"odd": "..."} for an answer
that it hands over as a success and that holds no facts; whatever it raises is its error.
"""

import json
import re
import subprocess
from typing import Optional

MODEL = "offline-extractive-v1"
TASK = "List every fact of the article as JSON: {\"facts\": [{\"quote\": its exact words, \"claim\": the fact}]}."
SCHEMA = {
    "name": "facts",
    "strict": True,
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["facts"],
        "properties": {
            "facts": {
                "type": "array",
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["quote", "claim"],
                    "properties": {"quote": {"type": "string"}, "claim": {"type": "string"}},
                },
            }
        },
    },
}


def gleaner(base_url, text, program, seconds):
    """The fact finder with the settings of production, under a budget: it takes one."""
    run = subprocess.run(
        [program, base_url, MODEL, str(seconds)], input=text, capture_output=True, text=True, check=True
    )
    found = json.loads(run.stdout)
    if "error" in found:
        return {"error": found["error"], "seconds": found["seconds"]}
    note = "" if found["status"] == "ok" else found["status"]
    return {"quotes": found["quotes"], "note": note, "seconds": found["seconds"]}


def litellm(base_url, text):
    """`completion` with a JSON schema; litellm hands the content over, reading it is the caller's part."""
    import litellm

    reply = litellm.completion(
        model=f"openai/{MODEL}",
        api_base=base_url,
        api_key="none",
        messages=[{"role": "system", "content": TASK}, {"role": "user", "content": text}],
        response_format={"type": "json_schema", "json_schema": SCHEMA},
    )
    content = reply.choices[0].message.content
    if content is None:
        return {"odd": "content=None"}
    try:
        facts = json.loads(content)["facts"]
        return {"quotes": [fact["quote"] for fact in facts]}
    except (ValueError, KeyError, TypeError):
        return {"odd": "content that is not the JSON asked for"}


def instructor(base_url, text):
    """A response model in JSON schema mode, default retries."""
    import instructor
    import openai
    from pydantic import BaseModel

    class Fact(BaseModel):
        quote: str
        claim: str
        speaker: Optional[str] = None

    class Facts(BaseModel):
        facts: list[Fact]

    client = instructor.from_openai(
        openai.OpenAI(base_url=base_url, api_key="none"), mode=instructor.Mode.JSON_SCHEMA
    )
    reply = client.chat.completions.create(
        model=MODEL,
        response_model=Facts,
        messages=[{"role": "system", "content": TASK}, {"role": "user", "content": text}],
    )
    return {"quotes": [fact.quote for fact in reply.facts]}


def langextract(base_url, text):
    """`extract` with one example and the OpenAI provider. A fact counts when it was given a place in the text."""
    import langextract as lx

    speak_langextract()
    example = lx.data.ExampleData(
        text="The bakery opened a second shop.",
        extractions=[
            lx.data.Extraction(
                extraction_class="fact",
                extraction_text="The bakery opened a second shop",
                attributes={"claim": "The bakery opened a second shop."},
            )
        ],
    )
    config = lx.factory.ModelConfig(
        model_id=MODEL,
        provider="OpenAILanguageModel",
        provider_kwargs={"base_url": base_url, "api_key": "none"},
    )
    found = lx.extract(
        text_or_documents=text,
        prompt_description="List every fact of the article, with its exact words.",
        examples=[example],
        config=config,
        show_progress=False,
    )
    facts = found.extractions or []
    placed = [fact.extraction_text for fact in facts if fact.char_interval is not None]
    return {"quotes": placed, "note": f"{len(facts) - len(placed)} without a place" if len(facts) > len(placed) else ""}


def speak_langextract():
    """The stand-in writes Gleaner's form of a fact. What it writes is put into langextract's own form after
    the transport and before langextract reads it: the names of the fields change, and nothing else."""
    from openai.resources.chat.completions import Completions

    create = Completions.create
    if create.__name__ == "translated":
        return

    def translated(self, **arguments):
        reply = create(self, **arguments)
        for choice in getattr(reply, "choices", None) or []:
            if isinstance(choice.message.content, str):
                choice.message.content = in_its_words(choice.message.content)
        return reply

    Completions.create = translated


def in_its_words(content):
    """Every item that is whole is written anew; what is broken stays as broken as it is."""
    decoder = json.JSONDecoder(strict=False)
    out, at = [], 0
    while at < len(content):
        if content[at] == "{":
            try:
                item, end = decoder.raw_decode(content, at)
            except ValueError:
                item, end = None, at
            if isinstance(item, dict) and "facts" not in item and ("quote" in item or "claim" in item):
                out.append(json.dumps(in_its_form(item)))
                at = end
                continue
        out.append(content[at])
        at += 1
    words = "".join(out).replace('"facts"', '"extractions"')
    return re.sub(r'\{"sentence":\d+,"quote":', '{"fact":', words)


def in_its_form(item):
    fact = {"fact": item["quote"].removeprefix("Q: ")} if "quote" in item else {}
    names = ("claim", "confidence")
    return fact | {"fact_attributes": {name: item[name] for name in names if name in item}}
