//! `.npy` and `.npz`: stored members are read where they stand, deflated ones are inflated first, up to a limit.

use super::refusal::Refusal;
use super::tensor::{Bytes, Dtype, Tensor};
use npyz::{DType, NpyHeader, Order};
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use zip::{CompressionMethod, ZipArchive};

/// Bytes of a header at most; numpy writes a few hundred.
const MOST_HEADER: usize = 8 << 10;
/// Brackets in a header at most, so that no parser recurses deeply.
const MOST_BRACKETS: usize = 16;
/// Members of an archive at most.
const MOST_MEMBERS: usize = 10_000;
/// Inflated members of an archive beyond this size stand in temporary files, and beyond the second are refused.
const IN_MEMORY: u64 = 64 << 20;
const MOST_INFLATED: u64 = 2 << 30;
/// Deflate never shrinks more than this; a member that says so is no honest one.
const MOST_RATIO: u64 = 1_040;

/// The tensors of a `.npy` file: one, named after the file.
pub fn npy(file: File, name: &str) -> Result<Vec<Tensor>, Refusal> {
    let length = file.metadata().map_err(|e| Refusal::Unreadable(e.to_string()))?.len();
    let file = Arc::new(file);
    Ok(vec![tensor(name, Bytes::File(Arc::clone(&file), 0), length)?])
}

/// The tensors of a `.npz` archive, in its order.
pub fn npz(file: File) -> Result<Vec<Tensor>, Refusal> {
    let broken = |error: zip::result::ZipError| Refusal::Broken { what: error.to_string() };
    let mut archive = ZipArchive::new(&file).map_err(broken)?;
    if archive.len() > MOST_MEMBERS {
        return Err(Refusal::Broken { what: format!("{} members; at most {MOST_MEMBERS}", archive.len()) });
    }
    let shared = Arc::new(file.try_clone().map_err(|e| Refusal::Unreadable(e.to_string()))?);
    let (mut tensors, mut left) = (Vec::new(), MOST_INFLATED);
    for index in 0..archive.len() {
        let mut member = archive.by_index(index).map_err(broken)?;
        let name = member.name().map_err(broken)?.into_owned();
        let Some(name) = name.strip_suffix(".npy").map(str::to_owned) else { continue };
        let size = member.size();
        let bytes = match (member.compression(), member.data_start()) {
            (CompressionMethod::Stored, Some(start)) => Bytes::File(Arc::clone(&shared), start),
            (CompressionMethod::Deflated, _) => {
                if size > left || size / MOST_RATIO > member.compressed_size() {
                    return Err(Refusal::TooLarge { tensor: name, bytes: size, most: MOST_INFLATED });
                }
                left -= size;
                inflated(&mut member, size, MOST_INFLATED - left <= IN_MEMORY)?
            }
            _ => return Err(Refusal::Broken { what: format!("`{name}` is neither stored nor deflated") }),
        };
        match tensor(&name, bytes, size) {
            Ok(tensor) => tensors.push(tensor),
            // Texts and the like may stand beside a network; one that is asked for is missed by its name.
            Err(Refusal::Dtype { .. }) => {}
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(tensors)
}

/// Inflates exactly `size` bytes.
fn inflated(member: &mut impl Read, size: u64, in_memory: bool) -> Result<Bytes, Refusal> {
    let unreadable = |error: std::io::Error| Refusal::Unreadable(error.to_string());
    let wrong = || Refusal::Broken { what: "a member has another length than the archive says".to_owned() };
    let mut limited = member.take(size + 1);
    if in_memory {
        // Grows with what is really there, not with what is said.
        let mut bytes = Vec::new();
        limited.read_to_end(&mut bytes).map_err(|error| Refusal::Broken { what: error.to_string() })?;
        return if bytes.len() as u64 == size { Ok(Bytes::Memory(Arc::new(bytes))) } else { Err(wrong()) };
    }
    let place = std::env::temp_dir().join(format!("tightframe-{}-{size}.inflated", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.read(true).write(true).create_new(true).open(&place).map_err(unreadable)?;
    // The name goes at once: the file lives as long as it is open.
    std::fs::remove_file(&place).map_err(unreadable)?;
    let copied = std::io::copy(&mut limited, &mut file).map_err(unreadable)?;
    file.flush().map_err(unreadable)?;
    if copied == size { Ok(Bytes::File(Arc::new(file), 0)) } else { Err(wrong()) }
}

/// The tensor of `.npy` bytes, `length` of them.
fn tensor(name: &str, bytes: Bytes, length: u64) -> Result<Tensor, Refusal> {
    let broken = |what: &str| Refusal::Broken { what: format!("`{name}`: {what}") };
    let mut head = Vec::new();
    let most = (MOST_HEADER as u64).min(length);
    match &bytes {
        Bytes::Memory(all) => head.extend_from_slice(&all[..most as usize]),
        Bytes::File(file, start) => {
            let mut file: &File = file;
            file.seek(SeekFrom::Start(*start))
                .and_then(|_| file.take(most).read_to_end(&mut head))
                .map_err(|error| Refusal::Unreadable(error.to_string()))?;
        }
    }
    let prefix = match (head.get(..6), head.get(6)) {
        (Some(b"\x93NUMPY"), Some(1)) => 10,
        (Some(b"\x93NUMPY"), Some(2 | 3)) => 12,
        _ => return Err(broken("no .npy header")),
    };
    let said = head.get(8..prefix).ok_or_else(|| broken("the header is cut off"))?;
    let said = said.iter().rev().fold(0usize, |n, byte| n << 8 | usize::from(*byte));
    let text =
        head.get(prefix..prefix.saturating_add(said)).ok_or_else(|| broken("the header is cut off"))?;
    if text.iter().filter(|b| b"([{".contains(b)).count() > MOST_BRACKETS {
        return Err(broken("a header as no array has one"));
    }
    let header = NpyHeader::from_reader(Cursor::new(&head[..prefix + said]))
        .map_err(|error| broken(&error.to_string()))?;
    if header.uses_pickled_array() {
        return Err(Refusal::Pickled { tensor: name.to_owned() });
    }
    let (dtype, big_endian) = dtype(name, &header.dtype())?;
    let shape = header.shape().to_vec();
    let numbers = Tensor::numbers(&shape).and_then(|n| n.checked_mul(dtype.size() as u64));
    let start = (prefix + said) as u64;
    if numbers.and_then(|n| n.checked_add(start)) != Some(length) {
        return Err(broken(&format!(
            "shape {shape:?} and type ask for another number of bytes than are there"
        )));
    }
    let bytes = match bytes {
        Bytes::File(file, offset) => Bytes::File(file, offset + start),
        Bytes::Memory(all) => Bytes::Memory(Arc::new(all[prefix + said..].to_vec())),
    };
    let first_fastest = header.order() == Order::Fortran;
    Ok(Tensor { name: name.to_owned(), dtype, big_endian, shape, first_fastest, bytes })
}

fn dtype(name: &str, dtype: &DType) -> Result<(Dtype, bool), Refusal> {
    let word = dtype.descr();
    let refused = || Refusal::Dtype { tensor: name.to_owned(), dtype: word.clone() };
    let DType::Plain(plain) = dtype else { return Err(refused()) };
    let text = plain.to_string();
    let (order, rest) = text.split_at_checked(1).ok_or_else(refused)?;
    let found = match rest {
        "f2" => Dtype::F16,
        "f4" => Dtype::F32,
        "f8" => Dtype::F64,
        "b1" | "u1" => Dtype::Unsigned(1),
        "u2" => Dtype::Unsigned(2),
        "u4" => Dtype::Unsigned(4),
        "u8" => Dtype::Unsigned(8),
        "i1" => Dtype::Signed(1),
        "i2" => Dtype::Signed(2),
        "i4" => Dtype::Signed(4),
        "i8" => Dtype::Signed(8),
        _ => return Err(refused()),
    };
    Ok((found, order == ">"))
}

/// The name of a `.npy` file's tensor.
pub fn stem(path: &Path) -> String {
    path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}
