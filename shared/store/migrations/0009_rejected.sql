-- Facts that were not kept because their quote is not in the text: [{"claim", "quote"}], the first
-- few of a run, for people to look at.
ALTER TABLE extractions
    ADD COLUMN rejected jsonb NOT NULL DEFAULT '[]',
    ADD CONSTRAINT rejected_is_short CHECK (
        jsonb_typeof(rejected) = 'array' AND jsonb_array_length(rejected) <= 20);
