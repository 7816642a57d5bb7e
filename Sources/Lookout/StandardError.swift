import Glibc

/// Text for people, and the one line that explains a failed start.
enum StandardError {
    static func write(_ text: String) {
        FileOutput.write(text, to: STDERR_FILENO)
    }
}

/// Writes to a descriptor without buffering: what was said is out when the process ends.
enum FileOutput {
    static func write(_ text: String, to descriptor: CInt) {
        var text = text
        text.withUTF8 { self.write(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt) {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            let count = Glibc.write(descriptor, base, rest.count)
            if count < 0 && errno == EINTR { continue }
            // Nobody reads any more: there is no place left to report that to.
            guard count > 0 else { return }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }
}
