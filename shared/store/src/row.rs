//! Reading rows without panics: a column that is not of the expected type is a schema error.

use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::error::StoreError;

/// The value of a column.
pub(crate) fn get<'r, T: FromSql<'r>>(row: &'r Row, column: &str) -> Result<T, StoreError> {
    row.try_get(column)
        .map_err(|error| StoreError::reply(&error))
}

/// The one row of a statement that always has one.
pub(crate) fn only(rows: &[Row]) -> Result<&Row, StoreError> {
    match rows {
        [row] => Ok(row),
        _ => Err(StoreError::Schema {
            problem: format!("read a reply: {} rows instead of one", rows.len()),
            sqlstate: None,
        }),
    }
}
