import NIOCore

/// Reads what the agent writes to one client, at the moment it is written: where answers begin and end, and whether their
/// bytes are the engine's.
struct AnswerTap {
    struct Head: Equatable {
        let status: Int
        /// Of the engine's plan.
        let key: Int?
        let closes: Bool
        fileprivate let length: Int?
        fileprivate let isChunked: Bool
    }

    enum Event: Equatable {
        /// A final answer, or a switch of protocols.
        case began(Head)
        case body(ByteBuffer)
        case ended
        /// It is not HTTP, or something follows the last answer.
        case malformed(String)
    }

    private enum State {
        case head
        case sized(Int)
        case chunkLine
        case chunk(Int)
        case chunkEnd
        case lastLine
        case untilClose
        /// After a switch of protocols.
        case raw
    }

    private var state = State.head
    private var unread = ByteBuffer()

    /// Whether nothing is under way.
    var isBetweenAnswers: Bool { if case .head = self.state { self.unread.readableBytes == 0 } else { false } }
    /// Whether the end of the connection is the end of the answer.
    var endsWithConnection: Bool { if case .untilClose = self.state { true } else { false } }

    /// - Parameter isHead: whether the request whose answer comes next is a HEAD.
    mutating func wrote(_ bytes: ByteBuffer, isHead: () -> Bool, _ tell: (Event) -> Void) {
        self.unread.writeImmutableBuffer(bytes)
        while let event = self.next(isHead) { tell(event) }
        if self.unread.readableBytes == 0 { self.unread.clear() }
    }

    private mutating func next(_ isHead: () -> Bool) -> Event? {
        while true {
            switch self.state {
            case .head:
                guard let text = self.takeHead() else { return nil }
                guard let head = Self.parse(text) else { return .malformed("an answer begins with \(text.prefix(40))") }
                if head.status == 100 { continue }
                if head.status == 101 {
                    self.state = .raw
                } else if isHead() || head.status == 204 || head.status == 304 {
                    self.state = .sized(0)
                } else if head.isChunked {
                    self.state = .chunkLine
                } else {
                    self.state = head.length.map { .sized($0) } ?? .untilClose
                }
                return .began(head)
            case .sized(0), .lastLine:
                if case .lastLine = self.state, self.takeLine() == nil { return nil }
                self.state = .head
                return .ended
            case .sized(let rest):
                guard let bytes = self.take(rest) else { return nil }
                self.state = .sized(rest - bytes.readableBytes)
                return .body(bytes)
            case .chunkLine:
                guard let line = self.takeLine() else { return nil }
                guard let size = Int(line, radix: 16) else {
                    return .malformed("a chunk has the size \(line.prefix(20))")
                }
                self.state = size == 0 ? .lastLine : .chunk(size)
            case .chunk(let rest):
                guard let bytes = self.take(rest) else { return nil }
                self.state = rest == bytes.readableBytes ? .chunkEnd : .chunk(rest - bytes.readableBytes)
                return .body(bytes)
            case .chunkEnd:
                guard let line = self.takeLine() else { return nil }
                guard line.isEmpty else { return .malformed("a chunk is followed by \(line.prefix(20))") }
                self.state = .chunkLine
            case .untilClose, .raw: return self.take(.max).map { .body($0) }
            }
        }
    }

    private mutating func take(_ limit: Int) -> ByteBuffer? {
        guard self.unread.readableBytes > 0 else { return nil }
        return self.unread.readSlice(length: min(limit, self.unread.readableBytes))
    }

    private mutating func takeLine() -> String? {
        let view = self.unread.readableBytesView
        guard let end = view.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { self.unread.moveReaderIndex(to: end + 1) }
        return String(decoding: view[..<end].dropLast(), as: UTF8.self)
    }

    private mutating func takeHead() -> String? {
        // Every head is written in one piece.
        guard self.unread.readableBytes > 0 else { return nil }
        let view = self.unread.readableBytesView
        guard let end = view.firstRange(of: Self.headEnd) else { return nil }
        defer { self.unread.moveReaderIndex(to: end.upperBound) }
        return String(decoding: view[..<end.lowerBound], as: UTF8.self)
    }

    private static let headEnd = Array("\r\n\r\n".utf8)

    private static func parse(_ text: String) -> Head? {
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        guard text.hasPrefix("HTTP/1.1 "), let status = Int(lines[0].dropFirst(9).prefix(3)) else { return nil }
        func value(_ name: String) -> Substring? { lines.first { $0.hasPrefix(name) }?.dropFirst(name.count) }
        return Head(
            status: status,
            key: value("X-Key: ").flatMap { Int($0) },
            closes: value("Connection: ") == "close",
            length: value("Content-Length: ").flatMap { Int($0) },
            isChunked: value("Transfer-Encoding: ") == "chunked"
        )
    }
}
