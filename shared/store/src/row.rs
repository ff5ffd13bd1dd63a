//! Reading replies without panics or guesses: a column of another type, a field that is missing, a
//! word that is not known are schema errors, and never a default.

use std::str::FromStr;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Json};

use crate::error::StoreError;

/// The value of a column.
pub(crate) fn get<'r, T: FromSql<'r>>(row: &'r Row, column: &str) -> Result<T, StoreError> {
    row.try_get(column)
        .map_err(|error| StoreError::reply(&error))
}

/// A column that holds one of our own words.
pub(crate) fn word<T>(row: &Row, column: &str) -> Result<T, StoreError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    parse(column, get(row, column)?)
}

/// The same, of a column that may be null.
pub(crate) fn word_or_null<T>(row: &Row, column: &str) -> Result<Option<T>, StoreError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    let text: Option<&str> = get(row, column)?;
    text.map(|text| parse(column, text)).transpose()
}

fn parse<T>(column: &str, text: &str) -> Result<T, StoreError>
where
    T: FromStr,
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error| StoreError::bad_reply(format!("read column {column}: {error}")))
}

/// The one row of a statement that always has one.
pub(crate) fn only(rows: &[Row]) -> Result<&Row, StoreError> {
    match rows {
        [row] => Ok(row),
        _ => Err(StoreError::bad_reply(format!(
            "read a reply: {} rows instead of one",
            rows.len()
        ))),
    }
}

/// The answer of a verb whose one row has one column, `answer`: an object with a tag.
pub(crate) fn answer<T: DeserializeOwned>(verb: &str, rows: &[Row]) -> Result<T, StoreError> {
    let Json(answer) = get::<Json<Value>>(only(rows)?, "answer")?;
    read_answer(verb, answer)
}

/// [`answer`], once it is JSON.
pub(crate) fn read_answer<T: DeserializeOwned>(verb: &str, answer: Value) -> Result<T, StoreError> {
    serde_json::from_value(answer)
        .map_err(|error| StoreError::bad_reply(format!("read the answer of {verb}: {error}")))
}

/// For fields that may be null and may not be missing; serde takes the two for the same otherwise.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer)
}
