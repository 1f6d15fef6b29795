//! One pass over a wide matrix, in blocks that several threads share.
//!
//! Blocks depend on shapes alone and sums of blocks are added in their order, so results have the same bytes whatever the
//! number of threads. Where narrow matrices are not that narrow, faer multiplies.

use super::back::Back;
use super::combine::{Combine, Height, Product, Source};
use super::narrow::{Narrow, Tiles};
use super::room::moves;
use faer::linalg::matmul::matmul;
use faer::{Accum, MatMut, MatRef, Par};
use pulp::Arch;
use rayon::prelude::*;

/// Narrow matrices with more rows are multiplied by faer, and their products kept whole.
pub(super) const RANK: usize = 64;
/// Multiplications that are worth another thread.
const WORK: usize = 1_000_000;
/// Operations on an entry beside those of products.
const MOVES: usize = 8;
/// Columns of a block are a multiple of this; so are those of a product that faer makes, with another factor.
const STEP: usize = 8;
/// Columns of a product that faer makes at least.
const BROAD: usize = 64;
/// Rows of a block of the transposed product: its result stays in cache.
const ROWS: usize = 256;

/// A narrow matrix, and the columns of its product with a block.
type Times<'a> = Option<(&'a Narrow, &'a mut [f64])>;

/// The tiles of a narrow matrix of so many rows and columns.
pub(super) fn tiles(rank: usize, columns: usize) -> Tiles {
    Tiles::zeros(rank, columns, Arch::new().dispatch(Height))
}

/// Columns of a block of a matrix with so many rows, beside narrow matrices of so many.
fn breadth(rows: usize, rank: usize) -> usize {
    let least = if rank > RANK { BROAD } else { STEP };
    WORK.div_ceil(rows * (rank + MOVES)).next_multiple_of(least)
}

/// The columns of a block, and of everything that belongs to it.
fn cut<'a>(source: &Source<'a>, rows: usize, from: usize, to: usize) -> Source<'a> {
    let product = match source.product {
        Product::Zero => Product::Zero,
        Product::Narrow(left, right, stride) => {
            Product::Narrow(left, &right[from * stride..to * stride], stride)
        }
        Product::Whole(x, stride) => Product::Whole(&x[from * stride..to * stride], stride),
    };
    Source { state: &source.state[from * rows..to * rows], product, ..*source }
}

/// Makes a wide matrix with so many rows a combination, if there is a place for it; the sum of its squares. `times`
/// becomes the product of a narrow matrix with the result.
pub(super) fn pass(
    rows: usize,
    out: Option<&mut [f64]>,
    own: f64,
    sources: [Source; 2],
    times: Option<(&Narrow, &mut Narrow)>,
) -> f64 {
    let read = sources.iter().filter(|source| source.weight != 0.0).count() + usize::from(own != 0.0);
    moves(sources[0].state.len() * (read + usize::from(out.is_some())));
    let columns = sources[0].state.len() / rows;
    let rank = match (&times, &sources[0].product) {
        (Some((narrow, _)), _) => narrow.rows(),
        (None, Product::Narrow(tiles, ..)) => tiles.rank(),
        _ => 0,
    };
    let broad = breadth(rows, rank);
    let number = columns.div_ceil(broad);
    if number == 1 {
        let times = times.map(|(narrow, out)| (narrow, out.room_mut()));
        return block(rows, columns, out, own, sources, times);
    }
    let outs: Vec<Option<&mut [f64]>> = match out {
        Some(out) => out.chunks_mut(rows * broad).map(Some).collect(),
        None => (0..number).map(|_| None).collect(),
    };
    let products: Vec<Times> = match times {
        Some((narrow, out)) => {
            out.room_mut().chunks_mut(narrow.stride() * broad).map(|out| Some((narrow, out))).collect()
        }
        None => (0..number).map(|_| None).collect(),
    };
    let block = |(i, (out, times)): (usize, (Option<&mut [f64]>, Times))| {
        let (from, to) = (i * broad, (i * broad + broad).min(columns));
        let sources = sources.map(|source| cut(&source, rows, from, to));
        block(rows, to - from, out, own, sources, times)
    };
    let blocks = outs.into_par_iter().zip(products).enumerate().with_max_len(1);
    blocks.map(block).collect::<Vec<f64>>().into_iter().sum()
}

/// One block of [`pass`].
fn block(
    rows: usize,
    columns: usize,
    mut out: Option<&mut [f64]>,
    own: f64,
    sources: [Source; 2],
    times: Times,
) -> f64 {
    let arch = Arch::new();
    match times {
        Some((narrow, product)) if narrow.rows() > RANK => {
            let kept = out.as_deref_mut();
            let square = arch.dispatch(Combine { rows, columns, out: kept, own, sources, times: None });
            let wide = out.as_deref().expect("what is multiplied is kept");
            let wide = MatRef::from_column_major_slice(wide, rows, columns);
            let left = narrow.filled(narrow.room());
            matmul(narrow.filled_mut(product), Accum::Replace, left, wide, 1.0, Par::Seq);
            square
        }
        times => arch.dispatch(Combine { rows, columns, out, own, sources, times }),
    }
}

/// Makes `out` the product of a narrow matrix with the transpose of a wide one of so many rows.
pub(super) fn back(rows: usize, wide: &[f64], narrow: &Narrow, out: &mut Narrow) {
    moves(wide.len());
    let stride = narrow.stride();
    let block = |(i, out): (usize, &mut [f64])| {
        let from = i * ROWS;
        if narrow.rows() <= RANK {
            return Arch::new().dispatch(Back { wide, rows, from, narrow, out });
        }
        let number = out.len() / stride;
        let part = MatRef::from_column_major_slice(wide, rows, wide.len() / rows).subrows(from, number);
        let left = narrow.filled(narrow.room());
        matmul(narrow.filled_mut(out), Accum::Replace, left, part.transpose(), 1.0, Par::Seq);
    };
    match wide.len() * (narrow.rows() + MOVES) <= WORK {
        true => out.room_mut().chunks_mut(stride * ROWS).enumerate().for_each(block),
        false => out.room_mut().par_chunks_mut(stride * ROWS).enumerate().for_each(block),
    }
}

/// Makes `out` the product `Lᵀ R` of matrices that are not so narrow.
pub(super) fn whole(left: &Narrow, right: &Narrow, out: &mut [f64]) {
    let (stride, rows) = (left.stride(), left.room().len() / left.stride());
    let broad = breadth(rows, left.rows());
    let block = |(out, right): (&mut [f64], &[f64])| {
        let out = MatMut::from_column_major_slice_mut(out, rows, right.len() / stride);
        let left = left.filled(left.room()).transpose();
        matmul(
            out,
            Accum::Replace,
            left,
            MatRef::from_column_major_slice(right, stride, right.len() / stride),
            1.0,
            Par::Seq,
        );
    };
    let blocks = out.par_chunks_mut(rows * broad).zip(right.room().par_chunks(stride * broad));
    blocks.for_each(block);
}
