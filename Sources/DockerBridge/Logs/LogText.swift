import Base
import NIOCore

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
