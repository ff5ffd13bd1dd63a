//! What is refused, what is worth a sentence, and the words for both.

use super::{Adoption, Column, Table};

/// Characters that a moment takes as text, with its zone.
const MOMENT_CHARS: i32 = 35;

/// Types that take a moment.
const MOMENTS: [&str; 5] = [
    "timestamp with time zone",
    "timestamp without time zone",
    "date",
    "text",
    "character varying",
];

impl Adoption {
    /// Whether there is a table of the users' that Gleaner has not adopted yet.
    pub(super) fn is_new(&self) -> bool {
        self.table.is_some() && !self.is_migrated
    }

    /// Everything that stands against working on this database, each with what to do.
    pub(super) fn problems(&self) -> Vec<String> {
        let mut problems = self.server_problems();
        if let Some(table) = &self.table {
            problems.extend(table.finish_problems(&self.role));
            if !self.is_migrated {
                problems.extend(table.adoption_problems(&self.role));
            }
        } else if !self.others.is_empty() && !self.is_migrated {
            problems.push(self.elsewhere());
        }
        if !self.is_migrated && !self.taken.is_empty() {
            let schema = self.schema.as_deref().unwrap_or("the search path");
            problems.push(format!(
                "{} exists already in schema {schema} and is not Gleaner's: rename it, or move articles \
                 to a schema without that name and set DATABASE_SCHEMA",
                self.taken.join(", ")
            ));
        }
        problems
    }

    fn server_problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.encoding != "UTF8" {
            problems.push(format!(
                "the database's encoding is {}, which cannot hold every text: Gleaner needs a database \
                 with ENCODING 'UTF8'",
                self.encoding
            ));
        }
        if self.is_read_only {
            problems.push(
                "the database is read-only here: connect to the primary, or take \
                 default_transaction_read_only from the role"
                    .to_owned(),
            );
        }
        match &self.schema {
            None => problems.push(
                "the search path names no schema that exists: set DATABASE_SCHEMA to the schema of \
                 articles"
                    .to_owned(),
            ),
            Some(schema) if !self.may_create && !self.is_migrated => problems.push(format!(
                "permission denied for schema {schema}: GRANT USAGE, CREATE ON SCHEMA {schema} TO {}",
                self.role
            )),
            Some(_) => {}
        }
        problems
    }

    /// There is no `articles` where it is looked for, but there is one elsewhere.
    fn elsewhere(&self) -> String {
        let others = self.others.join(", ");
        let here = self.schema.as_deref().unwrap_or("the search path");
        let in_lower_case = self
            .others
            .iter()
            .find_map(|name| name.strip_suffix(".articles"));
        match in_lower_case {
            Some(schema) => format!(
                "there is no table articles in schema {here}, but there is {others}: set \
                 DATABASE_SCHEMA={schema}, or make a table articles here to begin with an empty one"
            ),
            None => format!(
                "there is no table articles in schema {here}, but there is {others}: Gleaner reads the \
                 name in lower case (ALTER TABLE {others} RENAME TO articles)"
            ),
        }
    }

    /// What the users should know of what is about to be done to their table.
    pub(crate) fn notes(&self) -> Vec<String> {
        let schema = self.schema.as_deref().unwrap_or("public");
        if self.is_migrated {
            return Vec::new();
        }
        let Some(table) = &self.table else {
            return vec![format!(
                "made table {schema}.articles (id, url, title, processed_at)"
            )];
        };
        let mut notes = Vec::new();
        for (name, kind) in [("title", "text"), ("processed_at", "timestamptz")] {
            if table.column(name).is_none() {
                notes.push(format!("added column {name} ({kind}) to {schema}.articles"));
            }
        }
        notes.push(format!(
            "added triggers gleaner_… to {schema}.articles; tables beside it"
        ));
        if !self.others.is_empty() {
            notes.push(format!(
                "there is also {}, which is left alone",
                self.others.join(", ")
            ));
        }
        notes
    }
}

impl Table {
    fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// A column whose name is the same but for case and underscores.
    fn alike(&self, name: &str) -> Option<&Column> {
        let bare = |name: &str| name.replace('_', "").to_lowercase();
        let wanted = bare(name);
        self.columns
            .iter()
            .find(|column| column.name != name && bare(&column.name) == wanted)
    }

    /// What would refuse the last statement of each article, after its model was paid.
    fn finish_problems(&self, role: &str) -> Vec<String> {
        let mut problems = Vec::new();
        if !matches!(self.kind.as_str(), "r" | "p") {
            let kind = match self.kind.as_str() {
                "v" => "a view",
                "m" => "a materialized view",
                "f" => "a foreign table",
                _ => "no table",
            };
            problems.push(format!(
                "articles is {kind}; Gleaner needs a table: name the one behind it articles, or set \
                 DATABASE_SCHEMA"
            ));
            return problems;
        }
        if !self.may_read || !self.may_update {
            problems.push(format!(
                "role {role} may not read and update articles: GRANT SELECT, INSERT, UPDATE ON articles \
                 TO {role}"
            ));
        }
        if self.is_filtered {
            problems.push(format!(
                "row level security applies to role {role} and would hide articles: connect as the \
                 table's owner, {}, or ALTER ROLE {role} BYPASSRLS",
                self.owner
            ));
        }
        if !self.rules.is_empty() {
            problems.push(format!(
                "rule {} does something else instead of inserts or updates of articles: drop it",
                self.rules.join(", ")
            ));
        }
        problems.extend(self.column("processed_at").and_then(Column::moment_problem));
        problems
    }

    /// What would stop the migration, or surprise the users after it.
    fn adoption_problems(&self, role: &str) -> Vec<String> {
        let mut problems = Vec::new();
        if !matches!(self.kind.as_str(), "r" | "p") {
            return problems;
        }
        if !self.is_owner {
            problems.push(format!(
                "role {role} does not own articles: migrate once as {}, or GRANT {} TO {role}",
                self.owner, self.owner
            ));
        }
        if self.persistence != "p" {
            problems.push(
                "articles is an unlogged or temporary table, which a crash empties: ALTER TABLE articles \
                 SET LOGGED"
                    .to_owned(),
            );
        }
        problems.extend(self.id_problem());
        problems.extend(self.url_problem());
        match self.column("processed_at") {
            Some(column) if column.has_default => problems.push(
                "articles.processed_at has a default, so that every new row looks processed: ALTER TABLE \
                 articles ALTER processed_at DROP DEFAULT, ALTER processed_at DROP NOT NULL, and set it \
                 to NULL where a row is to be processed"
                    .to_owned(),
            ),
            Some(column) if column.is_not_null => problems.push(
                "articles.processed_at is NOT NULL, so that no row can wait to be processed: ALTER TABLE \
                 articles ALTER processed_at DROP NOT NULL"
                    .to_owned(),
            ),
            Some(_) => {}
            None => problems.extend(self.alike("processed_at").map(|other| {
                format!(
                    "articles has no column processed_at, but \"{}\": ALTER TABLE articles RENAME \"{}\" \
                     TO processed_at, or ADD processed_at timestamptz if every article is to be processed",
                    other.name, other.name
                )
            })),
        }
        problems
    }

    fn id_problem(&self) -> Option<String> {
        let Some(id) = self.column("id") else {
            return Some(format!(
                "table articles has no column \"id\"; Gleaner needs an integer or bigint key{}",
                self.hint("id")
            ));
        };
        if !matches!(id.kind.as_str(), "integer" | "bigint") {
            return Some(format!(
                "articles.id is of type {}; Gleaner needs integer or bigint: add a column for it (ALTER \
                 TABLE articles RENAME id TO key; ALTER TABLE articles ADD id bigint GENERATED BY DEFAULT \
                 AS IDENTITY UNIQUE), or a table of your own beside it",
                id.kind
            ));
        }
        if !self.id_is_key {
            return Some(
                "articles.id is not unique; Gleaner needs it to be the primary key: ALTER TABLE articles \
                 ADD PRIMARY KEY (id)"
                    .to_owned(),
            );
        }
        (!id.is_not_null).then(|| {
            "articles.id may be NULL; Gleaner needs it to be the primary key: ALTER TABLE articles ALTER \
             id SET NOT NULL"
                .to_owned()
        })
    }

    fn url_problem(&self) -> Option<String> {
        let Some(url) = self.column("url") else {
            return Some(format!(
                "articles.url is missing; Gleaner needs a text column url{}",
                self.hint("url")
            ));
        };
        let bare = url.kind.split('(').next().unwrap_or(&url.kind);
        if !matches!(bare, "text" | "character varying") {
            return Some(format!(
                "articles.url is of type {}; Gleaner needs a text column: ALTER TABLE articles ALTER url \
                 TYPE text",
                url.kind
            ));
        }
        url.is_generated.then(|| {
            "articles.url is a generated column, which triggers cannot watch: ALTER TABLE articles ALTER \
             url DROP EXPRESSION"
                .to_owned()
        })
    }

    /// The column that was meant, perhaps.
    fn hint(&self, name: &str) -> String {
        self.alike(name).map_or_else(String::new, |other| {
            format!(
                "; there is \"{}\": ALTER TABLE articles RENAME \"{}\" TO {name}",
                other.name, other.name
            )
        })
    }
}

impl Column {
    /// Why a moment cannot be written into it.
    fn moment_problem(&self) -> Option<String> {
        let column = "articles.processed_at";
        if self.is_generated {
            return Some(format!(
                "{column} is a generated column, which cannot be set: ALTER TABLE articles ALTER \
                 processed_at DROP EXPRESSION, or rename it"
            ));
        }
        let is_short = self.max_chars.is_some_and(|most| most < MOMENT_CHARS)
            && self.base == "character varying";
        if MOMENTS.contains(&self.base.as_str()) && !is_short {
            return None;
        }
        Some(format!(
            "{column} is of type {}, and Gleaner writes the moment at which an article is done: ALTER \
             TABLE articles RENAME processed_at TO is_processed, or change its type to timestamptz",
            self.kind
        ))
    }
}
