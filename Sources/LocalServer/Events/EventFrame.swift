import Base
import DockerBridge
import NIOCore

/// One frame of a server-sent event stream, the way Drydock reads it: `data: ` with exactly one space, one line of JSON, an
/// empty line; no other field.
enum EventFrame {
    /// A comment, which keeps proxies and clients from taking silence for a broken connection.
    static let heartbeat = ByteBuffer(string: ": heartbeat\n\n")

    /// - Parameter write: writes one JSON object.
    static func make(_ write: (inout JSONWriter<ByteBuffer>) -> Void) -> ByteBuffer {
        var frame = ByteBuffer(string: "data: ")
        frame.writeJSON(write)
        frame.writeStaticString("\n\n")
        return frame
    }

    /// `{"type":…,"data":…}`
    static func make(_ type: String, _ writeData: (inout JSONWriter<ByteBuffer>) -> Void) -> ByteBuffer {
        self.make { json in
            json.object { json in
                json.member("type", type)
                json.key("data")
                writeData(&json)
            }
        }
    }
}
