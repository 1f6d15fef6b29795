//! Columns of a wide matrix as a combination of others' and of narrow products; while they are in cache, their squares are
//! summed and they are multiplied by a narrow matrix.

use super::narrow::{Narrow, Tiles};
use super::vectors::{load, load_all, store, store_all};
use pulp::{Simd, WithSimd};

/// Columns that are combined at a time.
const COLUMNS: usize = 4;
/// The same where registers hold the sums of more, and columns are so short that memory is not read in too many places.
const MANY: usize = 8;
const TALLEST: usize = 1024;
/// Rows after which combined columns are multiplied, while the first level of cache holds them.
const PANEL: usize = 256;
/// Vectors of a column that stand in registers.
const TALL: usize = 2;

/// Part of a term of a combination, on the columns of a block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'a> {
    /// The wide matrix's columns.
    pub state: &'a [f64],
    /// Their weight.
    pub weight: f64,
    /// A product to be added.
    pub product: Product<'a>,
    /// Its weight.
    pub share: f64,
}

/// A product with the shape of a block.
#[derive(Debug, Clone, Copy)]
pub(super) enum Product<'a> {
    /// None.
    Zero,
    /// `Lᵀ R`, of which `L` is given as tiles and `R` as the columns of the block, so many entries apart.
    Narrow(&'a Tiles, &'a [f64], usize),
    /// Every entry, column by column, so many entries apart.
    Whole(&'a [f64], usize),
}

/// Makes a block of columns a combination of others; the sum of their squares.
#[derive(Debug)]
pub(super) struct Combine<'a> {
    /// Rows of the wide matrix.
    pub rows: usize,
    /// Columns of the wide matrix.
    pub columns: usize,
    /// Where the columns are written, if they are to be kept.
    pub out: Option<&'a mut [f64]>,
    /// The weight of what stands there.
    pub own: f64,
    /// What is combined.
    pub sources: [Source<'a>; 2],
    /// A narrow matrix and where its product with the columns is written.
    pub times: Option<(&'a Narrow, &'a mut [f64])>,
}

/// The height of [`Tiles`] that [`Combine`] wants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Height;

impl WithSimd for Height {
    type Output = usize;
    fn with_simd<S: Simd>(self, _: S) -> usize {
        TALL * S::F64_LANES
    }
}

impl WithSimd for Combine<'_> {
    type Output = f64;
    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) -> f64 {
        // What is not kept stands here, a group of columns at a time.
        let mut spare = if self.out.is_none() { vec![0.0; self.rows * MANY] } else { Vec::new() };
        let rank = |s: &Source| if let Product::Narrow(tiles, ..) = s.product { tiles.rank() } else { 0 };
        let ranks = [rank(&self.sources[0]), rank(&self.sources[1])];
        let mut scaled = vec![0.0; (ranks[0] + ranks[1]) * MANY];
        let (mut squares, mut j) = ([simd.splat_f64s(0.0); TALL], 0);
        while j < self.columns {
            j += match self.columns - j {
                MANY.. if S::F64_LANES == 8 && self.rows <= TALLEST => {
                    self.group::<S, MANY>(simd, j, ranks, &mut spare, &mut scaled, &mut squares)
                }
                COLUMNS.. => self.group::<S, COLUMNS>(simd, j, ranks, &mut spare, &mut scaled, &mut squares),
                _ => self.group::<S, 1>(simd, j, ranks, &mut spare, &mut scaled, &mut squares),
            };
        }
        let mut total = 0.0;
        for sum in squares {
            total += simd.reduce_sum_f64s(sum);
        }
        total
    }
}

/// One of the sources of a group of columns.
#[derive(Clone, Copy)]
struct Part<'a, const C: usize> {
    columns: [&'a [f64]; C],
    weight: f64,
    tiles: Option<&'a Tiles>,
    scaled: &'a [f64],
    whole: Option<[&'a [f64]; C]>,
    share: f64,
}

impl Combine<'_> {
    /// Combines `C` columns from `j`, and multiplies them; `C`.
    #[inline(always)]
    fn group<S: Simd, const C: usize>(
        &mut self,
        simd: S,
        j: usize,
        ranks: [usize; 2],
        spare: &mut [f64],
        scaled: &mut [f64],
        squares: &mut [S::f64s; TALL],
    ) -> usize {
        let rows = self.rows;
        let (first, second) = scaled.split_at_mut(ranks[0] * MANY);
        let parts = [
            Part::<C>::of(&self.sources[0], rows, j, &mut first[..ranks[0] * C]),
            Part::<C>::of(&self.sources[1], rows, j, &mut second[..ranks[1] * C]),
        ];
        let out = match &mut self.out {
            Some(out) => &mut out[j * rows..(j + C) * rows],
            None => &mut spare[..C * rows],
        };
        let mut product = self.times.as_mut().map(|(narrow, out)| {
            let out = &mut out[j * narrow.stride()..(j + C) * narrow.stride()];
            out.fill(0.0);
            (&**narrow, out)
        });
        for from in (0..rows).step_by(PANEL) {
            let to = (from + PANEL).min(rows);
            combine::<S, C>(simd, rows, from..to, out, self.own, &parts, squares);
            if let Some((narrow, product)) = &mut product {
                multiply::<S, C>(simd, rows, from..to, out, narrow, product);
            }
        }
        C
    }
}

impl<'a, const C: usize> Part<'a, C> {
    /// A source on the columns from `j`; the right factor of its product is scaled and laid side by side.
    #[inline(always)]
    fn of(source: &Source<'a>, rows: usize, j: usize, scaled: &'a mut [f64]) -> Self {
        let columns = |x: &'a [f64], stride: usize| -> [&'a [f64]; C] {
            std::array::from_fn(|c| &x[(j + c) * stride..][..rows])
        };
        let (mut tiles, mut whole) = (None, None);
        match source.product {
            Product::Zero => {}
            Product::Whole(x, stride) => whole = Some(columns(x, stride)),
            Product::Narrow(left, right, stride) => {
                tiles = Some(left);
                for c in 0..C {
                    let column = &right[(j + c) * stride..][..left.rank()];
                    let place = scaled[c..].iter_mut().step_by(C);
                    place.zip(column).for_each(|(out, x)| *out = source.share * x);
                }
            }
        }
        let columns = columns(source.state, rows);
        Self { columns, weight: source.weight, tiles, scaled, whole, share: source.share }
    }
}

/// Rows of columns as combinations. `squares` gains what they sum to.
#[inline(always)]
fn combine<S: Simd, const C: usize>(
    simd: S,
    rows: usize,
    range: std::ops::Range<usize>,
    out: &mut [f64],
    own: f64,
    parts: &[Part<C>; 2],
    squares: &mut [S::f64s; TALL],
) {
    let (height, mut i) = (TALL * S::F64_LANES, range.start);
    while i + height <= range.end {
        tile::<S, C, true>(simd, rows, i..i + height, out, own, parts, squares);
        i += height;
    }
    if i < range.end {
        tile::<S, C, false>(simd, rows, i..range.end, out, own, parts, squares);
    }
}

/// The same for the rows of a tile, and whether there are as many.
#[inline(always)]
fn tile<S: Simd, const C: usize, const ALL: bool>(
    simd: S,
    rows: usize,
    range: std::ops::Range<usize>,
    out: &mut [f64],
    own: f64,
    parts: &[Part<C>; 2],
    squares: &mut [S::f64s; TALL],
) {
    let weights = [simd.splat_f64s(parts[0].weight), simd.splat_f64s(parts[1].weight)];
    let place = |c: usize| c * rows + range.start..c * rows + range.end;
    let mut sum = [[simd.splat_f64s(0.0); TALL]; C];
    for c in 0..C {
        let x = load::<S, TALL, ALL>(simd, &parts[0].columns[c][range.clone()]);
        let y = load::<S, TALL, ALL>(simd, &parts[1].columns[c][range.clone()]);
        for v in 0..TALL {
            sum[c][v] = simd.mul_add_f64s(weights[1], y[v], simd.mul_f64s(weights[0], x[v]));
        }
    }
    if own != 0.0 {
        let kept = simd.splat_f64s(own);
        for c in 0..C {
            let z = load::<S, TALL, ALL>(simd, &out[place(c)]);
            for v in 0..TALL {
                sum[c][v] = simd.mul_add_f64s(kept, z[v], sum[c][v]);
            }
        }
    }
    for part in parts {
        if let Some(tiles) = part.tiles {
            let (vectors, _) = S::as_simd_f64s(tiles.at(range.start));
            let (left, _) = pulp::as_arrays::<TALL, S::f64s>(vectors);
            let (right, _) = pulp::as_arrays::<C, f64>(part.scaled);
            for (left, right) in left.iter().zip(right) {
                for c in 0..C {
                    let factor = simd.splat_f64s(right[c]);
                    for v in 0..TALL {
                        sum[c][v] = simd.mul_add_f64s(left[v], factor, sum[c][v]);
                    }
                }
            }
        }
        if let Some(whole) = part.whole {
            let share = simd.splat_f64s(part.share);
            for c in 0..C {
                let z = load::<S, TALL, ALL>(simd, &whole[c][range.clone()]);
                for v in 0..TALL {
                    sum[c][v] = simd.mul_add_f64s(share, z[v], sum[c][v]);
                }
            }
        }
    }
    for c in 0..C {
        store::<S, TALL, ALL>(simd, &mut out[place(c)], sum[c]);
        for v in 0..TALL {
            squares[v] = simd.mul_add_f64s(sum[c][v], sum[c][v], squares[v]);
        }
    }
}

/// Adds the product of a narrow matrix's columns of a range with these rows of columns.
#[inline(always)]
fn multiply<S: Simd, const C: usize>(
    simd: S,
    rows: usize,
    range: std::ops::Range<usize>,
    columns: &[f64],
    narrow: &Narrow,
    out: &mut [f64],
) {
    let (lanes, stride) = (S::F64_LANES, narrow.stride());
    let columns: [&[f64]; C] = std::array::from_fn(|c| &columns[c * rows..][range.clone()]);
    let left = &narrow.room()[range.start * stride..range.end * stride];
    let (vectors, mut v) = (narrow.rows().div_ceil(lanes), 0);
    while v < vectors {
        let at = v * lanes;
        v += match vectors - v {
            1 => down::<S, C, 1>(simd, &columns, left, stride, at, out),
            2 => down::<S, C, 2>(simd, &columns, left, stride, at, out),
            _ => down::<S, C, 3>(simd, &columns, left, stride, at, out),
        };
    }
}

/// The same for `V` vectors of rows from `at`; `V`.
#[inline(always)]
fn down<S: Simd, const C: usize, const V: usize>(
    simd: S,
    columns: &[&[f64]; C],
    left: &[f64],
    stride: usize,
    at: usize,
    out: &mut [f64],
) -> usize {
    let mut sum = [[simd.splat_f64s(0.0); V]; C];
    for c in 0..C {
        sum[c] = load_all::<S, V>(simd, &out[c * stride + at..]);
    }
    for (i, left) in left.chunks_exact(stride).enumerate() {
        let left = load_all::<S, V>(simd, &left[at..]);
        for c in 0..C {
            let x = simd.splat_f64s(columns[c][i]);
            for v in 0..V {
                sum[c][v] = simd.mul_add_f64s(left[v], x, sum[c][v]);
            }
        }
    }
    for c in 0..C {
        store_all::<S, V>(simd, &mut out[c * stride + at..], sum[c]);
    }
    V
}
