//! Matrices with few rows: what is left of a network when it is contracted through the narrow end.

use super::room::Room;
use faer::{MatMut, MatRef};

/// Rows are filled up with zeros to a multiple of this, the floats in the longest vector of a processor.
const VECTOR: usize = 8;

/// A matrix with few rows, column by column. The rows up to the next multiple of a vector are there, zero, and take part in
/// products, so that kernels load whole vectors.
#[derive(Debug, Clone)]
pub(super) struct Narrow {
    room: Room,
    rows: usize,
    stride: usize,
}

impl Narrow {
    /// Zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let stride = rows.next_multiple_of(VECTOR);
        Self { room: Room::zeros(stride * columns), rows, stride }
    }

    /// Rows, without those that fill up.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Entries from one column to the next.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// All columns with what fills them up.
    pub fn room(&self) -> &[f64] {
        &self.room
    }

    /// The same, to be written: what fills up stays zero.
    pub fn room_mut(&mut self) -> &mut [f64] {
        &mut self.room
    }

    /// A column.
    pub fn column(&self, j: usize) -> &[f64] {
        &self.room[j * self.stride..][..self.rows]
    }

    /// A column, to be written.
    pub fn column_mut(&mut self, j: usize) -> &mut [f64] {
        &mut self.room[j * self.stride..][..self.rows]
    }

    /// Columns with what fills them up, as a matrix.
    pub fn filled<'a>(&self, columns: &'a [f64]) -> MatRef<'a, f64> {
        MatRef::from_column_major_slice(columns, self.stride, columns.len() / self.stride)
    }

    /// The same, to be written.
    pub fn filled_mut<'a>(&self, columns: &'a mut [f64]) -> MatMut<'a, f64> {
        let number = columns.len() / self.stride;
        MatMut::from_column_major_slice_mut(columns, self.stride, number)
    }
}

/// The transpose of a narrow matrix, cut into tiles of so many of its columns: for each row of a tile's columns, one after
/// the other. Products that run down the columns of a wide matrix read it from front to back.
#[derive(Debug, Clone)]
pub(super) struct Tiles {
    room: Room,
    height: usize,
    rank: usize,
}

impl Tiles {
    /// Zeros for a narrow matrix of so many rows and columns.
    pub fn zeros(rank: usize, columns: usize, height: usize) -> Self {
        Self { room: Room::zeros(rank * columns.next_multiple_of(height)), height, rank }
    }

    /// Makes this the transpose of a matrix of the same shape.
    pub fn set(&mut self, narrow: &Narrow) {
        let columns = narrow.room.chunks_exact(narrow.stride);
        for (j, column) in columns.enumerate() {
            let start = j / self.height * self.height * self.rank + j % self.height;
            let tile = &mut self.room[start..];
            tile.iter_mut().step_by(self.height).zip(&column[..self.rank]).for_each(|(out, x)| *out = *x);
        }
    }

    /// Rows of the narrow matrix.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// The tile that starts at a column, a multiple of the height.
    pub fn at(&self, column: usize) -> &[f64] {
        &self.room[column * self.rank..][..self.height * self.rank]
    }
}
