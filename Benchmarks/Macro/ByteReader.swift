/// Reads lines and runs of bytes off a socket.
struct ByteReader: ~Copyable {
    private let socket: Socket
    private let memory: UnsafeMutableRawBufferPointer
    private var start = 0
    private var end = 0

    /// - Parameter capacity: bytes of the longest run that is asked for.
    init(_ socket: Socket, capacity: Int) {
        self.socket = socket
        self.memory = .allocate(byteCount: capacity, alignment: 16)
    }

    deinit {
        self.memory.deallocate()
    }

    private mutating func fill() -> Bool {
        if self.start > 0 {
            self.memory.copyMemory(from: UnsafeRawBufferPointer(rebasing: self.memory[self.start..<self.end]))
            self.end -= self.start
            self.start = 0
        }
        guard self.end < self.memory.count else { fail("a message larger than \(self.memory.count) bytes") }
        let count = self.socket.read(into: UnsafeMutableRawBufferPointer(rebasing: self.memory[self.end...]))
        self.end += count
        return count > 0
    }

    /// Waits for `count` bytes, which stay valid until the next call; `nil` when the peer has closed.
    mutating func take(_ count: Int) -> UnsafeMutableRawBufferPointer? {
        while self.end - self.start < count {
            guard self.fill() else { return nil }
        }
        self.start += count
        return UnsafeMutableRawBufferPointer(rebasing: self.memory[(self.start - count)..<self.start])
    }

    /// Whatever has come, at least a byte; empty when the peer has closed.
    mutating func takeSome() -> UnsafeMutableRawBufferPointer {
        if self.start == self.end {
            self.start = 0
            self.end = 0
            _ = self.fill()
        }
        defer { self.start = self.end }
        return UnsafeMutableRawBufferPointer(rebasing: self.memory[self.start..<self.end])
    }

    /// A line without its CRLF; `nil` when the peer has closed.
    mutating func line() -> String? {
        var searched = 0
        while true {
            let waiting = self.memory[(self.start + searched)..<self.end]
            if let newline = waiting.firstIndex(of: UInt8(ascii: "\n")) {
                let text = String(decoding: self.memory[self.start..<newline], as: UTF8.self)
                self.start = newline + 1
                return text.hasSuffix("\r") ? String(text.dropLast()) : text
            }
            searched = self.end - self.start
            guard self.fill() else { return nil }
        }
    }

    /// A message's first line and its fields, names in lower case.
    mutating func head() -> (line: String, fields: [String: String])? {
        guard let first = self.line() else { return nil }
        var fields: [String: String] = [:]
        while let line = self.line(), !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            fields[line[..<colon].lowercased()] = String(value)
        }
        return (first, fields)
    }
}
