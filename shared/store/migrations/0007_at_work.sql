-- Runs that are at work, by their text: a second one over the same text waits for the first.
CREATE INDEX extractions_at_work ON extractions (content_sha256) WHERE status = 'started';
