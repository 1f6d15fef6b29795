//! `certify` and `audit`: write a certificate, and check one independently.

use super::cases::{Cases, Given};
use super::form::{Form, Format};
use super::screen::Screen;
use super::{Error, Exit, answer};
use crate::case::{Case, bytes_up_to, files_beside};
use crate::certificate;
use crate::kernel::{self, Answer};
use crate::output::{Call, Kind, Target};
use crate::render::certificate::AuditJson;
use crate::render::{self, Page};
use crate::theory::cross_entropy::Cells;
use clap::Args;
use std::path::{Path, PathBuf};

/// Write the certificate of a case's prediction
#[derive(Args)]
#[command(after_help = "\
Examples:
  tightframe certify my.toml -o my.cert.json
  tightframe certify my.toml | less
  tightframe certify --counts 20,10 --widths 8 --lambda 1e-3 --case my.toml -o my.cert.json
  tightframe certify cases -o certificates
  tightframe certify deep.toml --tree 1000000 -o enclosure.json

A certificate speaks of the bytes of a case file. With flags instead of a file, --case names the file that is written
with them; `tightframe audit my.cert.json --case my.toml` needs it. Several cases, or a folder, are written into a
folder, each under its own name with .json. The same case gives the same bytes. docs/certificate.md is the format.")]
pub struct Certify {
    #[command(flatten)]
    given: Given,
    /// Write the case file of the flags here: the certificate is about its bytes
    #[arg(long, value_name = "FILE", requires = "counts")]
    case: Option<PathBuf>,
    /// Write to this file instead of the terminal; with several cases, into this folder
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
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        if let Some(exit) = self.given.flags.printed()? {
            return Ok(exit);
        }
        let files = self.given.files()?;
        let Cases { all, is_list } = self.given.cases(&files)?;
        let call = Call { inputs: &files, force: self.force };
        if is_list {
            return self.folder(screen, &all, call);
        }
        if self.given.paths.is_empty() && self.case.is_none() {
            return Err(Error::Option {
                given: "certify --counts …".to_owned(),
                wrong: "a certificate is about the bytes of a case file, and none is named".to_owned(),
                hint: "--case my.toml writes it; `audit` takes the same option".to_owned(),
            });
        }
        let places = [(self.case.as_deref(), Kind::Case), (self.output.as_deref(), Kind::Certificate)];
        let places = places.iter().filter_map(|(path, kind)| Some((path.as_ref().copied()?, *kind)));
        let mut targets = Target::all(places, call)?.into_iter();
        let (written, output) = (self.case.as_ref().and_then(|_| targets.next()), targets.next());
        let case = &all[0];
        let text = self.certificate(screen, case)?;
        if let Some(target) = written {
            target.write(case.bytes()).map_err(Error::unwritable(&target))?;
        }
        match output {
            None => answer(text.as_bytes()),
            Some(target) => {
                target.write(text.as_bytes()).map_err(Error::unwritable(&target))?;
                Ok(Exit::Success)
            }
        }
    }

    fn certificate(&self, screen: &Screen, case: &Case) -> Result<String, Error> {
        let bar = screen.progress(self.tree as u64, "cells");
        let heard = |cells: usize| bar.set_position(cells.min(self.tree) as u64);
        let text = certificate::with_cells(case, Cells { most: self.tree, heard: &heard }, self.interval);
        bar.finish_and_clear();
        text.map_err(|reason| Error::Uncertifiable { case: case.name().into(), reason })
    }

    /// Certificates of several cases in a folder, each where its case stands below what was named.
    fn folder(&self, screen: &Screen, all: &[Case], call: Call<'_>) -> Result<Exit, Error> {
        let Some(folder) = &self.output else {
            return Err(Error::Option {
                given: "certify".to_owned(),
                wrong: format!("{} cases have as many certificates", all.len()),
                hint: "-o names the folder for them".to_owned(),
            });
        };
        let place = |case: &Case| {
            let file = Path::new(case.name());
            let below = self
                .given
                .paths
                .iter()
                .filter(|path| path.is_dir())
                .find_map(|root| file.strip_prefix(root).ok());
            let name = below.map_or_else(|| file.file_name().unwrap_or_default().into(), Path::to_path_buf);
            folder.join(name).with_extension("json")
        };
        let places: Vec<PathBuf> = all.iter().map(place).collect();
        for parent in places.iter().filter_map(|path| path.parent()) {
            let unwritable = |error| Error::Unwritable { noun: "folder", path: parent.to_owned(), error };
            std::fs::create_dir_all(parent).map_err(unwritable)?;
        }
        let targets = Target::all(places.iter().map(|path| (path.as_path(), Kind::Certificate)), call)?;
        let bar = screen.progress(all.len() as u64, "certificates");
        let (mut page, mut exit) = (Page::default(), Exit::Success);
        for (case, target) in all.iter().zip(&targets) {
            match self.certificate(screen, case) {
                Ok(text) => {
                    target.write(text.as_bytes()).map_err(Error::unwritable(target))?;
                    page += &format!("certified  {}\n", target.path().display());
                }
                Err(Error::Uncertifiable { reason, .. }) => {
                    page += &format!("undecided  {}: {reason}\n", case.name());
                    exit = Exit::Undecided;
                }
                Err(other) => return Err(other),
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        screen.show(&page)?;
        Ok(exit)
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
    #[command(flatten)]
    form: Form,
}

/// Files beyond this size are not read: the checker reads neither cases nor certificates as large.
const MAX_FILE: u64 = 17 << 20;

impl Audit {
    pub fn run(&self, screen: &Screen) -> Result<Exit, Error> {
        let files = files_beside(&self.case);
        let result =
            kernel::audit_beside(&bytes(&self.case)?, &bytes(&self.certificate)?, &|name| files(name).ok());
        match self.form.format {
            Format::Text => screen.show(&result.to_string().into())?,
            Format::Json => answer(render::json(&AuditJson::of(&result)).as_bytes())?,
        };
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
