import Glibc

/// Reads whole files.
package enum RegularFile {
    package enum Failure: Error, Equatable {
        case system(SystemFault)
        /// A directory, FIFO, socket or device.
        case notRegular
        case tooLarge
    }

    /// - Parameters:
    ///   - maximumBytes: a larger file is refused without being read.
    ///   - followsLinks: for files that an operator names; files of ours are not behind links.
    /// - Returns: what the file held when it was opened, or less if it was cut meanwhile.
    package static func read(_ path: String, maximumBytes: Int, followsLinks: Bool = false) throws(Failure) -> [UInt8] {
        // Non-blocking, because opening a FIFO would otherwise wait for a writer before it can be refused.
        let links = followsLinks ? 0 : O_NOFOLLOW
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | links | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .system(.last) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(.last) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        guard status.st_size <= maximumBytes else { throw .tooLarge }
        var fault: SystemFault?
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { room, count in
            let progress = FileIO.read(into: UnsafeMutableRawBufferPointer(room), from: descriptor)
            (count, fault) = (progress.bytes, progress.fault)
        }
        if let fault { throw .system(fault) }
        return bytes
    }
}
