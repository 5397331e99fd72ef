//! Distinct values as bytes.

use super::{
    Damage,
    bytes::{Reader, put_number, unzigzag, zigzag},
};
use crate::{Day, Value};
use foldhash::fast::RandomState;
use std::{collections::HashMap, sync::Arc};
use weir_model::{Millis, StatusCategory};

/// Collects distinct values; each gets a place, from 1. Place 0 is no value.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    places: HashMap<Box<[u8]>, u32, RandomState>,
    bytes: Vec<u8>,
    scratch: Vec<u8>,
}

impl Dictionary {
    pub(super) fn place(&mut self, value: Option<&Value>) -> u32 {
        let Some(value) = value else { return 0 };
        let mut written = std::mem::take(&mut self.scratch);
        written.clear();
        put(&mut written, value);
        let place = self.place_of(&written);
        self.scratch = written;
        place
    }

    /// The place of a value that is written already.
    pub(super) fn place_of(&mut self, written: &[u8]) -> u32 {
        if let Some(place) = self.places.get(written) {
            return *place;
        }
        let place = self.places.len() as u32 + 1;
        self.bytes.extend_from_slice(written);
        self.places.insert(written.into(), place);
        place
    }

    /// How many values there are, and their bytes.
    pub(super) fn finish(self) -> (usize, Vec<u8>) {
        (self.places.len(), self.bytes)
    }
}

fn put(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Text(text) => {
            out.push(0);
            put_text(out, text);
        }
        Value::Named { id, name } => {
            out.push(if id.is_some() { 2 } else { 1 });
            id.iter().for_each(|id| put_text(out, id));
            put_text(out, name);
        }
        Value::Status { name, category } => {
            out.push(match category {
                None => 3,
                Some(StatusCategory::Todo) => 4,
                Some(StatusCategory::InProgress) => 5,
                Some(StatusCategory::Done) => 6,
            });
            put_text(out, name);
        }
        Value::Number(number) => {
            out.push(7);
            out.extend_from_slice(&number.to_bits().to_le_bytes());
        }
        Value::Day(day) => {
            out.push(8);
            put_number(out, zigzag(day.0.into()));
        }
        Value::Instant(at) => {
            out.push(9);
            put_number(out, zigzag(at.0));
        }
        Value::List(entries) => {
            out.push(10);
            put_number(out, entries.len() as u64);
            entries.iter().for_each(|entry| put_text(out, entry));
        }
        Value::Flag(flag) => out.push(if *flag { 12 } else { 11 }),
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// A value where it was written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum ValueRef<'a> {
    Text(&'a str),
    Named { id: Option<&'a str>, name: &'a str },
    Status { name: &'a str, category: Option<StatusCategory> },
    Number(f64),
    Day(Day),
    Instant(Millis),
    List(Entries<'a>),
    Flag(bool),
}

/// Entries of a list where they were written.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Entries<'a> {
    count: usize,
    bytes: &'a [u8],
}

impl<'a> Entries<'a> {
    pub(crate) fn len(self) -> usize {
        self.count
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = &'a str> {
        let mut reader = Reader::inside(self.bytes);
        (0..self.count).map_while(move |_| text(&mut reader).ok())
    }
}

impl ValueRef<'_> {
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Text(text) => Value::text(text),
            Self::Named { id, name } => Value::Named { id: id.map(Arc::from), name: Arc::from(name) },
            Self::Status { name, category } => Value::Status { name: Arc::from(name), category },
            Self::Number(number) => Value::Number(number),
            Self::Day(day) => Value::Day(day),
            Self::Instant(at) => Value::Instant(at),
            Self::List(entries) => Value::list(entries.iter()),
            Self::Flag(flag) => Value::Flag(flag),
        }
    }
}

/// Distinct values as they were written, each with its place. They are read when they are looked at: most questions look
/// only at whether there is one.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct Distinct {
    bytes: Vec<u8>,
    starts: Vec<u32>,
}

const NOTHING: u32 = u32::MAX;

impl Distinct {
    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn get(&self, place: u32) -> Option<ValueRef<'_>> {
        let start = *self.starts.get(place as usize)?;
        if start == NOTHING {
            return None;
        }
        read(&mut Reader::inside(self.bytes.get(start as usize..)?)).ok()
    }

    /// A value's own bytes.
    pub(super) fn written(&self, place: u32) -> Option<&[u8]> {
        let start = *self.starts.get(place as usize)?;
        let from = self.bytes.get(start as usize..)?;
        let mut reader = Reader::inside(from);
        read(&mut reader).ok()?;
        from.get(..from.len() - reader.rest().len())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Option<ValueRef<'_>>> {
        (0..self.len() as u32).map(|place| self.get(place))
    }

    /// Whether a value can be told from its first bytes to be something: no empty text or list, and no white space.
    pub(crate) fn is_something(&self, place: u32) -> bool {
        let start = self.starts.get(place as usize).copied().unwrap_or(NOTHING);
        match self.bytes.get(start as usize..) {
            Some([0, 1..0x80, first, ..]) => first.is_ascii_graphic(),
            Some([10, count, ..]) => *count > 0,
            Some([7..=9 | 11 | 12, ..]) => true,
            _ => false,
        }
    }

    /// Adds a place for no value, and those of the values that come next.
    pub(super) fn take(&mut self, reader: &mut Reader<'_>) -> Result<(), Damage> {
        let count = reader.count()?;
        let all = reader.rest();
        self.starts.reserve(count + 1);
        self.starts.push(NOTHING);
        for _ in 0..count {
            let start = self.bytes.len() + all.len() - reader.rest().len();
            self.starts
                .push(u32::try_from(start).ok().filter(|start| *start != NOTHING).ok_or(Damage::Shape)?);
            read(reader)?;
        }
        self.bytes.extend_from_slice(&all[..all.len() - reader.rest().len()]);
        Ok(())
    }
}

fn read<'a>(reader: &mut Reader<'a>) -> Result<ValueRef<'a>, Damage> {
    let status = |reader, category| Ok(ValueRef::Status { name: text(reader)?, category });
    Ok(match reader.byte()? {
        0 => ValueRef::Text(text(reader)?),
        1 => ValueRef::Named { id: None, name: text(reader)? },
        2 => ValueRef::Named { id: Some(text(reader)?), name: text(reader)? },
        3 => return status(reader, None),
        4 => return status(reader, Some(StatusCategory::Todo)),
        5 => return status(reader, Some(StatusCategory::InProgress)),
        6 => return status(reader, Some(StatusCategory::Done)),
        7 => {
            let bits = reader.bytes(8)?.first_chunk().ok_or(Damage::Cut)?;
            ValueRef::Number(f64::from_bits(u64::from_le_bytes(*bits)))
        }
        8 => ValueRef::Day(Day(i32::try_from(unzigzag(reader.number()?)).map_err(|_| Damage::Shape)?)),
        9 => ValueRef::Instant(Millis(unzigzag(reader.number()?))),
        10 => {
            let count = reader.count()?;
            let bytes = reader.rest();
            for _ in 0..count {
                text(reader)?;
            }
            ValueRef::List(Entries { count, bytes })
        }
        11 => ValueRef::Flag(false),
        12 => ValueRef::Flag(true),
        _ => return Err(Damage::Shape),
    })
}

fn text<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Damage> {
    let length = reader.count()?;
    std::str::from_utf8(reader.bytes(length)?).map_err(|_| Damage::Shape)
}

#[cfg(test)]
impl Distinct {
    /// Nothing, and these.
    pub(crate) fn of(values: &[Value]) -> Self {
        let mut dictionary = Dictionary::default();
        values.iter().for_each(|value| _ = dictionary.place(Some(value)));
        let (count, bytes) = dictionary.finish();
        let mut written = Vec::new();
        put_number(&mut written, count as u64);
        written.extend(bytes);
        let mut distinct = Self::default();
        distinct.take(&mut Reader::inside(&written)).unwrap();
        distinct
    }
}
