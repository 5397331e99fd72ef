//! Values on their way into a statement and out of a row, the same for both databases.

use crate::StoreError;
use sqlx::{
    Column, Row as _, TypeInfo, ValueRef,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
};
use std::sync::Arc;

/// A value of an exported row.
#[derive(Clone, PartialEq, Debug)]
pub enum Cell {
    /// Nothing.
    Null,
    /// Text; instants are RFC 3339 in UTC with milliseconds, dates `YYYY-MM-DD`.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Real(f64),
    /// Yes or no.
    Bool(bool),
    /// A JSON array or object, as text.
    Json(String),
}

/// A parameter. A missing value still has a type, which PostgreSQL asks for.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Int(Option<i64>),
    Flag(bool),
    Text(Option<String>),
    Bytes(Arc<[u8]>),
}

impl From<Arc<[u8]>> for Value {
    fn from(value: Arc<[u8]>) -> Self {
        Self::Bytes(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Self::Int(Some(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Flag(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

/// Parameters of one statement, from anything that can be one.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::value::Value::from($value)),*] };
}
pub(crate) use values;

/// Takes the values of a row, in the order of its table's columns.
pub(crate) trait Bind {
    fn text<'a>(&mut self, value: impl Into<Option<&'a str>>);
    /// Text that many rows share.
    fn shared<'a>(&mut self, value: impl Into<Option<&'a Arc<str>>>);
    fn int(&mut self, value: impl Into<Option<i64>>);
    fn real(&mut self, value: Option<f64>);
    fn flag(&mut self, value: impl Into<Option<bool>>);
}

/// Takes what only small statements carry.
pub(crate) trait BindBytes {
    fn bytes(&mut self, value: &Arc<[u8]>);
}

impl BindBytes for Binder<SqliteArguments> {
    fn bytes(&mut self, value: &Arc<[u8]>) {
        self.add(Arc::clone(value));
    }
}

impl BindBytes for Binder<PgArguments> {
    fn bytes(&mut self, value: &Arc<[u8]>) {
        self.add(&**value);
    }
}

/// Collects parameters; the first failure is kept until the statement is run.
#[derive(Default)]
pub(crate) struct Binder<A> {
    arguments: A,
    failure: Option<sqlx::error::BoxDynError>,
}

impl<A: sqlx::Arguments> Binder<A> {
    pub(crate) fn with_capacity(values: usize) -> Self {
        let mut arguments = A::default();
        arguments.reserve(values, values * 16);
        Self { arguments, failure: None }
    }

    /// The parameters of a small statement.
    pub(crate) fn from_values(values: &[Value]) -> Self
    where
        Self: Bind + BindBytes,
    {
        let mut binder = Self::with_capacity(values.len());
        for value in values {
            match value {
                Value::Int(value) => binder.int(*value),
                Value::Flag(value) => binder.flag(*value),
                Value::Text(value) => binder.text(value.as_deref()),
                Value::Bytes(value) => binder.bytes(value),
            }
        }
        binder
    }

    pub(crate) fn finish(self) -> Result<A, sqlx::Error> {
        match self.failure {
            None => Ok(self.arguments),
            Some(failure) => Err(sqlx::Error::Encode(failure)),
        }
    }

    fn add<'t, T>(&mut self, value: T)
    where
        T: sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    {
        if let Err(failure) = self.arguments.add(value) {
            self.failure.get_or_insert(failure);
        }
    }
}

impl Bind for Binder<SqliteArguments> {
    fn text<'a>(&mut self, value: impl Into<Option<&'a str>>) {
        // One allocation instead of the two that a borrowed text costs.
        match checked(value.into()) {
            Some(text) => self.add(Arc::<str>::from(text)),
            None => self.add(None::<&str>),
        }
    }

    fn shared<'a>(&mut self, value: impl Into<Option<&'a Arc<str>>>) {
        match value.into() {
            Some(text) => self.add(Arc::clone(text)),
            None => self.add(None::<&str>),
        }
    }

    fn int(&mut self, value: impl Into<Option<i64>>) {
        self.add(value.into());
    }

    fn real(&mut self, value: Option<f64>) {
        self.add(value);
    }

    fn flag(&mut self, value: impl Into<Option<bool>>) {
        self.add(value.into());
    }
}

impl Bind for Binder<PgArguments> {
    fn text<'a>(&mut self, value: impl Into<Option<&'a str>>) {
        self.add(checked(value.into()));
    }

    fn shared<'a>(&mut self, value: impl Into<Option<&'a Arc<str>>>) {
        self.add(checked(value.into().map(|text| &**text)));
    }

    fn int(&mut self, value: impl Into<Option<i64>>) {
        self.add(value.into());
    }

    fn real(&mut self, value: Option<f64>) {
        self.add(value);
    }

    fn flag(&mut self, value: impl Into<Option<bool>>) {
        self.add(value.into());
    }
}

pub(crate) fn checked(text: Option<&str>) -> Option<&str> {
    debug_assert!(!text.is_some_and(|text| text.contains('\0')), "NUL is replaced by the source");
    text
}

/// A row that came back.
#[derive(Clone, Debug)]
pub(crate) struct Row(pub(crate) Vec<Cell>);

impl Row {
    pub(crate) fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.maybe_text(column)?.ok_or_else(|| unfit(column))
    }

    pub(crate) fn maybe_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.0.get(column) {
            Some(Cell::Text(text)) => Ok(Some(text)),
            Some(Cell::Null) => Ok(None),
            _ => Err(unfit(column)),
        }
    }

    pub(crate) fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.maybe_int(column)?.ok_or_else(|| unfit(column))
    }

    pub(crate) fn count(&self, column: usize) -> Result<u64, StoreError> {
        u64::try_from(self.int(column)?).map_err(|_| unfit(column))
    }

    pub(crate) fn maybe_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(column) {
            Some(Cell::Int(number)) => Ok(Some(*number)),
            Some(Cell::Null) => Ok(None),
            _ => Err(unfit(column)),
        }
    }

    pub(crate) fn maybe_flag(&self, column: usize) -> Result<Option<bool>, StoreError> {
        match self.0.get(column) {
            Some(Cell::Null) => Ok(None),
            _ => self.flag(column).map(Some),
        }
    }

    pub(crate) fn flag(&self, column: usize) -> Result<bool, StoreError> {
        match self.0.get(column) {
            Some(Cell::Bool(flag)) => Ok(*flag),
            Some(Cell::Int(number)) => Ok(*number != 0),
            _ => Err(unfit(column)),
        }
    }
}

fn unfit(column: usize) -> StoreError {
    StoreError::bug(format!("Column {column} of a row of the store is not what it should be"))
}

impl TryFrom<&SqliteRow> for Row {
    type Error = sqlx::Error;

    fn try_from(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        (0..row.len())
            .map(|at| {
                let value = row.try_get_raw(at)?;
                if value.is_null() {
                    return Ok(Cell::Null);
                }
                let kind = value.type_info();
                Ok(match kind.name() {
                    "INTEGER" => Cell::Int(row.try_get_unchecked(at)?),
                    "BOOLEAN" => Cell::Bool(row.try_get_unchecked(at)?),
                    "REAL" => Cell::Real(row.try_get_unchecked(at)?),
                    _ => Cell::Text(row.try_get_unchecked(at)?),
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

impl TryFrom<&PgRow> for Row {
    type Error = sqlx::Error;

    fn try_from(row: &PgRow) -> Result<Self, sqlx::Error> {
        (0..row.len())
            .map(|at| {
                if row.try_get_raw(at)?.is_null() {
                    return Ok(Cell::Null);
                }
                Ok(match row.column(at).type_info().name() {
                    "INT8" => Cell::Int(row.try_get(at)?),
                    "INT4" => Cell::Int(i64::from(row.try_get::<i32, _>(at)?)),
                    "FLOAT8" => Cell::Real(row.try_get(at)?),
                    "BOOL" => Cell::Bool(row.try_get(at)?),
                    _ => Cell::Text(row.try_get(at)?),
                })
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }
}
