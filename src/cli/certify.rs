//! `certify` and `audit`: write a certificate, and check one independently.

use super::{Error, Exit, answer, progress};
use crate::case::{Case, bytes_up_to};
use crate::certificate;
use crate::kernel::{self, Answer};
use crate::output::{Call, Kind, Target};
use crate::theory::cross_entropy::Cells;
use clap::Args;
use std::path::{Path, PathBuf};

/// Write the certificate of a case's prediction
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe certify my.toml -o my.cert.json
  tightframe certify my.toml | less
  tightframe certify deep.toml --tree 1000000 -o enclosure.json

The same case gives the same bytes. docs/certificate.md is the format; `tightframe audit` checks one.")]
pub struct Certify {
    /// The case file
    case: PathBuf,
    /// Write to this file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Overwrite a file of another kind too; what the call reads is never overwritten
    #[arg(long)]
    force: bool,
    /// Deep cross-entropy with three or four classes: cells at most of a tree that proves what is optimal, or encloses
    /// the optimum; 100,000 take some seconds, and a case may try four trees
    #[arg(long, value_name = "CELLS", default_value_t = 100_000)]
    tree: usize,
    /// Deep cross-entropy whose optimum is the simplex frame: prove it for every (Λn)^{1/(M+1)} within so many percent
    /// of the case's
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=50))]
    interval: u32,
}

impl Certify {
    pub fn run(&self) -> Result<Exit, Error> {
        let call = Call { inputs: std::slice::from_ref(&self.case), force: self.force };
        let target =
            self.output.as_deref().map(|path| Target::new(path, Kind::Certificate, call)).transpose()?;
        let case = Case::read(&self.case)?;
        let bar = progress(self.tree as u64, "cells");
        let heard = |cells: usize| bar.set_position(cells.min(self.tree) as u64);
        let text = certificate::with_cells(&case, Cells { most: self.tree, heard: &heard }, self.interval);
        bar.finish_and_clear();
        let text = text.map_err(|reason| Error::Uncertifiable { case: self.case.clone(), reason })?;
        match target {
            None => answer(text.as_bytes()),
            Some(target) => {
                target.write(text.as_bytes()).map_err(Error::unwritable(&target))?;
                Ok(Exit::Success)
            }
        }
    }
}

/// Check a certificate against its case, independently of what wrote it
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe audit my.cert.json --case my.toml

Exit code 0 accepted, 1 rejected (with the condition that fails and both its sides), 2 bad input, 3 incomplete.")]
pub struct Audit {
    /// The certificate
    certificate: PathBuf,
    /// The case it speaks of
    #[arg(long, value_name = "CASE")]
    case: PathBuf,
}

/// Files beyond this size are not read: the checker reads neither cases nor certificates as large.
const MAX_FILE: u64 = 17 << 20;

impl Audit {
    pub fn run(&self) -> Result<Exit, Error> {
        let result = kernel::audit(&bytes(&self.case)?, &bytes(&self.certificate)?);
        answer(result.to_string().as_bytes())?;
        Ok(match &result {
            Answer::Accepted => Exit::Success,
            Answer::Rejected(_) => Exit::Refuted,
            Answer::Incomplete(_) => Exit::Undecided,
        })
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    let unreadable = |error| Error::Unreadable { noun: "file", path: path.to_owned(), error };
    bytes_up_to(path, MAX_FILE)
        .map_err(unreadable)?
        .map_err(|size| Error::TooLarge { path: path.to_owned(), size })
}
