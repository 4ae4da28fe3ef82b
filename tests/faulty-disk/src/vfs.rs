//! The disks shown to SQLite: the C functions of a VFS, each a few lines that turn pointers into
//! Rust values and leave the rest to `disk.rs`.
//!
//! What SQLite promises its VFS (<https://sqlite.org/c3ref/vfs.html>, `io_methods.html`), and every
//! block below rests on: names are NUL-terminated; a file's memory has `szOsFile` bytes, aligned for
//! pointers, and stays where it is from `xOpen` to `xClose`; file methods come only between those
//! two, and for one file from one thread at a time; buffers hold as many bytes as are told; out
//! parameters can be written.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem::size_of;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError, Weak};

use rusqlite::ffi;

use crate::VFS;
use crate::disk::{Cycle, Disk, Refusal};

/// Where the disks are mounted.
static MOUNTED: Mutex<Vec<(PathBuf, Weak<Mutex<Disk>>)>> = Mutex::new(Vec::new());

/// Mounts the disk on a directory until it is dropped.
pub(crate) fn mount(directory: PathBuf, disk: &Arc<Mutex<Disk>>) {
    register();
    let mut mounted = MOUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    mounted.retain(|(other, disk)| *other != directory && disk.strong_count() > 0);
    mounted.push((directory, Arc::downgrade(disk)));
}

fn disk_of(path: &str) -> Option<Arc<Mutex<Disk>>> {
    let mounted = MOUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    mounted.iter().find(|(directory, _)| Path::new(path).starts_with(directory))?.1.upgrade()
}

/// One open file, as SQLite holds it: C's half first, ours behind a pointer.
#[repr(C)]
struct OpenFile {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

/// Our half of an open file.
struct Handle {
    disk: Arc<Mutex<Disk>>,
    name: String,
    cycle: Cycle,
    /// The index of the write-ahead log. It is memory that processes share, never on the disk, and
    /// gone with the file.
    shared: Vec<*mut [u64]>,
}

impl Handle {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.disk().close(&self.name, self.cycle);
        for region in self.shared.drain(..) {
            // SAFETY: made by `Box::into_raw` in `shared_memory`, freed only here; SQLite has
            // closed the file and uses it no more.
            drop(unsafe { Box::from_raw(region) });
        }
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(lock),
    xCheckReservedLock: Some(is_reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shared_memory),
    xShmLock: Some(lock_shared),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(forget_shared),
    xFetch: None,
    xUnfetch: None,
};

fn register() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let name = std::ffi::CString::new(VFS).expect("the name has no NUL");
        let vfs = ffi::sqlite3_vfs {
            iVersion: 1,
            szOsFile: c_int::try_from(size_of::<OpenFile>()).expect("two pointers"),
            mxPathname: 1024,
            pNext: ptr::null_mut(),
            zName: name.into_raw(),
            pAppData: ptr::null_mut(),
            xOpen: Some(open),
            xDelete: Some(delete),
            xAccess: Some(access),
            xFullPathname: Some(full_path),
            xDlOpen: None,
            xDlError: None,
            xDlSym: None,
            xDlClose: None,
            xRandomness: Some(randomness),
            xSleep: Some(sleep),
            xCurrentTime: Some(current_time),
            xGetLastError: Some(last_error),
            xCurrentTimeInt64: None,
            xSetSystemCall: None,
            xGetSystemCall: None,
            xNextSystemCall: None,
        };
        // SAFETY: the table and its name are leaked, so they live as long as SQLite.
        let code = unsafe { ffi::sqlite3_vfs_register(Box::leak(Box::new(vfs)), 0) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite refuses the VFS");
    });
}

/// The code that SQLite gets: `failed` where nothing better says why.
fn code(outcome: Result<(), Refusal>, failed: c_int) -> c_int {
    match outcome {
        Ok(()) => ffi::SQLITE_OK,
        Err(Refusal::Full) => ffi::SQLITE_FULL,
        Err(Refusal::NotSynced) => ffi::SQLITE_IOERR_FSYNC,
        Err(Refusal::Missing | Refusal::AlreadyOpen) => ffi::SQLITE_CANTOPEN,
        Err(Refusal::Dead) => failed,
    }
}

fn text<'a>(name: *const c_char) -> Option<&'a str> {
    // SAFETY: SQLite's names are NULL or NUL-terminated, and outlive the call.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) })?.to_str().ok()
}

fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Handle {
    // SAFETY: SQLite calls file methods with files that `open` made, one call at a time.
    unsafe { &mut *(*file.cast::<OpenFile>()).handle }
}

fn size(number: i64) -> usize {
    usize::try_from(number).expect("SQLite's sizes and offsets are not negative")
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives memory for the file; without methods it will not close it.
    unsafe { (*file).pMethods = ptr::null() };
    let Some((name, disk)) = text(name).and_then(|name| Some((name, disk_of(name)?))) else {
        return ffi::SQLITE_CANTOPEN;
    };
    let (create, database) = (flags & ffi::SQLITE_OPEN_CREATE != 0, flags & ffi::SQLITE_OPEN_MAIN_DB != 0);
    let opened = disk.lock().unwrap_or_else(PoisonError::into_inner).open(name, create, database);
    let cycle = match opened {
        Ok(cycle) => cycle,
        Err(refusal) => return code(Err(refusal), ffi::SQLITE_IOERR),
    };
    let handle = Box::new(Handle { disk, name: name.to_owned(), cycle, shared: Vec::new() });
    let open = OpenFile { base: ffi::sqlite3_file { pMethods: &raw const METHODS }, handle: Box::into_raw(handle) };
    // SAFETY: the memory has room for an `OpenFile` (`szOsFile`); `out_flags` may be NULL.
    unsafe {
        file.cast::<OpenFile>().write(open);
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: `open` made the handle with `Box::into_raw`; after this call nobody uses it.
    drop(unsafe { Box::from_raw((*file.cast::<OpenFile>()).handle) });
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_directory: c_int) -> c_int {
    let Some((name, disk)) = text(name).and_then(|name| Some((name, disk_of(name)?))) else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    let outcome = disk.lock().unwrap_or_else(PoisonError::into_inner).delete(name, sync_directory != 0);
    if outcome == Err(Refusal::Missing) {
        return ffi::SQLITE_IOERR_DELETE_NOENT;
    }
    code(outcome, ffi::SQLITE_IOERR_DELETE)
}

unsafe extern "C" fn access(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int, out: *mut c_int) -> c_int {
    let disk = text(name).and_then(|name| Some((name, disk_of(name)?)));
    let exists =
        disk.map_or(Ok(false), |(name, disk)| disk.lock().unwrap_or_else(PoisonError::into_inner).exists(name));
    // SAFETY: `out` can be written.
    unsafe { *out = c_int::from(exists == Ok(true)) };
    code(exists.map(drop), ffi::SQLITE_IOERR_ACCESS)
}

unsafe extern "C" fn full_path(_: *mut ffi::sqlite3_vfs, name: *const c_char, room: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite's name is NUL-terminated.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if bytes.len() > size(room.into()) {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: `out` has `room` bytes, enough for these, and does not overlap the name.
    unsafe { ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(file: *mut ffi::sqlite3_file, buffer: *mut c_void, length: c_int, offset: i64) -> c_int {
    // SAFETY: the buffer has `length` bytes. Zeroed first, since SQLite need not have set them.
    let buffer = unsafe {
        ptr::write_bytes(buffer.cast::<u8>(), 0, size(length.into()));
        std::slice::from_raw_parts_mut(buffer.cast::<u8>(), size(length.into()))
    };
    let handle = handle(file);
    match handle.disk().read(&handle.name, handle.cycle, size(offset), buffer) {
        Ok(there) if there < buffer.len() => ffi::SQLITE_IOERR_SHORT_READ,
        outcome => code(outcome.map(drop), ffi::SQLITE_IOERR_READ),
    }
}

unsafe extern "C" fn write(file: *mut ffi::sqlite3_file, bytes: *const c_void, length: c_int, offset: i64) -> c_int {
    // SAFETY: the buffer has `length` bytes.
    let bytes = unsafe { std::slice::from_raw_parts(bytes.cast::<u8>(), size(length.into())) };
    let handle = handle(file);
    code(handle.disk().write(&handle.name, handle.cycle, size(offset), bytes), ffi::SQLITE_IOERR_WRITE)
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, length: i64) -> c_int {
    let handle = handle(file);
    code(handle.disk().resize(&handle.name, handle.cycle, size(length)), ffi::SQLITE_IOERR_TRUNCATE)
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    let handle = handle(file);
    code(handle.disk().sync(&handle.name, handle.cycle), ffi::SQLITE_IOERR_FSYNC)
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    let handle = handle(file);
    let size = handle.disk().size(&handle.name, handle.cycle);
    // SAFETY: `out` can be written.
    unsafe { *out = size.map_or(0, |size| i64::try_from(size).unwrap_or(i64::MAX)) };
    code(size.map(drop), ffi::SQLITE_IOERR_FSTAT)
}

unsafe extern "C" fn lock(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn is_reserved(_: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: `out` can be written.
    unsafe { *out = 0 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    4096
}

/// What SQLite assumes of a real disk on Unix: a write changes no byte beside it.
unsafe extern "C" fn characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE
}

unsafe extern "C" fn shared_memory(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    length: c_int,
    _: c_int,
    out: *mut *mut c_void,
) -> c_int {
    let shared = &mut handle(file).shared;
    let (region, words) = (size(region.into()), size(length.into()).div_ceil(size_of::<u64>()));
    while shared.len() <= region {
        shared.push(Box::into_raw(vec![0_u64; words].into_boxed_slice()));
    }
    // SAFETY: `out` can be written; the region lives until the file is closed.
    unsafe { *out = shared[region].cast() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn lock_shared(_: *mut ffi::sqlite3_file, _: c_int, _: c_int, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

unsafe extern "C" fn barrier(_: *mut ffi::sqlite3_file) {}

unsafe extern "C" fn forget_shared(_: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    ffi::SQLITE_OK
}

/// SQLite asks its default VFS for randomness, not this one: nothing is made up here.
unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    microseconds
}

/// The Unix epoch as a Julian day: nothing tested here reads SQLite's clock.
unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, out: *mut f64) -> c_int {
    // SAFETY: `out` can be written.
    unsafe { *out = 2_440_587.5 };
    ffi::SQLITE_OK
}

unsafe extern "C" fn last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}
