//! Looks at the users' `articles` before anything is changed: what would stop a migration, what would
//! stop a finish later, after the model was paid, and what would surprise the users.

mod rules;

use domain::{Budget, Step};
use serde::Deserialize;

use crate::error::StoreError;
use crate::row::{answer, nullable};
use crate::store::Store;

// One row. Reads the catalogue alone.
const LOOK: &str = "/* store::adoption */
WITH target AS (
    SELECT c.oid, c.relkind, c.relpersistence, c.relowner, n.nspname
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = to_regclass('articles')
), place AS (
    SELECT coalesce((SELECT nspname FROM target), current_schema()) AS schema
)
SELECT jsonb_build_object(
    'encoding', current_setting('server_encoding'),
    'role', current_user,
    'is_read_only', current_setting('transaction_read_only') = 'on',
    'schema', place.schema,
    'may_create', coalesce(has_schema_privilege(place.schema, 'CREATE'), false),
    'is_migrated', EXISTS (
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = place.schema AND c.relname = 'gleaner_migrations'),
    'others', (
        SELECT coalesce(jsonb_agg(format('%I.%I', n.nspname, c.relname) ORDER BY n.nspname), '[]')
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE lower(c.relname) = 'articles' AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
           AND n.nspname NOT IN ('pg_catalog', 'information_schema')
           AND n.nspname NOT LIKE 'pg\\_temp%' AND NOT EXISTS (SELECT FROM target t WHERE t.oid = c.oid)),
    'taken', (
        SELECT coalesce(jsonb_agg(c.relname ORDER BY c.relname), '[]')
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = place.schema AND c.relname IN (
               'article_work', 'article_attempts', 'article_texts', 'extractions', 'facts', 'llm_chunks',
               'llm_breakers', 'llm_ledger', 'llm_limits', 'current_facts', 'bad_spans', 'lost_runs',
               'llm_cost_by_day', 'llm_budget_today', 'pipeline_status', 'invariant_violations')),
    'table', (
        SELECT jsonb_build_object(
            'kind', t.relkind, 'persistence', t.relpersistence,
            'owner', pg_get_userbyid(t.relowner), 'is_owner', pg_has_role(t.relowner, 'USAGE'),
            'may_read', has_table_privilege(t.oid, 'SELECT'),
            'may_update', has_table_privilege(t.oid, 'UPDATE')
                OR coalesce((SELECT has_column_privilege(t.oid, a.attnum, 'UPDATE') FROM pg_attribute a
                              WHERE a.attrelid = t.oid AND a.attname = 'processed_at'), false),
            'is_filtered', row_security_active(t.oid) AND NOT (
                EXISTS (SELECT FROM pg_policy p
                         WHERE p.polrelid = t.oid AND p.polpermissive AND p.polcmd = '*'
                           AND pg_get_expr(p.polqual, p.polrelid) = 'true'
                           AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), 'true') = 'true'
                           AND EXISTS (SELECT FROM unnest(p.polroles) AS r (oid)
                                        WHERE r.oid = 0 OR pg_has_role(r.oid, 'USAGE')))
                AND NOT EXISTS (SELECT FROM pg_policy p
                                 WHERE p.polrelid = t.oid AND NOT p.polpermissive)),
            'id_is_key', EXISTS (
                SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'id'
                 WHERE i.indrelid = t.oid AND i.indisunique AND i.indimmediate AND i.indisvalid
                   AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum),
            'rules', (SELECT coalesce(jsonb_agg(r.rulename), '[]') FROM pg_rewrite r
                       WHERE r.ev_class = t.oid AND r.is_instead AND r.ev_type IN ('2', '3')),
            'columns', (
                SELECT coalesce(jsonb_agg(jsonb_build_object(
                           'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
                           'base', format_type(coalesce(nullif(y.typbasetype, 0), a.atttypid), NULL),
                           'max_chars', CASE WHEN a.atttypmod > 4 THEN a.atttypmod - 4 END,
                           'is_not_null', a.attnotnull OR y.typnotnull,
                           'is_generated', a.attgenerated <> '' OR a.attidentity = 'a',
                           'has_default', a.atthasdef AND a.attgenerated = '') ORDER BY a.attnum), '[]')
                  FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
                 WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped))
          FROM target t)) AS answer
  FROM place";

/// As finishing does it, to one of the newest articles, one that waits if there is one; undone afterwards.
/// A refusal of the users' own triggers is found here, before a model is paid.
const TRY: &str = "
ALTER TABLE articles ADD COLUMN IF NOT EXISTS processed_at timestamptz;
DO $try$
DECLARE
    one_id bigint;
    is_set boolean;
BEGIN
    SELECT id INTO one_id
      FROM (SELECT id, processed_at FROM articles ORDER BY id DESC LIMIT 100) AS newest
     ORDER BY processed_at IS NULL DESC, id DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    UPDATE articles SET processed_at = now() WHERE id = one_id
    RETURNING processed_at IS NOT NULL INTO is_set;
    SET CONSTRAINTS ALL IMMEDIATE;
    IF is_set IS DISTINCT FROM true THEN
        RAISE EXCEPTION USING ERRCODE = 'GL004',
            MESSAGE = 'a trigger or rule of articles takes processed_at back';
    END IF;
EXCEPTION
    WHEN lock_not_available OR query_canceled OR deadlock_detected THEN
        RAISE;
    WHEN OTHERS THEN
        RAISE EXCEPTION USING ERRCODE = 'GL001', MESSAGE = format(
            'articles cannot be adopted: setting processed_at, which ends each article, is refused: %s '
            '(sqlstate %s); change the trigger or rule that refuses it', SQLERRM, SQLSTATE);
END
$try$;
ROLLBACK;
BEGIN;
";

/// What stands in the catalogue about the users' table and its surroundings.
#[derive(Debug, Deserialize)]
pub(crate) struct Adoption {
    encoding: String,
    role: String,
    is_read_only: bool,
    /// Where `articles` is, or would be made; none when the search path leads nowhere.
    #[serde(deserialize_with = "nullable")]
    schema: Option<String>,
    may_create: bool,
    is_migrated: bool,
    /// Other tables of that name, in another schema or in another case.
    others: Vec<String>,
    /// Names of ours that are taken.
    taken: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    table: Option<Table>,
}

#[derive(Debug, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of the catalogue"
)]
struct Table {
    kind: String,
    persistence: String,
    owner: String,
    is_owner: bool,
    may_read: bool,
    may_update: bool,
    /// Row level security hides rows, or may refuse them.
    is_filtered: bool,
    id_is_key: bool,
    /// Rules that do something else instead of an insert or update.
    rules: Vec<String>,
    columns: Vec<Column>,
}

#[derive(Debug, Deserialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    /// The type below a domain, without its length.
    base: String,
    #[serde(deserialize_with = "nullable")]
    max_chars: Option<i32>,
    is_not_null: bool,
    is_generated: bool,
    has_default: bool,
}

impl Store {
    /// Looks, and tries an update that is rolled back; changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Schema`] with everything that stands against adoption.
    pub(crate) async fn check_adoption(&self, budget: &Budget) -> Result<Adoption, StoreError> {
        let rows = self.transact(Step::DbQuery, budget, LOOK, &[]).await?;
        let adoption: Adoption = answer("adoption", &rows)?;
        let problems = adoption.problems();
        if !problems.is_empty() {
            return Err(StoreError::Schema {
                problem: format!(
                    "articles cannot be adopted:\n  - {}",
                    problems.join("\n  - ")
                ),
                sqlstate: None,
            });
        }
        if adoption.is_new() {
            self.patiently(budget, &self.script_of(TRY)).await?;
        }
        Ok(adoption)
    }
}
