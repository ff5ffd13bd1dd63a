-- Texts, LLM runs over them, and the facts that point into them.
CREATE TABLE article_texts (
    content_sha256    bytea PRIMARY KEY,
    body              text NOT NULL,
    title             text,
    language          text,
    published         text,
    extractor_version text NOT NULL,
    stored_at         timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT digest_is_sha256 CHECK (octet_length(content_sha256) = 32)
);

-- One row per run, written as `started` before the first call, so that a killed run shows.
CREATE TABLE extractions (
    id               bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    article_id       bigint NOT NULL REFERENCES article_work (article_id) ON DELETE CASCADE,
    fence            bigint NOT NULL,
    content_sha256   bytea NOT NULL REFERENCES article_texts (content_sha256),
    prompt_version   text NOT NULL,
    schema_version   text NOT NULL,
    model_requested  text NOT NULL,
    model_returned   text,
    endpoint         text NOT NULL,
    reused_from      bigint,
    status           text NOT NULL DEFAULT 'started',
    chunks_total     int NOT NULL DEFAULT 0,
    chunks_ok        int NOT NULL DEFAULT 0,
    chars_cut        int NOT NULL DEFAULT 0,
    calls            int NOT NULL DEFAULT 0,
    tokens_in        bigint NOT NULL DEFAULT 0,
    tokens_cached    bigint NOT NULL DEFAULT 0,
    tokens_out       bigint NOT NULL DEFAULT 0,
    tokens_reasoning bigint NOT NULL DEFAULT 0,
    cost_micro_usd   bigint, -- NULL: the price is unknown. Never 0 for that.
    facts_returned   int NOT NULL DEFAULT 0,
    facts_kept       int NOT NULL DEFAULT 0,
    facts_ungrounded int NOT NULL DEFAULT 0,
    facts_merged     int NOT NULL DEFAULT 0,
    started_at       timestamptz NOT NULL DEFAULT now(),
    finished_at      timestamptz,
    CONSTRAINT known_status CHECK (status IN ('started', 'ok', 'empty', 'partial', 'failed')),
    CONSTRAINT finished_or_started CHECK ((status = 'started') = (finished_at IS NULL)),
    CONSTRAINT chunks_counted CHECK (chunks_ok BETWEEN 0 AND chunks_total),
    CONSTRAINT ok_is_whole CHECK (
        status <> 'ok' OR (chunks_total > 0 AND chunks_ok = chunks_total AND facts_kept > 0)),
    CONSTRAINT empty_is_whole CHECK (
        status <> 'empty' OR (chunks_total > 0 AND chunks_ok = chunks_total
                              AND facts_returned = 0 AND facts_kept = 0)),
    CONSTRAINT partial_has_facts CHECK (status <> 'partial' OR facts_kept > 0),
    CONSTRAINT failed_keeps_none CHECK (status <> 'failed' OR facts_kept = 0)
);
CREATE INDEX extractions_article ON extractions (article_id, id);
-- The same text, prompt, schema and model is paid for once.
CREATE INDEX extractions_reuse ON extractions
    (content_sha256, prompt_version, schema_version, model_requested)
    WHERE status IN ('ok', 'empty');
-- Rows arrive in the order of time; a few pages serve the daily sums.
CREATE INDEX extractions_started ON extractions USING brin (started_at) WITH (pages_per_range = 16);

CREATE TABLE facts (
    extraction_id bigint NOT NULL REFERENCES extractions (id) ON DELETE CASCADE,
    ordinal       int NOT NULL,
    article_id    bigint NOT NULL,
    claim         text NOT NULL,
    kind          text NOT NULL,
    certainty     text NOT NULL,
    speaker       text,
    date_text     text,
    date_from     date,
    date_to       date,
    place         text,
    entities      text[] NOT NULL DEFAULT '{}',
    quote         text NOT NULL,
    model_quote   text,
    span_start    int NOT NULL,
    span_end      int NOT NULL,
    grounding     text NOT NULL,
    edits         int NOT NULL DEFAULT 0,
    unsupported   text[] NOT NULL DEFAULT '{}',
    fact_key      text NOT NULL,
    PRIMARY KEY (extraction_id, ordinal),
    UNIQUE (extraction_id, fact_key),
    CONSTRAINT claim_says_something CHECK (claim <> ''),
    CONSTRAINT known_kind CHECK (
        kind IN ('event', 'statement', 'measurement', 'relation', 'plan', 'other')),
    CONSTRAINT known_certainty CHECK (
        certainty IN ('asserted', 'attributed', 'disputed', 'planned', 'hypothetical')),
    CONSTRAINT known_grounding CHECK (grounding IN ('exact', 'normalized', 'aligned')),
    CONSTRAINT exact_has_one_quote CHECK ((grounding = 'exact') = (model_quote IS NULL)),
    CONSTRAINT only_aligned_is_edited CHECK (edits >= 0 AND (edits = 0 OR grounding = 'aligned')),
    CONSTRAINT span_fits_quote CHECK (
        span_start >= 0 AND span_end > span_start AND char_length(quote) = span_end - span_start),
    CONSTRAINT dates_in_order CHECK (date_from <= date_to)
);

-- Finished chunks of a run that has not ended whole, so that a retry pays only for what is missing.
CREATE TABLE llm_chunks (
    extraction_id bigint NOT NULL REFERENCES extractions (id) ON DELETE CASCADE,
    chunk_index   int NOT NULL,
    span_start    int NOT NULL,
    span_end      int NOT NULL,
    reply         jsonb NOT NULL,
    usage         jsonb NOT NULL,
    stored_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (extraction_id, chunk_index)
);

-- A breaker that every invocation shares: open while a row is there, closed by the first success.
CREATE TABLE llm_breakers (
    breaker_key text PRIMARY KEY,
    error_class text NOT NULL,
    failures    int NOT NULL DEFAULT 1,
    opened_at   timestamptz NOT NULL DEFAULT now(),
    open_until  timestamptz NOT NULL
);
