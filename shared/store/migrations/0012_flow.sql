-- What a scheduler pass tells of the flow: since when something waits for us, seen pass by pass, and
-- when each article came in.
ALTER TABLE gleaner_reconciler ADD COLUMN waiting_since timestamptz;
ALTER TABLE article_work ADD COLUMN added_at timestamptz NOT NULL DEFAULT now();
