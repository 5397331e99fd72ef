//! Rows for PostgreSQL, column by column: each column is one array parameter, which `unnest` makes rows of again.
//!
//! A statement of many rows then has few parameters and one short text, which the server reads and plans in no time.

use crate::value::Bind;
use sqlx::{
    Arguments as _, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo},
};
use std::sync::Arc;

/// The columns of a statement that is being filled.
pub(crate) struct Arrays {
    columns: Vec<Column>,
    /// The column that comes next.
    next: usize,
}

#[derive(Clone, Copy, Debug)]
enum Element {
    Text,
    Int,
    Real,
    Flag,
}

impl Element {
    /// The server's number for the type; these never change.
    fn oid(self) -> u32 {
        match self {
            Self::Text => 25,
            Self::Int => 20,
            Self::Real => 701,
            Self::Flag => 16,
        }
    }

    fn array(self) -> PgTypeInfo {
        match self {
            Self::Text => <Vec<String> as Type<Postgres>>::type_info(),
            Self::Int => <Vec<i64> as Type<Postgres>>::type_info(),
            Self::Real => <Vec<f64> as Type<Postgres>>::type_info(),
            Self::Flag => <Vec<bool> as Type<Postgres>>::type_info(),
        }
    }
}

/// A column in the form in which arrays are sent.
#[derive(Debug)]
struct Column {
    element: Element,
    count: u32,
    has_null: bool,
    elements: Vec<u8>,
}

impl Arrays {
    pub(crate) fn new(columns: usize) -> Self {
        Self { columns: Vec::with_capacity(columns), next: 0 }
    }

    /// Ends a row.
    pub(crate) fn end_row(&mut self) {
        self.next = 0;
    }

    pub(crate) fn finish(self) -> Result<PgArguments, sqlx::Error> {
        let mut arguments = PgArguments::default();
        arguments
            .reserve(self.columns.len(), self.columns.iter().map(|column| column.elements.len() + 20).sum());
        for column in self.columns {
            arguments.add(column).map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }

    fn add(&mut self, element: Element, bytes: Option<&[u8]>) {
        if self.next == self.columns.len() {
            self.columns.push(Column { element, count: 0, has_null: false, elements: Vec::new() });
        }
        let column = &mut self.columns[self.next];
        self.next += 1;
        column.count += 1;
        match bytes {
            // A text of two gigabytes does not get here: bodies are bounded far below.
            Some(bytes) => {
                column.elements.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
                column.elements.extend_from_slice(bytes);
            }
            None => {
                column.has_null = true;
                column.elements.extend_from_slice(&(-1_i32).to_be_bytes());
            }
        }
    }
}

impl Bind for Arrays {
    fn text<'a>(&mut self, value: impl Into<Option<&'a str>>) {
        self.add(Element::Text, crate::value::checked(value.into()).map(str::as_bytes));
    }

    fn shared<'a>(&mut self, value: impl Into<Option<&'a Arc<str>>>) {
        self.text(value.into().map(|text| &**text));
    }

    fn int(&mut self, value: impl Into<Option<i64>>) {
        self.add(Element::Int, value.into().map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
    }

    fn real(&mut self, value: Option<f64>) {
        self.add(Element::Real, value.map(f64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
    }

    fn flag(&mut self, value: impl Into<Option<bool>>) {
        self.add(Element::Flag, value.into().map(|flag| [u8::from(flag)]).as_ref().map(<[u8; 1]>::as_slice));
    }
}

impl Type<Postgres> for Column {
    fn type_info() -> PgTypeInfo {
        <Vec<String> as Type<Postgres>>::type_info()
    }
}

impl Encode<'_, Postgres> for Column {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        const DIMENSIONS: u32 = 1;
        const FIRST_INDEX: u32 = 1;
        for word in [DIMENSIONS, u32::from(self.has_null), self.element.oid(), self.count, FIRST_INDEX] {
            buffer.extend_from_slice(&word.to_be_bytes());
        }
        buffer.extend_from_slice(&self.elements);
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<PgTypeInfo> {
        Some(self.element.array())
    }
}
