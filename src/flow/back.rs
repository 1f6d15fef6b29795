//! A narrow matrix times the transpose of a wide one.

use super::narrow::Narrow;
use super::vectors::{load_all, store_all};
use pulp::{Simd, WithSimd};

/// Columns whose products are summed in registers before they are written.
const ABREAST: usize = 8;
/// Rows that are multiplied at a time.
const DEEP: usize = 2;

/// Columns of `B Wᵀ`: those that belong to some rows of the wide matrix `W`.
#[derive(Debug)]
pub(super) struct Back<'a> {
    /// `W`, column by column.
    pub wide: &'a [f64],
    /// Rows of `W`.
    pub rows: usize,
    /// The first of the rows.
    pub from: usize,
    /// `B`.
    pub narrow: &'a Narrow,
    /// Where the columns are written, filled up as those of `B`.
    pub out: &'a mut [f64],
}

impl WithSimd for Back<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let stride = self.narrow.stride();
        let number = self.out.len() / stride;
        let rows = |j: usize| &self.wide[j * self.rows + self.from..][..number];
        self.out.fill(0.0);
        let (columns, mut j) = (self.wide.len() / self.rows, 0);
        while j + ABREAST <= columns {
            let wide: [&[f64]; ABREAST] = std::array::from_fn(|c| rows(j + c));
            self.narrow.back::<S, ABREAST>(simd, &wide, j, self.out);
            j += ABREAST;
        }
        for j in j..columns {
            self.narrow.back::<S, 1>(simd, &[rows(j)], j, self.out);
        }
    }
}

impl Narrow {
    /// Adds the product of the columns from `j` with rows of as many wide columns.
    #[inline(always)]
    fn back<S: Simd, const J: usize>(&self, simd: S, wide: &[&[f64]; J], j: usize, out: &mut [f64]) {
        let (lanes, stride) = (S::F64_LANES, self.stride());
        let right = &self.room()[j * stride..(j + J) * stride];
        let (vectors, mut v) = (self.rows().div_ceil(lanes), 0);
        while v < vectors {
            let at = v * lanes;
            v += match vectors - v {
                1 => across::<S, J, 1>(simd, wide, right, stride, at, out),
                2 => across::<S, J, 2>(simd, wide, right, stride, at, out),
                _ => across::<S, J, 3>(simd, wide, right, stride, at, out),
            };
        }
    }
}

/// The same for `V` vectors of rows from `at`; `V`.
#[inline(always)]
fn across<S: Simd, const J: usize, const V: usize>(
    simd: S,
    wide: &[&[f64]; J],
    right: &[f64],
    stride: usize,
    at: usize,
    out: &mut [f64],
) -> usize {
    let mut factors = [[simd.splat_f64s(0.0); V]; J];
    for j in 0..J {
        factors[j] = load_all::<S, V>(simd, &right[j * stride + at..]);
    }
    let number = out.len() / stride;
    let whole = number - number % DEEP;
    for i in (0..whole).step_by(DEEP) {
        some::<S, J, V, DEEP>(simd, wide, &factors, i, stride, at, out);
    }
    for i in whole..number {
        some::<S, J, V, 1>(simd, wide, &factors, i, stride, at, out);
    }
    V
}

/// The same for `R` rows of the wide columns from `i`.
#[inline(always)]
fn some<S: Simd, const J: usize, const V: usize, const R: usize>(
    simd: S,
    wide: &[&[f64]; J],
    right: &[[S::f64s; V]; J],
    i: usize,
    stride: usize,
    at: usize,
    out: &mut [f64],
) {
    let mut sum = [[simd.splat_f64s(0.0); V]; R];
    for r in 0..R {
        sum[r] = load_all::<S, V>(simd, &out[(i + r) * stride + at..]);
    }
    for j in 0..J {
        let entries = &wide[j][i..i + R];
        for r in 0..R {
            let x = simd.splat_f64s(entries[r]);
            for v in 0..V {
                sum[r][v] = simd.mul_add_f64s(right[j][v], x, sum[r][v]);
            }
        }
    }
    for r in 0..R {
        store_all::<S, V>(simd, &mut out[(i + r) * stride + at..], sum[r]);
    }
}
