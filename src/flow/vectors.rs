//! Vectors of whatever processor runs this, from slices and back.
//!
//! faer reaches a third of the speed of memory on products of narrow matrices with wide ones, less where columns lie a
//! power of two apart (`cargo bench`). So [`super::combine`] and [`super::back`] are written by hand: they walk a wide
//! matrix down its columns, a few of them at a time. Every entry of a product is summed in one order, whatever part of the
//! matrix a call is given.

use pulp::Simd;

/// The first `V` vectors of a slice that has them.
#[inline(always)]
pub(super) fn load_all<S: Simd, const V: usize>(simd: S, x: &[f64]) -> [S::f64s; V] {
    let (whole, _) = S::as_simd_f64s(&x[..V * S::F64_LANES]);
    let mut vectors = [simd.splat_f64s(0.0); V];
    vectors.copy_from_slice(&whole[..V]);
    vectors
}

/// Writes `V` vectors to a slice that has room for them.
#[inline(always)]
pub(super) fn store_all<S: Simd, const V: usize>(_: S, out: &mut [f64], vectors: [S::f64s; V]) {
    let (whole, _) = S::as_mut_simd_f64s(&mut out[..V * S::F64_LANES]);
    whole[..V].copy_from_slice(&vectors);
}

/// The first `V` vectors of a slice: all of them if it is said to have them, else zeros fill up what is missing.
#[inline(always)]
pub(super) fn load<S: Simd, const V: usize, const ALL: bool>(simd: S, x: &[f64]) -> [S::f64s; V] {
    if ALL {
        return load_all(simd, x);
    }
    let mut vectors = [simd.splat_f64s(0.0); V];
    for (vector, x) in vectors.iter_mut().zip(x.chunks(S::F64_LANES)) {
        *vector = simd.partial_load_f64s(x);
    }
    vectors
}

/// Writes `V` vectors to a slice: all of them if it is said to have room, else as much as it takes.
#[inline(always)]
pub(super) fn store<S: Simd, const V: usize, const ALL: bool>(
    simd: S,
    out: &mut [f64],
    vectors: [S::f64s; V],
) {
    if ALL {
        return store_all(simd, out, vectors);
    }
    for (vector, out) in vectors.into_iter().zip(out.chunks_mut(S::F64_LANES)) {
        simd.partial_store_f64s(out, vector);
    }
}
