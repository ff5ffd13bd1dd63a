-- What pages of each host come to: how many attempts ended how, of those that got a page. It reads
-- nothing of the users' table, so that they may change it as before.
CREATE VIEW pages_by_host AS
SELECT substring(t.final_url FROM '^[a-z]+://([^/?#:]+)') AS host,
       t.outcome,
       t.error_class,
       count(*) AS attempts,
       count(DISTINCT t.article_id) AS articles,
       max(t.ended_at) AS last_at
  FROM article_attempts t
 WHERE t.final_url IS NOT NULL AND t.ended_at IS NOT NULL
 GROUP BY 1, 2, 3;
