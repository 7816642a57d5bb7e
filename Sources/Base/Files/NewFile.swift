package import Glibc

/// Makes files and puts them in the place of others. The only place that does.
///
/// A new file is made with `O_EXCL` and `O_NOFOLLOW`: a link of that name is not followed, a FIFO not opened, and the other
/// names of a hard link keep their content. What has the name already is never emptied and written again.
package enum NewFile {
    /// Whether the content is on the disk when a call returns, or only in the kernel: a crash of the host loses the latter.
    package enum Durability: Sendable {
        case kernel
        case disk
    }

    /// Opens a file that did not exist, for writing.
    ///
    /// - Parameters:
    ///   - name: a path, taken from `folder` if it is relative.
    ///   - folder: an open directory; the working directory by default.
    ///   - mode: of the file, less the process's umask.
    /// - Throws: `EEXIST` where something has the name.
    /// - Returns: a descriptor that the caller closes.
    package static func open(
        _ name: String,
        in folder: CInt = AT_FDCWD,
        mode: mode_t = 0o600,
        appends: Bool = false
    ) throws(SystemFault) -> CInt {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | (appends ? O_APPEND : 0)
        let descriptor = openat(folder, name, flags, mode)
        guard descriptor >= 0 else { throw .last }
        return descriptor
    }

    /// Makes a file that did not exist, whole or not at all.
    ///
    /// - Throws: `EEXIST` where something has the name.
    package static func create(
        _ name: String,
        in folder: CInt = AT_FDCWD,
        with contents: Span<UInt8>,
        mode: mode_t = 0o600,
        durability: Durability = .kernel
    ) throws(SystemFault) {
        let descriptor = try self.open(name, in: folder, mode: mode)
        var fault = contents.withUnsafeBytes { FileIO.write($0, to: descriptor) }.fault
        if fault == nil, durability == .disk, fsync(descriptor) != 0 { fault = .last }
        if close(descriptor) != 0, fault == nil { fault = .last }
        guard let fault else { return }
        unlinkat(folder, name, 0)
        throw fault
    }

    /// Puts a file in place of whatever has the name, whole or not at all: a reader sees the old one or the new one.
    ///
    /// - Parameter temporary: the name beside it under which the file is written first. What a crash left there goes.
    package static func replace(
        _ name: String,
        in folder: CInt = AT_FDCWD,
        temporary: String,
        with contents: Span<UInt8>,
        mode: mode_t = 0o600,
        durability: Durability = .kernel
    ) throws(SystemFault) {
        unlinkat(folder, temporary, 0)
        try self.create(temporary, in: folder, with: contents, mode: mode, durability: durability)
        guard renameat(folder, temporary, folder, name) == 0 else {
            let fault = SystemFault.last
            unlinkat(folder, temporary, 0)
            throw fault
        }
    }

    /// As above for a path, written first as `PATH.new`.
    package static func replace(_ path: String, with text: String, mode: mode_t = 0o600) throws(SystemFault) {
        let bytes = Array(text.utf8)
        try self.replace(path, temporary: "\(path).new", with: bytes.span, mode: mode)
    }
}
