import NIOCore

/// One frame of a server-sent event stream, the way Drydock reads it: `data: ` with exactly one space, one line of JSON, an
/// empty line; no other field.
enum EventFrame {
    /// A comment, which keeps proxies and clients from taking silence for a broken connection.
    static let heartbeat = ByteBuffer(string: ": heartbeat\n\n")

    /// - Parameter write: appends one JSON object without a line break.
    static func make(_ write: (inout ByteBuffer) -> Void) -> ByteBuffer {
        var frame = ByteBuffer(string: "data: ")
        write(&frame)
        frame.writeStaticString("\n\n")
        return frame
    }

    /// `{"type":…,"data":…}`
    static func make(_ type: StaticString, _ writeData: (inout ByteBuffer) -> Void) -> ByteBuffer {
        self.make { buffer in
            buffer.writeStaticString(#"{"type":""#)
            buffer.writeStaticString(type)
            buffer.writeStaticString(#"","data":"#)
            writeData(&buffer)
            buffer.writeStaticString("}")
        }
    }
}
