//! Vectors of whatever processor runs this, from slices and back.
//!
//! faer reaches a third of the speed of memory on products of narrow matrices with wide ones, less where columns lie a
//! power of two apart (`cargo bench`). So [`super::combine`] and [`super::back`] are written by hand: they walk a wide
//! matrix down its columns, a few of them at a time. Every entry of a product is summed in one order, whatever part of the
//! matrix a call is given.

use pulp::Simd;

/// The first `V` vectors of a slice, which may be shorter: zeros fill them up.
#[inline(always)]
pub(super) fn load<S: Simd, const V: usize>(simd: S, x: &[f64]) -> [S::f64s; V] {
    let lanes = S::F64_LANES;
    let mut vectors = [simd.splat_f64s(0.0); V];
    if x.len() >= V * lanes {
        let (whole, _) = S::as_simd_f64s(&x[..V * lanes]);
        (0..V).for_each(|v| vectors[v] = whole[v]);
    } else {
        for (vector, x) in vectors.iter_mut().zip(x.chunks(lanes)) {
            *vector = simd.partial_load_f64s(x);
        }
    }
    vectors
}

/// Writes `V` vectors to a slice, which may be shorter.
#[inline(always)]
pub(super) fn store<S: Simd, const V: usize>(simd: S, out: &mut [f64], vectors: [S::f64s; V]) {
    let lanes = S::F64_LANES;
    if out.len() >= V * lanes {
        let (whole, _) = S::as_mut_simd_f64s(&mut out[..V * lanes]);
        (0..V).for_each(|v| whole[v] = vectors[v]);
    } else {
        for (vector, out) in vectors.into_iter().zip(out.chunks_mut(lanes)) {
            simd.partial_store_f64s(out, vector);
        }
    }
}

/// The first `V` vectors of a slice that has them.
#[inline(always)]
pub(super) fn load_all<S: Simd, const V: usize>(simd: S, x: &[f64]) -> [S::f64s; V] {
    load(simd, &x[..V * S::F64_LANES])
}

/// Writes `V` vectors to a slice that has room for them.
#[inline(always)]
pub(super) fn store_all<S: Simd, const V: usize>(simd: S, out: &mut [f64], vectors: [S::f64s; V]) {
    store(simd, &mut out[..V * S::F64_LANES], vectors);
}
