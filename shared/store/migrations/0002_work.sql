-- The state machine. It lives beside the users' table: a full cycle over 300,000 wide rows wrote
-- half the log of the same cycle with lease columns on `articles`.
CREATE TABLE article_work (
    article_id    bigint PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    state         text NOT NULL DEFAULT 'new',
    attempt       int NOT NULL DEFAULT 0,
    max_attempts  int NOT NULL DEFAULT 5,
    fence         bigint NOT NULL DEFAULT 0,
    due_at        timestamptz NOT NULL DEFAULT now(),
    lease_until   timestamptz,
    outcome       text,
    error_class   text,
    error         text,
    facts_count   int,
    extraction_id bigint,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT known_state CHECK (state IN ('new', 'queued', 'running', 'retry', 'done', 'failed')),
    CONSTRAINT attempts_bounded CHECK (attempt BETWEEN 0 AND max_attempts AND max_attempts > 0),
    CONSTRAINT fence_counts_up CHECK (fence >= 0),
    CONSTRAINT running_has_lease CHECK ((state = 'running') = (lease_until IS NOT NULL)),
    CONSTRAINT failed_has_class CHECK (state <> 'failed' OR error_class IS NOT NULL),
    CONSTRAINT done_has_outcome CHECK (
        (state = 'done') = (outcome IS NOT NULL)
        AND (state <> 'done' OR (facts_count IS NOT NULL AND error_class IS NULL))),
    -- `adopted`: processed_at was already set, by the script before Gleaner or by hand. The row is
    -- final and visible as such; it never passes for a row that Gleaner found facts in.
    CONSTRAINT outcome_fits_facts CHECK (CASE outcome
        WHEN 'ok' THEN facts_count > 0 AND extraction_id IS NOT NULL
        WHEN 'partial' THEN facts_count > 0 AND extraction_id IS NOT NULL
        WHEN 'no_facts' THEN facts_count = 0 AND extraction_id IS NOT NULL
        WHEN 'adopted' THEN facts_count >= 0
        ELSE outcome IS NULL END),
    CONSTRAINT error_is_short CHECK (char_length(error) <= 500)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);

-- What the scheduler takes from, and what rescues lost workers: a running row is due when its lease ends.
CREATE INDEX article_work_due ON article_work (due_at, article_id)
    WHERE state IN ('new', 'queued', 'retry', 'running');

-- One row per claim; opened by it, closed by whatever ends it.
CREATE TABLE article_attempts (
    article_id    bigint NOT NULL REFERENCES article_work (article_id) ON DELETE CASCADE,
    fence         bigint NOT NULL,
    attempt       int NOT NULL,
    request_id    text NOT NULL,
    started_at    timestamptz NOT NULL DEFAULT now(),
    ended_at      timestamptz,
    outcome       text,
    error_class   text,
    error         text,
    reason        text,
    steps         jsonb,
    page_bytes    bigint,
    text_chars    bigint,
    http_status   int,
    final_url     text,
    extraction_id bigint,
    PRIMARY KEY (article_id, fence),
    CONSTRAINT known_outcome CHECK (outcome IN (
        'ok', 'no_facts', 'partial', 'retry', 'snooze', 'failed', 'lost', 'superseded')),
    CONSTRAINT ended_has_outcome CHECK ((ended_at IS NULL) = (outcome IS NULL)),
    CONSTRAINT setback_has_class CHECK (
        outcome NOT IN ('retry', 'snooze', 'failed', 'lost') OR error_class IS NOT NULL)
) WITH (fillfactor = 85);

-- Where the reconciler's next window begins; a single row.
CREATE TABLE gleaner_reconciler (
    only_row      boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    after_article bigint NOT NULL DEFAULT -9223372036854775808
);
INSERT INTO gleaner_reconciler DEFAULT VALUES;
