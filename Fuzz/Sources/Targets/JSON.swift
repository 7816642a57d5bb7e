import Base
import ContainerWatch
import NIOCore

@testable import DockerBridge

extension Targets {
    /// Our two JSON readers were written apart: what the strict one takes, the other takes too. And any bytes become a
    /// JSON string that reads back as the same text.
    static func json(_ bytes: UnsafeRawBufferPointer) {
        let kind = JSONText.validate(bytes)
        let node = try? JSONNode(parsing: Array(bytes))
        if UTF8Check.isValid(bytes) {
            precondition((kind == nil) == (node == nil), "one reader takes it and the other does not")
        }
        var written = ByteBuffer()
        written.writeJSONString(bytes)
        let read = try? JSONNode(parsing: Array(written.readableBytesView))
        precondition(read?.text == String(decoding: bytes, as: UTF8.self), "a string does not read back")
        precondition(written.withUnsafeReadableBytes { JSONText.validate($0) } == .string)
    }

    /// Lines of `/events`, cut anywhere.
    static func events(_ bytes: UnsafeRawBufferPointer) {
        let together = self.inPieces(bytes) { pieces in
            var splitter = LineSplitter()
            return pieces.flatMap { splitter.take(ByteBuffer(bytes: $0)) }
        }
        var cursor = EventCursor()
        for event in together.compactMap({ EngineEvent.read($0) }) where cursor.take(event) {
            precondition(!cursor.take(event), "an event is new twice")
        }
        for line in together {
            _ = try? ContainerInspect.read(line)
            _ = ContainerSummary.list(line)
        }
    }
}
