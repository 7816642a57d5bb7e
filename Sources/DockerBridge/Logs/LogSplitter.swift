import Base
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

/// Joins the pieces of a log into texts of one output each that never cut a character.
struct LogText {
    /// Bytes of one text; what a frame carries.
    static let pieceBytes = 32 * 1024

    private var current = StdStream.stdout
    private var text = ByteBuffer()
    /// Beginnings of characters, of outputs that are not the current one.
    private var held: [StdStream: ByteBuffer] = [:]

    /// - Parameter emit: gets what is complete.
    mutating func append(_ bytes: ByteBuffer, _ stream: StdStream, emit: (ByteBuffer, StdStream) -> Void) {
        if stream != self.current {
            self.flush(emit)
            self.held[self.current] = self.text
            self.text = self.held.removeValue(forKey: stream) ?? ByteBuffer()
            self.current = stream
        }
        var bytes = bytes
        while let part = bytes.readSlice(length: min(Self.pieceBytes - self.text.readableBytes, bytes.readableBytes)),
            part.readableBytes > 0
        {
            self.text.writeImmutableBuffer(part)
            if self.text.readableBytes == Self.pieceBytes { self.flush(emit) }
        }
    }

    /// Gives out what has gathered, but for the beginning of a character at its end.
    mutating func flush(_ emit: (ByteBuffer, StdStream) -> Void) {
        let tail = self.text.withUnsafeReadableBytes { UTF8Check.incompleteTail($0) }
        guard self.text.readableBytes > tail, let whole = self.text.readSlice(length: self.text.readableBytes - tail)
        else {
            return
        }
        self.text = ByteBuffer(self.text.readableBytesView)
        emit(whole, self.current)
    }

    /// Nothing more comes: gives out the rest as it is.
    mutating func finish(_ emit: (ByteBuffer, StdStream) -> Void) {
        if self.text.readableBytes > 0 { emit(self.text, self.current) }
        for (stream, rest) in self.held where rest.readableBytes > 0 { emit(rest, stream) }
        self.text.clear()
        self.held.removeAll()
    }
}
