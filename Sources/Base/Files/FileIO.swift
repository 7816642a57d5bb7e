import Glibc

/// The loops around `write` and `read`, each of which may be interrupted and may do less than was asked for.
package enum FileIO {
    /// How far a loop came. `fault` is `nil` when it came to its end.
    package struct Progress: Equatable {
        package let bytes: Int
        package let fault: SystemFault?
    }

    @discardableResult
    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) -> Progress {
        var done = 0
        while done < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return Progress(bytes: done, fault: count < 0 ? .last : SystemFault(ENOSPC)) }
            done += count
        }
        return Progress(bytes: done, fault: nil)
    }

    @discardableResult
    package static func write(_ bytes: [UInt8], to descriptor: CInt) -> Progress {
        bytes.withUnsafeBytes { self.write($0, to: descriptor) }
    }

    @discardableResult
    package static func write(_ text: String, to descriptor: CInt) -> Progress {
        var text = text
        return text.withUTF8 { self.write(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    /// Reads until the room is full or the file ends.
    package static func read(into room: UnsafeMutableRawBufferPointer, from descriptor: CInt) -> Progress {
        var done = 0
        while done < room.count {
            let count = Glibc.read(descriptor, room.baseAddress?.advanced(by: done), room.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return Progress(bytes: done, fault: .last) }
            if count == 0 { break }
            done += count
        }
        return Progress(bytes: done, fault: nil)
    }
}

/// What the system said about a call that failed: an `errno` and its sentence.
package struct SystemFault: Error, Equatable, CustomStringConvertible {
    package let code: CInt

    package init(_ code: CInt) {
        self.code = code
    }

    /// Of the last call of this thread.
    package static var last: SystemFault { SystemFault(errno) }

    package var description: String { String(cString: strerror(self.code)) }
}

/// Reads whole files.
package enum RegularFile {
    /// Why a file was not read.
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
