//! `.safetensors`: a JSON header, then the numbers, read where they stand.

use super::refusal::Refusal;
use super::tensor::{Bytes, Dtype, Tensor};
use safetensors::tensor::Metadata;
use std::fs::File;
use std::io::Read;
use std::sync::Arc;

/// Bytes of the header at most.
const MOST_HEADER: u64 = 16 << 20;

/// The tensors of a `.safetensors` file, in the order of their bytes.
pub fn safetensors(mut file: File) -> Result<Vec<Tensor>, Refusal> {
    let unreadable = |error: std::io::Error| Refusal::Unreadable(error.to_string());
    let broken = |what: &str| Refusal::Broken { what: what.to_owned() };
    let length = file.metadata().map_err(unreadable)?.len();
    let mut size = [0u8; 8];
    file.read_exact(&mut size).map_err(|_| broken("no header"))?;
    let size = u64::from_le_bytes(size);
    let data = size.checked_add(8).filter(|end| *end <= length && size <= MOST_HEADER);
    let data = data.ok_or_else(|| broken("the header is longer than the file, or than 16 MiB"))?;
    let mut header = Vec::new();
    (&mut file).take(size).read_to_end(&mut header).map_err(unreadable)?;
    let metadata: Metadata =
        serde_json::from_slice(&header).map_err(|error| broken(&format!("the header: {error}")))?;
    let file = Arc::new(file);
    let all = metadata.tensors();
    let mut end = 0u64;
    let mut tensors = Vec::new();
    for name in metadata.offset_keys() {
        let Some(info) = all.get(&name) else { continue };
        let (from, to) = (info.data_offsets.0 as u64, info.data_offsets.1 as u64);
        // Every byte belongs to one tensor: no gap, no overlap, nothing beyond the end.
        if from != end || to < from || to > length - data {
            return Err(broken(&format!("`{name}` stands at other bytes than it should")));
        }
        end = to;
        let shape: Vec<u64> = info.shape.iter().map(|n| *n as u64).collect();
        let Some(dtype) = dtype(info.dtype) else {
            // A tensor beside the network may have any type; one that is asked for is missed by name.
            continue;
        };
        if Tensor::numbers(&shape).and_then(|n| n.checked_mul(dtype.size() as u64)) != Some(to - from) {
            return Err(broken(&format!("shape {shape:?} of `{name}` asks for another number of bytes")));
        }
        let bytes = Bytes::File(Arc::clone(&file), data + from);
        tensors.push(Tensor { name, dtype, big_endian: false, shape, first_fastest: false, bytes });
    }
    if end != length - data {
        return Err(broken("bytes after the last tensor"));
    }
    Ok(tensors)
}

fn dtype(word: safetensors::Dtype) -> Option<Dtype> {
    use safetensors::Dtype as D;
    Some(match word {
        D::F16 => Dtype::F16,
        D::BF16 => Dtype::Bf16,
        D::F32 => Dtype::F32,
        D::F64 => Dtype::F64,
        D::BOOL | D::U8 => Dtype::Unsigned(1),
        D::U16 => Dtype::Unsigned(2),
        D::U32 => Dtype::Unsigned(4),
        D::U64 => Dtype::Unsigned(8),
        D::I8 => Dtype::Signed(1),
        D::I16 => Dtype::Signed(2),
        D::I32 => Dtype::Signed(4),
        D::I64 => Dtype::Signed(8),
        _ => return None,
    })
}
