import Glibc

/// Reads whole files that decide what is allowed, and refuses those that another user of the host could have written.
///
/// Links are followed, because container platforms mount files through them. Every check is made on the opened descriptor, so
/// that the file that was checked is the file that is read.
package enum TrustedFile {
    /// Why a file is not believed.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case system(SystemFault)
        /// A directory, FIFO, socket or device.
        case notRegular
        case tooLarge(maximumBytes: Int)
        /// Neither root's nor of the user that runs this process.
        case foreignOwner(UInt32)
        case writableByOthers(mode: UInt32)

        package var description: String {
            switch self {
            case .system(let fault): "cannot be read: \(fault)"
            case .notRegular: "is not a regular file"
            case .tooLarge(let bytes): "is larger than \(bytes >> 10) KiB"
            case .foreignOwner(let id): "belongs to user \(id), who could change it; make it root's, or the agent's own"
            case .writableByOthers(let mode):
                "can be written by others (mode 0\(String(mode, radix: 8))); take that away with chmod go-w"
            }
        }
    }

    /// - Parameter maximumBytes: a larger file is refused without being read.
    package static func read(_ path: String, maximumBytes: Int) throws(Failure) -> [UInt8] {
        // Non-blocking, because opening a FIFO would otherwise wait for a writer before it can be refused.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .system(.last) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(.last) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        if let failure = self.problem(owner: status.st_uid, mode: status.st_mode) { throw failure }
        // One byte more, so that a file that has grown meanwhile is noticed.
        var fault: SystemFault?
        let bytes = [UInt8](unsafeUninitializedCapacity: maximumBytes + 1) { room, count in
            let progress = FileIO.read(into: UnsafeMutableRawBufferPointer(room), from: descriptor)
            (count, fault) = (progress.bytes, progress.fault)
        }
        if let fault { throw .system(fault) }
        guard bytes.count <= maximumBytes else { throw .tooLarge(maximumBytes: maximumBytes) }
        return bytes
    }

    static func problem(owner: uid_t, mode: mode_t, user: uid_t = geteuid()) -> Failure? {
        if owner != 0, owner != user { return .foreignOwner(owner) }
        return mode & 0o022 != 0 ? .writableByOthers(mode: mode & 0o7777) : nil
    }
}
