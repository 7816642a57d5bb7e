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
