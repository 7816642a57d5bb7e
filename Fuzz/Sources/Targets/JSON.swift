import Base
import ContainerWatch
import NIOCore

@testable import DockerBridge

extension Targets {
    /// What the scanner passes over becomes a tree, unless it is too deep for one, and nothing else does; what is written from the
    /// tree reads back as the same tree. Any bytes become a JSON string that reads back as the same text.
    static func json(_ bytes: UnsafeRawBufferPointer) {
        let kind = JSONText.validate(bytes)
        do throws(JSONError) {
            let node = try JSONNode(parsing: Array(bytes))
            precondition(kind != nil, "a tree was built of what the scanner refuses")
            // Numbers beyond a Double's range read as infinite ones, which are written as null.
            let again = try? JSONNode(parsing: Array(node.compact.utf8))
            precondition(again?.compact == node.compact, "a tree does not read back")
        } catch {
            precondition(kind == nil || error.reason == .tooDeep, "what the scanner takes makes no tree")
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
