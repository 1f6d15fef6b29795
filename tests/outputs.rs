//! Outputs: nothing under any name is lost, whatever the command and whatever stands at the place.
#![cfg(unix)]

use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const CASE: &str = "[network]\ncounts = [5, 3]\nwidths = [4]\nloss = \"mse\"\nbias = \"none\"\n[regularization]\nweights = 1e-2\nfeatures = 1e-2\n[training]\nseeds = [1]\n";
const SPEC: &str = "[grid]\nclasses = 2\nlargest = 5\nratio = 2\nshape = \"long-tail\"\ndepth = [1, 2]\nwidth = 4\nloss = \"mse\"\nbias = \"none\"\nlambda = 1e-3\n";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tightframe-outputs-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
    fn parts(&self) -> usize {
        let entries = std::fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name());
        entries.filter(|name| name.to_str().unwrap().starts_with(".tightframe-")).count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A command that writes: its words before and after the input, its option, and the ending of its output's name.
struct Writer {
    words: &'static [&'static str],
    more: &'static [&'static str],
    option: &'static str,
    ending: &'static str,
    /// What its input holds: a case, a spec, a shard.
    input: &'static str,
}

const fn writer(
    words: &'static [&'static str],
    more: &'static [&'static str],
    option: &'static str,
    ending: &'static str,
    input: &'static str,
) -> Writer {
    Writer { words, more, option, ending, input }
}

const WRITERS: &[Writer] = &[
    writer(&["certify"], &[], "-o", "json", "case"),
    writer(&["verify"], &[], "--trajectory", "csv", "case"),
    writer(&["design"], &["--margin", "0.5"], "-o", "toml", "case"),
    writer(&["plot", "shrinkage"], &[], "-o", "svg", "case"),
    writer(&["plot", "shrinkage"], &[], "-o", "png", "case"),
    writer(&["plot", "shrinkage"], &[], "-o", "pdf", "case"),
    writer(&["plot", "training"], &[], "-o", "svg", "case"),
    writer(&["plot", "gram"], &["--predicted"], "-o", "svg", "case"),
    writer(&["plot", "spectra"], &["--predicted"], "-o", "png", "case"),
    writer(&["table"], &["--format", "latex"], "-o", "tex", "case"),
    writer(&["table"], &["--format", "csv"], "-o", "csv", "case"),
    writer(&["table"], &["--json"], "-o", "json", "case"),
    writer(&["sweep"], &[], "-o", "csv", "spec"),
    writer(&["table"], &["--format", "jsonl"], "-o", "jsonl", "case"),
    writer(&["sweep"], &[], "-o", "parquet", "spec"),
    writer(&["sweep"], &[], "-o", "jsonl", "spec"),
    writer(&["sweep", "export"], &[], "-o", "csv", "shard"),
    writer(&["sweep"], &["--shard", "1/1"], "-o", "shard", "spec"),
    writer(&["sweep", "merge"], &[], "-o", "parquet", "shard"),
];

fn run(words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tightframe")).args(words).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

impl Writer {
    /// The bytes of its input.
    fn input_bytes(&self, folder: &Folder) -> Vec<u8> {
        match self.input {
            "case" => CASE.into(),
            "spec" => SPEC.into(),
            _ => {
                let spec = folder.file("shard-spec.toml", SPEC);
                let shard = folder.0.join("whole.shard");
                let made =
                    run(&["sweep", spec.to_str().unwrap(), "--shard", "1/1", "-o", shard.to_str().unwrap()]);
                assert!(made.status.success(), "{}", said(&made));
                std::fs::read(&shard).unwrap()
            }
        }
    }

    fn command(&self, input: &Path, output: &Path, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
        command.args(self.words).arg(input).args(self.more).args(more).arg(self.option).arg(output);
        command
    }

    fn run(&self, input: &Path, output: &Path, more: &[&str]) -> Output {
        self.command(input, output, more).output().unwrap()
    }
}

#[test]
fn an_input_is_never_overwritten_under_any_name() {
    for (i, writer) in WRITERS.iter().enumerate() {
        let folder = Folder::new(&format!("input-{i}"));
        let bytes = writer.input_bytes(&folder);
        let input = folder.file(&format!("in.{}", writer.ending), &bytes);
        let (link, hard) =
            (folder.0.join(format!("l.{}", writer.ending)), folder.0.join(format!("h.{}", writer.ending)));
        symlink(&input, &link).unwrap();
        std::fs::hard_link(&input, &hard).unwrap();
        std::fs::create_dir(folder.0.join("sub")).unwrap();
        let spelt = folder.0.join("sub/..").join(input.file_name().unwrap());
        for output in [&input, &link, &hard, &spelt] {
            for force in [&[][..], &["--force"]] {
                let done = writer.run(&input, output, force);
                assert_eq!(done.status.code(), Some(2), "{:?} {output:?}", writer.words);
                assert!(said(&done).contains("the output is an input"), "{}", said(&done));
            }
        }
        // The input named by a link.
        assert_eq!(writer.run(&link, &input, &[]).status.code(), Some(2));
        assert_eq!(std::fs::read(&input).unwrap(), bytes, "{:?}", writer.words);
        assert_eq!(std::fs::metadata(&input).unwrap().nlink(), 2);
        assert_eq!(folder.parts(), 0);
    }
}

#[test]
fn files_of_another_kind_are_overwritten_by_force_only() {
    let others =
        [("notes.md", b"some notes\n".to_vec()), ("other.toml", b"[claims]\n\"a\" = \"b\"\n".to_vec())];
    for (i, writer) in WRITERS.iter().enumerate() {
        let folder = Folder::new(&format!("kind-{i}"));
        let input = folder.file("input.toml", writer.input_bytes(&folder));
        for (_, bytes) in &others {
            let output = folder.file(&format!("out.{}", writer.ending), bytes);
            let done = writer.run(&input, &output, &[]);
            // Lines without commas are CSV if their name says so.
            if writer.ending == "csv" && bytes.starts_with(b"some") {
                continue;
            }
            assert_eq!(done.status.code(), Some(2), "{:?}", writer.words);
            assert!(said(&done).contains("--force"), "{}", said(&done));
            assert_eq!(&std::fs::read(&output).unwrap(), bytes);
            let forced = writer.run(&input, &output, &["--force"]);
            assert_eq!(forced.status.code(), Some(0), "{:?}: {}", writer.words, said(&forced));
            assert_ne!(&std::fs::read(&output).unwrap(), bytes);
        }
        assert_eq!(folder.parts(), 0);
    }
}

#[test]
fn a_file_is_replaced_where_it_is_and_keeps_its_permissions() {
    for (i, writer) in WRITERS.iter().enumerate() {
        let folder = Folder::new(&format!("file-{i}"));
        let input = folder.file("input.toml", writer.input_bytes(&folder));
        let output = folder.0.join(format!("out.{}", writer.ending));
        // What a process that died left, and what one that lives is writing.
        let dead = folder.file(".tightframe-1-0.part", "half");
        let living = folder.file(".tightframe-2-0.part", "half");
        let held = std::fs::File::open(&living).unwrap();
        held.lock().unwrap();
        let first = writer.run(&input, &output, &[]);
        assert_eq!(first.status.code(), Some(0), "{:?}: {}", writer.words, said(&first));
        assert!(!dead.exists() && living.exists());
        std::fs::remove_file(&living).unwrap();
        let bytes = std::fs::read(&output).unwrap();
        assert!(!bytes.is_empty());
        std::fs::set_permissions(&output, PermissionsExt::from_mode(0o640)).unwrap();
        // The file itself, then by a link from elsewhere; a second name of the old file keeps its bytes.
        let link = folder.0.join(format!("link.{}", writer.ending));
        symlink(output.file_name().unwrap(), &link).unwrap();
        let old = folder.0.join("old");
        for place in [&output, &link] {
            let _ = std::fs::remove_file(&old);
            std::fs::hard_link(&output, &old).unwrap();
            let again = writer.run(&input, place, &[]);
            assert_eq!(again.status.code(), Some(0), "{:?}: {}", writer.words, said(&again));
            assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
            let metadata = std::fs::metadata(&output).unwrap();
            // A finished shard has nothing to do: it stays the same file.
            let names = if writer.ending == "shard" { 2 } else { 1 };
            assert_eq!((metadata.mode() & 0o777, metadata.nlink()), (0o640, names));
            assert_eq!(std::fs::read(&old).unwrap(), bytes);
        }
        // A link to nothing makes its target.
        std::fs::remove_file(&output).unwrap();
        assert_eq!(writer.run(&input, &link, &[]).status.code(), Some(0));
        assert!(std::fs::symlink_metadata(&output).unwrap().is_file());
        // Write-protected, a folder, no folder.
        std::fs::set_permissions(&output, PermissionsExt::from_mode(0o444)).unwrap();
        let fold = folder.0.join(format!("folder.{}", writer.ending));
        std::fs::create_dir(&fold).unwrap();
        let none = folder.0.join(format!("none/out.{}", writer.ending));
        for (place, word) in [(&output, "write-protected"), (&fold, "is a folder"), (&none, "no folder")] {
            let refused = writer.run(&input, place, &[]);
            assert_eq!(refused.status.code(), Some(2), "{:?}", writer.words);
            assert!(said(&refused).contains(word), "{}", said(&refused));
        }
        assert_eq!(folder.parts(), 0);
    }
}

#[test]
fn devices_and_pipes_are_written_and_stay() {
    for (i, writer) in WRITERS.iter().enumerate() {
        let folder = Folder::new(&format!("device-{i}"));
        let input = folder.file("input.toml", writer.input_bytes(&folder));
        let name = |stem: &str| folder.0.join(format!("{stem}.{}", writer.ending));
        let file = name("file");
        assert_eq!(writer.run(&input, &file, &[]).status.code(), Some(0));
        let expected = std::fs::read(&file).unwrap();

        let pipe = name("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let mut child = writer.command(&input, &pipe, &[]).stdout(Stdio::null()).spawn().unwrap();
        let mut read = Vec::new();
        std::fs::File::open(&pipe).unwrap().read_to_end(&mut read).unwrap();
        assert!(child.wait().unwrap().success());
        // The words after the name of the output stand in a table's comment.
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace("pipe.", "file.");
        assert_eq!(text(&read), text(&expected), "{:?}", writer.words);
        assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());

        let (null, full, stdout) = (name("null"), name("full"), name("stdout"));
        // Only a privileged process makes devices; a link shows the same.
        let made = |path: &Path, minor: &str, device: &str| {
            let node = Command::new("mknod").arg(path).args(["c", "1", minor]).stderr(Stdio::null()).status();
            if !node.is_ok_and(|status| status.success()) {
                symlink(device, path).unwrap();
            }
        };
        made(&null, "3", "/dev/null");
        made(&full, "7", "/dev/full");
        symlink("/dev/stdout", &stdout).unwrap();
        let done = writer.run(&input, &null, &[]);
        assert_eq!(done.status.code(), Some(0), "{:?}: {}", writer.words, said(&done));
        let no_room = writer.run(&input, &full, &[]);
        assert_eq!(no_room.status.code(), Some(2), "{:?}", writer.words);
        assert!(said(&no_room).contains("cannot be written"), "{}", said(&no_room));
        for device in [&null, &full] {
            assert!(std::fs::metadata(device).unwrap().file_type().is_char_device());
        }
        let spoken = writer.run(&input, &stdout, &[]).stdout;
        let spoken = String::from_utf8_lossy(&spoken).replace("stdout.", "file.");
        assert!(spoken.contains(&text(&expected)), "{:?}", writer.words);
        assert_eq!(folder.parts(), 0);
    }
}

#[test]
fn one_place_is_not_written_twice() {
    let folder = Folder::new("twice");
    let input = folder.file("input.toml", CASE);
    let output = folder.0.join("out.svg");
    let other = folder.0.join("link.svg");
    symlink("out.svg", &other).unwrap();
    let words = ["plot", "shrinkage", input.to_str().unwrap(), "-o", output.to_str().unwrap(), "-o"];
    let done = run(&[&words[..], &[other.to_str().unwrap()]].concat());
    assert_eq!(done.status.code(), Some(2));
    assert!(said(&done).contains("given twice") && !output.exists(), "{}", said(&done));
}

#[test]
fn a_summary_is_added_to_text_only() {
    let folder = Folder::new("summary");
    let input = folder.file("input.toml", CASE);
    let other = folder.file("other.toml", CASE);
    let link = folder.0.join("summary.md");
    symlink(&input, &link).unwrap();
    for (place, word) in [(&input, "is an input"), (&link, "is an input"), (&other, "would spoil it")] {
        let done = run(&["check", input.to_str().unwrap(), "--summary", place.to_str().unwrap()]);
        assert_eq!((done.status.code(), done.stdout.len()), (Some(2), 0));
        assert!(said(&done).contains(word), "{}", said(&done));
    }
    assert_eq!(std::fs::read_to_string(&other).unwrap(), CASE);
    // A folder is refused, a hard link to an input too; a pipe is written and stays.
    let (fold, hard, pipe) = (folder.0.join("fold"), folder.0.join("hard.md"), folder.0.join("pipe.md"));
    std::fs::create_dir(&fold).unwrap();
    std::fs::hard_link(&input, &hard).unwrap();
    for (place, word) in [(&fold, "is a folder"), (&hard, "is an input")] {
        let done = run(&["check", input.to_str().unwrap(), "--summary", place.to_str().unwrap()]);
        assert_eq!(done.status.code(), Some(2));
        assert!(said(&done).contains(word), "{}", said(&done));
    }
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
    let mut child =
        command.arg("check").arg(&input).arg("--summary").arg(&pipe).stdout(Stdio::null()).spawn().unwrap();
    assert!(std::fs::read_to_string(&pipe).unwrap().starts_with("## tightframe check"));
    assert!(child.wait().unwrap().success() && std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
    let full = run(&["check", input.to_str().unwrap(), "--summary", "/dev/full"]);
    assert_eq!(full.status.code(), Some(2));
    assert!(said(&full).contains("the summary cannot be written"), "{}", said(&full));
}

#[test]
fn a_counterexample_never_replaces_the_theorem_or_another_file() {
    let folder = Folder::new("falsify");
    let found = folder.0.join("found");
    let words = ["falsify", "published-largest-root", "--trials", "200", "-o", found.to_str().unwrap()];
    assert_eq!(run(&words).status.code(), Some(1));
    let case = std::fs::read_dir(&found).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&case, "notes\n").unwrap();
    let refused = run(&words);
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(2), 0), "{}", said(&refused));
    assert_eq!(std::fs::read_to_string(&case).unwrap(), "notes\n");
    assert_eq!(run(&[&words[..], &["--force"]].concat()).status.code(), Some(1));
    assert!(std::fs::read_to_string(&case).unwrap().contains("[network]"));
}

#[test]
fn two_at_once_leave_one_of_the_two_whole() {
    let folder = Folder::new("twins");
    let specs = [SPEC.to_owned(), SPEC.replace("1e-3", "2e-3")];
    let shards: Vec<PathBuf> = (0..2).map(|i| folder.0.join(format!("{i}.shard"))).collect();
    let wholes: Vec<Vec<u8>> = (0..2)
        .map(|i| {
            let spec = folder.file("spec.toml", &specs[i]);
            let spec = spec.to_str().unwrap();
            assert!(
                run(&["sweep", spec, "--shard", "1/1", "-o", shards[i].to_str().unwrap()]).status.success()
            );
            let alone = folder.0.join("alone.csv");
            let merged = run(&["sweep", "merge", shards[i].to_str().unwrap(), "-o", alone.to_str().unwrap()]);
            assert!(merged.status.success(), "{}", said(&merged));
            std::fs::read(&alone).unwrap()
        })
        .collect();
    assert_ne!(wholes[0], wholes[1]);
    let output = folder.0.join("both.csv");
    for _ in 0..100 {
        let spawn = |shard: &PathBuf| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
            command.args(["sweep", "merge"]).arg(shard).arg("-o").arg(&output).stdout(Stdio::null());
            command.spawn().unwrap()
        };
        let children: Vec<_> = shards.iter().map(spawn).collect();
        children.into_iter().for_each(|mut child| assert!(child.wait().unwrap().success()));
        let bytes = std::fs::read(&output).unwrap();
        assert!(wholes.contains(&bytes), "the two outputs are mixed");
    }
    assert_eq!(folder.parts(), 0);
}

/// Starts a command, waits, sends it a signal, and gives its end.
fn interrupted(words: &[&str], signal: &str, after: Duration) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
    let child = command.args(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(after);
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    child.wait_with_output().unwrap()
}

/// Trains for minutes.
const SLOW: &str = "[network]\ncounts = [\"1*400\"]\nwidths = [400, 400]\nloss = \"mse\"\nbias = \"none\"\n[regularization]\nweights = 1e-6\nfeatures = 1e-6\n";

#[test]
fn an_interrupted_command_says_what_is_finished() {
    let folder = Folder::new("interrupted");
    let (quick, slow) = (folder.file("a.toml", CASE), folder.file("b.toml", SLOW));
    let (quick, slow) = (quick.to_str().unwrap(), slow.to_str().unwrap());
    let wait = Duration::from_secs(3);
    let check = interrupted(&["check", quick, slow], "-INT", wait);
    assert_eq!(check.status.code(), Some(130));
    let table = String::from_utf8(check.stdout.clone()).unwrap();
    assert!(table.contains("verified") && table.contains("a.toml") && !table.contains("b.toml"), "{table}");
    assert!(said(&check).contains("interrupted: 1 of 2 cases"), "{}", said(&check));
    let check = interrupted(&["check", quick, slow], "-TERM", wait);
    assert_eq!(check.status.code(), Some(143));
    let falsify = interrupted(&["falsify", "norm-ratios", "--trials", "100000000"], "-INT", wait);
    assert_eq!(falsify.status.code(), Some(130));
    assert!(said(&falsify).contains("of 100000000 trials are done"), "{}", said(&falsify));
    let trajectory = folder.0.join("run.csv");
    let verify = interrupted(&["verify", slow, "--trajectory", trajectory.to_str().unwrap()], "-INT", wait);
    assert_eq!((verify.status.code(), trajectory.exists(), folder.parts()), (Some(130), false, 0));
    // Many short runs: those that are finished are printed.
    let verify = interrupted(&["verify", quick, "--seeds", "1..300000"], "-INT", wait);
    let text = String::from_utf8(verify.stdout.clone()).unwrap();
    assert_eq!(verify.status.code(), Some(130), "{text}");
    let done = said(&verify).split_whitespace().nth(1).unwrap().parse::<usize>().unwrap();
    assert!(done > 0 && said(&verify).contains("of 300001 runs are done"), "{}", said(&verify));
    assert!(text.starts_with("undecided  interrupted"), "{text}");
    assert_eq!(text.matches("  random  ").count(), done, "{text}");
}

/// The case file of flags is an output like every other.
#[test]
fn the_case_of_flags_never_replaces_what_is_no_case() {
    let folder = Folder::new("flags");
    let flags =
        ["certify", "--counts", "5,3", "--widths", "4", "--lambda", "1e-2", "-o", "/dev/null", "--case"];
    let certify = |place: &Path, more: &[&str]| run(&[&flags[..], &[place.to_str().unwrap()], more].concat());
    let (file, notes, fold) =
        (folder.0.join("a.toml"), folder.file("notes.toml", "notes\n"), folder.0.join("f.toml"));
    assert!(certify(&file, &[]).status.success());
    let case = std::fs::read(&file).unwrap();
    std::fs::create_dir(&fold).unwrap();
    for (place, word) in [(&notes, "--force"), (&fold, "is a folder")] {
        let refused = certify(place, &[]);
        assert_eq!(refused.status.code(), Some(2));
        assert!(said(&refused).contains(word), "{}", said(&refused));
    }
    assert_eq!(std::fs::read(&notes).unwrap(), b"notes\n");
    let link = folder.0.join("link.toml");
    symlink(&notes, &link).unwrap();
    assert!(certify(&link, &["--force"]).status.success());
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read(&notes).unwrap(), case);
    let pipe = folder.0.join("pipe.toml");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut command = Command::new(env!("CARGO_BIN_EXE_tightframe"));
    let mut child = command.args(flags).arg(&pipe).stdout(Stdio::null()).spawn().unwrap();
    assert_eq!(std::fs::read(&pipe).unwrap(), case);
    assert!(child.wait().unwrap().success());
}

/// A folder of certificates: none replaces another kind of file, or a case that is read.
#[test]
fn a_folder_of_certificates_loses_nothing() {
    let folder = Folder::new("folder");
    let (a, b) = (folder.file("a.toml", CASE), folder.file("b.toml", CASE));
    let out = folder.0.join("out");
    let words = ["certify", a.to_str().unwrap(), b.to_str().unwrap(), "-o", out.to_str().unwrap()];
    assert!(run(&words).status.success());
    std::fs::write(out.join("b.json"), "notes\n").unwrap();
    std::fs::remove_file(out.join("a.json")).unwrap();
    let refused = run(&words);
    assert_eq!((refused.status.code(), out.join("a.json").exists()), (Some(2), false), "{}", said(&refused));
    assert_eq!(std::fs::read(out.join("b.json")).unwrap(), b"notes\n");
    // Two cases of one name would be one certificate.
    std::fs::create_dir(folder.0.join("sub")).unwrap();
    let same = folder.file("sub/a.toml", CASE);
    let twice = run(&[
        "certify",
        a.to_str().unwrap(),
        same.to_str().unwrap(),
        "-o",
        folder.0.join("x").to_str().unwrap(),
    ]);
    assert!(twice.status.code() == Some(2) && said(&twice).contains("given twice"), "{}", said(&twice));
}

/// Twenty times each, from the start to beyond the end; over a file that was there, and over none.
#[test]
fn killed_at_any_moment_no_file_is_torn_and_leftovers_go() {
    let folder = Folder::new("killed");
    let many = (1..=40).map(|n| (3 * n).to_string()).collect::<Vec<_>>().join(", ");
    let input = folder.file("input.toml", CASE.replace("[5, 3]", &format!("[{many}]")));
    let writers = [("certify", "", "out.json"), ("table", "csv", "out.csv"), ("plot", "spectra", "out.png")];
    for (command, kind, output) in writers {
        let output = folder.0.join(output);
        let mut words = vec![command, input.to_str().unwrap(), "-o", output.to_str().unwrap()];
        match command {
            "table" => words.extend(["--format", kind]),
            "plot" => words.insert(1, kind),
            _ => {}
        }
        let timed = |_| {
            let begin = Instant::now();
            let alone = run(&words);
            assert!(alone.status.success(), "{}", said(&alone));
            begin.elapsed()
        };
        let whole_time = (0..3).map(timed).min().unwrap();
        let whole = std::fs::read(&output).unwrap();
        let mut torn_off = 0;
        for i in 0..20 {
            if i % 2 == 0 {
                std::fs::remove_file(&output).unwrap();
            }
            let killed = interrupted(&words, "-KILL", whole_time * i / 18);
            torn_off += usize::from(killed.status.code().is_none());
            match std::fs::read(&output) {
                Ok(bytes) => assert_eq!(bytes, whole, "{command} {i}"),
                Err(error) => assert!(i % 2 == 0 && error.kind() == std::io::ErrorKind::NotFound, "{error}"),
            }
            if !output.exists() {
                std::fs::write(&output, &whole).unwrap();
            }
        }
        assert!(torn_off >= 5, "{command}: only {torn_off} were killed in time");
        // What was left, and what such a process leaves in any case.
        folder.file(".tightframe-1-0.part", "half");
        assert!(run(&words).status.success());
        assert_eq!((folder.parts(), std::fs::read(&output).unwrap()), (0, whole));
    }
}
