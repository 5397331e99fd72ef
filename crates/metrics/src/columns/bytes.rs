//! Bytes of a blob: a frame with a format, a kind and a check, and numbers in as few bytes as they need.
//!
//! Whatever is read is bounded by what is there: a number of entries is believed only as far as bytes for them are left.

use super::Damage;

const FORMAT: u8 = 1;
const CHECK: usize = 8;

/// What a blob holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Kind {
    Rows = 1,
    States = 2,
    Instants = 3,
    Events = 4,
    Now = 5,
    History = 6,
}

/// Writes a blob.
#[derive(Debug)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new(kind: Kind) -> Self {
        Self(vec![FORMAT, kind as u8])
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        let check = check(&self.0);
        self.0.extend_from_slice(&check.to_le_bytes());
        self.0
    }

    pub(super) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn number(&mut self, number: u64) {
        put_number(&mut self.0, number);
    }

    /// Numbers one after the other: half a byte each with its length, then their bytes without leading zeros.
    pub(super) fn numbers(&mut self, numbers: &[u64]) {
        for pair in numbers.chunks(2) {
            let high = pair.get(1).map_or(0, |number| length(*number));
            self.0.push((length(pair[0]) | high << 4) as u8);
        }
        for number in numbers {
            self.0.extend_from_slice(&number.to_le_bytes()[..length(*number)]);
        }
    }

    /// Places in a list of `of` entries, each in one, two or four bytes; nothing where there is but one entry.
    pub(super) fn codes(&mut self, codes: &[u32], of: usize) {
        match width(of) {
            0 => {}
            1 => self.0.extend(codes.iter().map(|code| *code as u8)),
            2 => codes.iter().for_each(|code| self.bytes(&(*code as u16).to_le_bytes())),
            _ => codes.iter().for_each(|code| self.bytes(&code.to_le_bytes())),
        }
    }
}

/// Appends a number, seven bits a byte.
pub(super) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn length(number: u64) -> usize {
    8 - number.leading_zeros() as usize / 8
}

fn width(of: usize) -> usize {
    match of {
        0..=1 => 0,
        2..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// Small for small numbers of either sign.
pub(super) fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

/// The number that [`zigzag`] made this of.
pub(super) fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Reads a blob whose check holds.
#[derive(Debug)]
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn open(blob: &'a [u8], kind: Kind) -> Result<Self, Damage> {
        let (content, found) = blob.split_last_chunk::<CHECK>().ok_or(Damage::Cut)?;
        match content {
            [FORMAT, ..] => {}
            [other, ..] => return Err(Damage::Format(*other)),
            [] => return Err(Damage::Cut),
        }
        if check(content) != u64::from_le_bytes(*found) {
            return Err(Damage::Check);
        }
        match content {
            [_, found, rest @ ..] if *found == kind as u8 => Ok(Self(rest)),
            _ => Err(Damage::Shape),
        }
    }

    /// Reads bytes that were taken out of a blob.
    pub(super) fn inside(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// An error where bytes are left.
    pub(super) fn finish(self) -> Result<(), Damage> {
        if self.0.is_empty() { Ok(()) } else { Err(Damage::Shape) }
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Damage> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(Damage::Cut)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Damage> {
        Ok(self.bytes(1)?[0])
    }

    pub(super) fn number(&mut self) -> Result<u64, Damage> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damage::Shape)
    }

    /// A number of entries that take a byte each at least.
    pub(super) fn count(&mut self) -> Result<usize, Damage> {
        let count = usize::try_from(self.number()?).map_err(|_| Damage::Cut)?;
        if count > self.0.len() { Err(Damage::Cut) } else { Ok(count) }
    }

    pub(super) fn numbers(&mut self, count: usize) -> Result<Vec<u64>, Damage> {
        let mut numbers = Vec::with_capacity(count.min(self.0.len() * 2));
        self.each_number(count, |number| {
            numbers.push(number);
            Ok(())
        })?;
        Ok(numbers)
    }

    /// Calls `each` for numbers one after the other.
    pub(super) fn each_number(
        &mut self,
        count: usize,
        mut each: impl FnMut(u64) -> Result<(), Damage>,
    ) -> Result<(), Damage> {
        let lengths = self.bytes(count.div_ceil(2))?;
        let mut rest = self.0;
        for at in 0..count {
            let length = usize::from(lengths[at / 2] >> (at % 2 * 4) & 0xf);
            let number = match rest.first_chunk::<8>() {
                Some(bytes) if length < 8 => u64::from_le_bytes(*bytes) & ((1 << (length * 8)) - 1),
                Some(bytes) if length == 8 => u64::from_le_bytes(*bytes),
                _ => short(rest, length)?,
            };
            rest = rest.get(length..).ok_or(Damage::Cut)?;
            each(number)?;
        }
        self.0 = rest;
        Ok(())
    }

    /// Places in a list of `of` entries, `shift` added to each.
    pub(super) fn codes(&mut self, count: usize, of: usize, shift: usize) -> Result<Vec<u32>, Damage> {
        let width = width(of);
        let bytes = self.bytes(count.checked_mul(width).ok_or(Damage::Cut)?)?;
        let shift = u32::try_from(shift).map_err(|_| Damage::Shape)?;
        let codes: Vec<u32> = match width {
            0 => vec![shift; count],
            1 => bytes.iter().map(|byte| u32::from(*byte) + shift).collect(),
            2 => bytes
                .as_chunks::<2>()
                .0
                .iter()
                .map(|two| u32::from(u16::from_le_bytes(*two)) + shift)
                .collect(),
            _ => bytes
                .as_chunks::<4>()
                .0
                .iter()
                .map(|four| u32::from_le_bytes(*four).saturating_add(shift))
                .collect(),
        };
        let end = of + shift as usize;
        if codes.iter().any(|code| *code as usize >= end) { Err(Damage::Shape) } else { Ok(codes) }
    }
}

/// A number near the end of the bytes.
fn short(rest: &[u8], length: usize) -> Result<u64, Damage> {
    let mut bytes = [0; 8];
    let there = rest.get(..length).ok_or(Damage::Cut)?;
    bytes.get_mut(..length).ok_or(Damage::Shape)?.copy_from_slice(there);
    Ok(u64::from_le_bytes(bytes))
}

/// Tells damage from what was written; no protection against somebody who means harm, whom the bounds are for.
fn check(bytes: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |state: u64, word: u64| (state ^ word).wrapping_mul(ODD).rotate_left(29);
    let (words, rest) = bytes.as_chunks::<8>();
    let state = words.iter().fold(bytes.len() as u64, |state, word| mix(state, u64::from_le_bytes(*word)));
    let state = rest.iter().fold(state, |state, byte| mix(state, u64::from(*byte) + 1));
    mix(state, state >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        let numbers = [0, 1, 255, 256, 65_535, 1 << 40, u64::MAX, 0, 7];
        let mut writer = Writer::new(Kind::Rows);
        writer.numbers(&numbers);
        numbers.iter().for_each(|number| writer.number(*number));
        writer.codes(&[0, 299, 7], 300);
        let blob = writer.finish();
        let mut reader = Reader::open(&blob, Kind::Rows).unwrap();
        assert_eq!(reader.numbers(9).unwrap(), numbers);
        for number in numbers {
            assert_eq!(reader.number().unwrap(), number);
        }
        assert_eq!(reader.codes(3, 300, 5).unwrap(), [5, 304, 12]);
        reader.finish().unwrap();
        for number in [0, -1, 1, i64::MIN, i64::MAX] {
            assert_eq!(unzigzag(zigzag(number)), number);
        }
    }

    #[test]
    fn a_place_outside_the_list_is_damage() {
        let mut writer = Writer::new(Kind::Rows);
        writer.codes(&[2], 3);
        let blob = writer.finish();
        let read = Reader::open(&blob, Kind::Rows).unwrap().codes(1, 2, 0);
        assert!(matches!(read, Err(Damage::Shape)));
    }

    #[test]
    fn another_format_is_named() {
        let mut blob = Writer::new(Kind::Rows).finish();
        blob[0] = 9;
        assert!(matches!(Reader::open(&blob, Kind::Rows), Err(Damage::Format(9))));
    }
}
