import NIOCore

/// Takes the engine's log body apart: raw bytes of a terminal, or frames of two outputs.
enum LogSplitter {
    case raw
    case framed(StdcopyDecoder)
    /// Not known yet; the first bytes tell.
    case unknown(ByteBuffer)

    /// - Parameter isTTY: whether the container has a terminal; `nil` where that cannot be asked.
    init(isTTY: Bool?) {
        switch isTTY {
        case true?: self = .raw
        case false?: self = .framed(StdcopyDecoder())
        case nil: self = .unknown(ByteBuffer())
        }
    }

    /// Calls `body` with the pieces of text in `bytes`, which are taken off it, until `body` returns `false`.
    mutating func split(
        _ bytes: inout ByteBuffer,
        _ body: (ByteBuffer, StdStream) -> Bool
    ) throws(StdcopyDecoder.Malformed) {
        switch self {
        case .raw: _ = body(exchange(&bytes, with: ByteBuffer()), .stdout)
        case .framed(var decoder):
            try decoder.decode(&bytes, body)
            self = .framed(decoder)
        case .unknown(var start):
            start.writeImmutableBuffer(exchange(&bytes, with: ByteBuffer()))
            guard start.readableBytes >= 8 else {
                self = .unknown(start)
                return
            }
            self = LogSplitter(isTTY: !Self.isFrame(start))
            bytes = start
            try self.split(&bytes, body)
        }
    }

    /// Nothing more comes.
    mutating func finish(_ body: (ByteBuffer, StdStream) -> Void) {
        if case .unknown(let start) = self, start.readableBytes > 0 { body(start, .stdout) }
    }

    private static func isFrame(_ start: ByteBuffer) -> Bool {
        let bytes = start.readableBytesView.prefix(4)
        return bytes.first.map { $0 <= 2 } == true && bytes.dropFirst().allSatisfy { $0 == 0 }
    }
}
