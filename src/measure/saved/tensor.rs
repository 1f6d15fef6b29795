//! Tensors in files: where their numbers stand, and how they are read piece by piece.
//!
//! No size is trusted before it is checked against the bytes that are there.

use super::refusal::Refusal;
use faer::Mat;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

/// The type of a tensor's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dtype {
    /// IEEE floats of 2, 4 and 8 bytes.
    F16,
    /// The upper half of an [`Dtype::F32`].
    Bf16,
    /// Single precision.
    F32,
    /// Double precision.
    F64,
    /// A signed integer of so many bytes.
    Signed(usize),
    /// An unsigned integer, or a truth value, of so many bytes.
    Unsigned(usize),
}

impl Dtype {
    /// Bytes of one number.
    pub fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
            Self::Signed(n) | Self::Unsigned(n) => n,
        }
    }

    /// The distance from 1 to the next number; that of doubles for integers.
    pub fn epsilon(self) -> f64 {
        match self {
            Self::F16 => 2f64.powi(-10),
            Self::Bf16 => 2f64.powi(-7),
            Self::F32 => f64::from(f32::EPSILON),
            _ => f64::EPSILON,
        }
    }

    /// What rounding leaves of `NC2` and `NC3` at the optimum, about: as seen in networks that were trained in `f32` and rounded
    /// to narrower types.
    pub fn floor(self) -> f64 {
        match self {
            Self::F16 => 6e-5,
            Self::Bf16 => 9e-4,
            Self::F32 => 4e-6,
            _ => 8.0 * f64::EPSILON,
        }
    }

    /// The name that files use.
    pub fn word(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Signed(_) => "signed integer",
            Self::Unsigned(_) => "unsigned integer",
        }
    }

    fn number(self, bytes: &[u8], big_endian: bool) -> f64 {
        let mut raw = [0u8; 8];
        let n = self.size();
        for (to, from) in (0..n).zip(0..n) {
            raw[to] = bytes[if big_endian { n - 1 - from } else { from }];
        }
        let whole = u64::from_le_bytes(raw);
        match self {
            Self::F16 => half::f16::from_bits(whole as u16).to_f64(),
            Self::Bf16 => half::bf16::from_bits(whole as u16).to_f64(),
            Self::F32 => f64::from(f32::from_bits(whole as u32)),
            Self::F64 => f64::from_bits(whole),
            Self::Unsigned(_) => whole as f64,
            Self::Signed(n) => {
                let unused = 64 - 8 * n as u32;
                (((whole << unused) as i64) >> unused) as f64
            }
        }
    }
}

/// Where a tensor's bytes stand.
#[derive(Debug, Clone)]
pub enum Bytes {
    /// In a file, from this byte on.
    File(Arc<File>, u64),
    /// In memory.
    Memory(Arc<Vec<u8>>),
}

/// A tensor of a file.
#[derive(Debug, Clone)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// The type of its numbers.
    pub dtype: Dtype,
    /// Whether a number's first byte is its most significant.
    pub big_endian: bool,
    /// Its shape.
    pub shape: Vec<u64>,
    /// Whether the first index runs fastest (Fortran order).
    pub first_fastest: bool,
    /// Its bytes: as many as shape and type ask for, checked.
    pub bytes: Bytes,
}

impl Tensor {
    /// How many numbers a shape holds; `None` beyond what 64 bits count.
    pub fn numbers(shape: &[u64]) -> Option<u64> {
        shape.iter().try_fold(1u64, |product, n| product.checked_mul(*n))
    }

    /// How many numbers it holds.
    pub fn size(&self) -> u64 {
        Self::numbers(&self.shape).unwrap_or(u64::MAX)
    }

    /// Reads `count` numbers from the `first` on, in the order in which they stand, into `out`.
    fn read(&self, first: u64, count: usize, scratch: &mut Vec<u8>, out: &mut [f64]) -> Result<(), Refusal> {
        let size = self.dtype.size();
        let (start, length) = (first * size as u64, count * size);
        let bytes: &[u8] = match &self.bytes {
            Bytes::Memory(all) => &all[start as usize..start as usize + length],
            Bytes::File(file, offset) => {
                scratch.resize(length, 0);
                let mut file: &File = file;
                file.seek(SeekFrom::Start(offset + start))
                    .and_then(|_| file.read_exact(scratch))
                    .map_err(|error| Refusal::Unreadable(error.to_string()))?;
                scratch
            }
        };
        for (i, (number, to)) in bytes.chunks_exact(size).zip(out.iter_mut()).enumerate() {
            *to = self.dtype.number(number, self.big_endian);
            if !to.is_finite() {
                return Err(Refusal::NotFinite { tensor: self.name.clone(), index: first + i as u64 });
            }
        }
        Ok(())
    }

    /// All numbers, in the order in which they stand.
    pub fn all(&self) -> Result<Vec<f64>, Refusal> {
        let count = usize::try_from(self.size()).ok().filter(|n| *n <= MOST_WHOLE);
        let count = count.ok_or(Refusal::TooLarge {
            tensor: self.name.clone(),
            bytes: self.size().saturating_mul(self.dtype.size() as u64),
            most: (MOST_WHOLE * self.dtype.size()) as u64,
        })?;
        let mut out = vec![0.0; count];
        self.read(0, count, &mut Vec::new(), &mut out)?;
        Ok(out)
    }

    /// The tensor as a matrix of `rows × columns`, the second index of the file's being the columns, or the rows if
    /// `turned`; `None` unless it has two dimensions.
    pub fn matrix(&self, turned: bool) -> Option<Matrix<'_>> {
        let [a, b] = self.shape[..] else { return None };
        let (rows, columns) = if turned { (b, a) } else { (a, b) };
        let (rows, columns) = (usize::try_from(rows).ok()?, usize::try_from(columns).ok()?);
        Some(Matrix { tensor: self, rows, columns, rows_fastest: self.first_fastest != turned })
    }
}

/// Rows that are read together where rows are stored one after the other.
const TOGETHER: usize = 16;

/// Numbers of a tensor that is read as a whole, at most.
const MOST_WHOLE: usize = 64 << 20;

/// A tensor of two dimensions, read by blocks of columns.
#[derive(Debug, Clone, Copy)]
pub struct Matrix<'a> {
    tensor: &'a Tensor,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    rows_fastest: bool,
}

impl Matrix<'_> {
    /// The columns of a range.
    pub fn block(&self, range: Range<usize>) -> Result<Mat<f64>, Refusal> {
        let mut block = Mat::zeros(self.rows, range.len());
        let mut scratch = Vec::new();
        if self.rows_fastest {
            let mut numbers = vec![0.0; self.rows * range.len()];
            let first = range.start as u64 * self.rows as u64;
            self.tensor.read(first, numbers.len(), &mut scratch, &mut numbers)?;
            for (c, column) in numbers.chunks_exact(self.rows.max(1)).enumerate() {
                column.iter().enumerate().for_each(|(r, x)| block[(r, c)] = *x);
            }
            return Ok(block);
        }
        // Some rows together, so that columns are written by lines of the cache.
        let mut rows = vec![0.0; TOGETHER * range.len()];
        for start in (0..self.rows).step_by(TOGETHER) {
            let count = TOGETHER.min(self.rows - start);
            for (r, row) in (start..start + count).zip(rows.chunks_exact_mut(range.len().max(1))) {
                let first = r as u64 * self.columns as u64 + range.start as u64;
                self.tensor.read(first, row.len(), &mut scratch, row)?;
            }
            for c in 0..range.len() {
                let column = &mut block.col_as_slice_mut(c)[start..start + count];
                column.iter_mut().enumerate().for_each(|(r, x)| *x = rows[r * range.len() + c]);
            }
        }
        Ok(block)
    }

    /// The whole matrix.
    pub fn whole(&self) -> Result<Mat<f64>, Refusal> {
        if self.tensor.size() > MOST_WHOLE as u64 {
            return self.tensor.all().map(|_| Mat::new());
        }
        self.block(0..self.columns)
    }
}
