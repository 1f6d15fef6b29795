//! `certify` and `audit`: write a certificate, and check one independently.

use super::{Exit, answer, complaint, written};
use crate::case::{Case, bytes_up_to};
use crate::certificate;
use crate::kernel::{self, Answer};
use clap::Args;
use std::path::{Path, PathBuf};

/// Write the certificate of a case's prediction
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe certify my.toml -o my.cert.json
  tightframe certify my.toml | less

The same case gives the same bytes. docs/certificate.md is the format; `tightframe audit` checks one.")]
pub struct Certify {
    /// The case file
    case: PathBuf,
    /// Write to this file instead of the terminal
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Certify {
    pub fn run(&self) -> Exit {
        let case = match Case::read(&self.case) {
            Ok(case) => case,
            Err(refusal) => return complaint(&refusal.to_string()),
        };
        match certificate::certify(&case) {
            Ok(text) => match &self.output {
                None => answer(text.as_bytes()),
                Some(path) => match written(path, text.as_bytes()) {
                    Ok(()) => Exit::Success,
                    Err(text) => complaint(&text),
                },
            },
            Err(reason) => {
                complaint(&format!("error: {reason}\n  --> {}", self.case.display()));
                Exit::Undecided
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
    pub fn run(&self) -> Exit {
        let (case, certificate) = match (bytes(&self.case), bytes(&self.certificate)) {
            (Ok(case), Ok(certificate)) => (case, certificate),
            (Err(text), _) | (_, Err(text)) => return complaint(&text),
        };
        let result = kernel::audit(&case, &certificate);
        let exit = match &result {
            Answer::Accepted => Exit::Success,
            Answer::Rejected(_) => Exit::Refuted,
            Answer::Incomplete(_) => Exit::Undecided,
        };
        match answer(result.to_string().as_bytes()) {
            Exit::Success => exit,
            failure => failure,
        }
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let place = path.display();
    let problem = |error: std::io::Error| format!("error: the file cannot be read: {error}\n  --> {place}");
    bytes_up_to(path, MAX_FILE).map_err(problem)?.map_err(|size| {
        format!("error: the file has {size} bytes or more, more than a checker reads\n  --> {place}")
    })
}
