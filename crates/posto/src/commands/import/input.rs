//! The files of an import opened: `-` is standard input, and what is packed with gzip or zip, told
//! by its first bytes, is unpacked on the way.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Seek as _, copy};
use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context as _, anyhow, bail};
use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;
use zip::ZipArchive;

use super::limits::{MAX_ARCHIVE_FILES, MAX_LAYERS, MAX_UNPACKED};
use crate::language::Language;

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZIP: &[u8] = b"PK\x03\x04";
const EMPTY_ZIP: &[u8] = b"PK\x05\x06";

/// As much as tells what a file is.
const HEAD_BYTES: u64 = 4;

const BUFFER_BYTES: usize = 1 << 16;

/// An open file and what to call it in messages.
pub struct Input {
    pub name: String,
    /// When it was written, where known.
    pub written_at: Option<SystemTime>,
    pub reader: Reader,
}

pub type Reader = Box<dyn BufRead + Send>;

/// Opens a file; an archive may hold several. The bar's length grows by the file's, and its position
/// by what is read of it.
pub fn open(path: &Path, bar: &ProgressBar, language: Language) -> anyhow::Result<Vec<Input>> {
    if path.as_os_str() == "-" {
        let name = language.pick("entrada padrão", "standard input").to_owned();
        let reader = Box::new(BufReader::new(bar.wrap_read(io::stdin())));
        return unpacked(Input { name, written_at: None, reader }, language);
    }
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| name.clone())?;
    let about = file.metadata().with_context(|| name.clone())?;
    if about.is_dir() {
        bail!("{name}: {}", language.pick("é um diretório", "it is a directory"));
    }
    bar.inc_length(about.len());
    let reader = Box::new(BufReader::with_capacity(BUFFER_BYTES, bar.wrap_read(file)));
    unpacked(Input { name, written_at: about.modified().ok(), reader }, language)
}

/// Takes off one wrapping after the other.
fn unpacked(mut input: Input, language: Language) -> anyhow::Result<Vec<Input>> {
    for _ in 0..MAX_LAYERS {
        let Input { name, written_at, mut reader } = input;
        let mut head = Vec::new();
        reader.by_ref().take(HEAD_BYTES).read_to_end(&mut head).with_context(|| name.clone())?;
        let (gzip, zip) = (head.starts_with(GZIP), head.starts_with(ZIP) || head.starts_with(EMPTY_ZIP));
        let reader: Reader = Box::new(Cursor::new(head).chain(reader));
        if zip {
            let files = archived(&name, reader, language)?;
            return Ok(files.into_iter().map(|file| Input { written_at, ..file }).collect());
        }
        if !gzip {
            return Ok(vec![Input { name, written_at, reader }]);
        }
        let decoder = BufReader::with_capacity(BUFFER_BYTES, MultiGzDecoder::new(reader));
        input = Input { name, written_at, reader: Box::new(decoder) };
    }
    bail!("{}: {}", input.name, language.pick("empacotado vezes demais", "packed too many times over"))
}

/// The files of an archive, each in a nameless file of its own: an archive's directory is at its
/// end, and only one of its files can be read from it at a time.
fn archived(name: &str, mut reader: Reader, language: Language) -> anyhow::Result<Vec<Input>> {
    let mut whole = tempfile::tempfile().context("cannot make a temporary file")?;
    copy(&mut reader, &mut whole).with_context(|| name.to_owned())?;
    let broken = |error: &dyn std::fmt::Display| {
        let what = language.pick("o arquivo zip está danificado", "the zip archive is damaged");
        anyhow!("{name}: {what}: {error}")
    };
    let mut archive = ZipArchive::new(BufReader::new(whole)).map_err(|error| broken(&error))?;
    let mut inputs = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| broken(&error))?;
        if !entry.is_file() {
            continue;
        }
        let inside = entry.name().map_err(|error| broken(&error))?;
        let name = format!("{name}/{inside}");
        if inputs.len() == MAX_ARCHIVE_FILES {
            let pt = format!("mais de {MAX_ARCHIVE_FILES} arquivos dentro");
            bail!("{name}: {}", language.choose(pt, format!("more than {MAX_ARCHIVE_FILES} files inside")));
        }
        let mut file = tempfile::tempfile().context("cannot make a temporary file")?;
        let copied = copy(&mut entry.by_ref().take(MAX_UNPACKED), &mut file).map_err(|error| broken(&error))?;
        if copied == MAX_UNPACKED {
            bail!("{name}: {} {MAX_UNPACKED} bytes", language.pick("passa de", "longer than"));
        }
        file.rewind().with_context(|| name.clone())?;
        let reader = Box::new(BufReader::with_capacity(BUFFER_BYTES, file));
        inputs.push(Input { name, written_at: None, reader });
    }
    if inputs.is_empty() {
        bail!("{name}: {}", language.pick("o arquivo zip está vazio", "the zip archive is empty"));
    }
    Ok(inputs)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zipped(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        writer.add_directory("inside", SimpleFileOptions::default()).unwrap();
        for (name, bytes) in files {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn read(bytes: &[u8]) -> anyhow::Result<Vec<(String, String)>> {
        let input = Input { name: "f".to_owned(), written_at: None, reader: Box::new(Cursor::new(bytes.to_vec())) };
        let text = |mut input: Input| {
            let mut text = String::new();
            input.reader.read_to_string(&mut text)?;
            Ok((input.name, text))
        };
        unpacked(input, Language::En)?.into_iter().map(text).collect()
    }

    #[test]
    fn whatever_it_is_packed_in_a_file_is_read_the_same() {
        let told = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
        assert_eq!(read(b"a;b").unwrap(), told("f", "a;b"));
        assert_eq!(read(b"").unwrap(), told("f", ""));
        assert_eq!(read(b"P").unwrap(), told("f", "P"));
        assert_eq!(read(&gzip(b"a;b")).unwrap(), told("f", "a;b"));
        assert_eq!(read(&[gzip(b"a;"), gzip(b"b")].concat()).unwrap(), told("f", "a;b"));
        assert_eq!(read(&gzip(&gzip(b"a;b"))).unwrap(), told("f", "a;b"));
        let two = zipped(&[("inside/x.csv", b"x"), ("y.csv", b"y")]);
        let expected = [told("f/inside/x.csv", "x"), told("f/y.csv", "y")].concat();
        assert_eq!(read(&two).unwrap(), expected);
        assert_eq!(read(&gzip(&two)).unwrap(), expected);
    }

    #[test]
    fn damaged_packing_is_told() {
        let error = |bytes: &[u8]| format!("{:#}", read(bytes).unwrap_err());
        let packed = gzip(b"some text that is long enough");
        assert!(!error(&packed[..packed.len() - 5]).is_empty());
        let two = zipped(&[("x.csv", b"x")]);
        assert!(error(&two[..two.len() - 5]).starts_with("f: the zip archive is damaged: "));
        assert_eq!(error(&zipped(&[])), "f: the zip archive is empty");
        let deep = (0..4).fold(b"x".to_vec(), |bytes, _| gzip(&bytes));
        assert_eq!(error(&deep), "f: packed too many times over");
    }
}
