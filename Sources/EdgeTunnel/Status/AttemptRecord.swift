import Base
import DockerBridge
import NIOCore

/// One attempt to reach a controller, from the first look-up to the end of the session.
struct AttemptRecord {
    let at: UnixTime
    let controller: ControllerAddress
    let dialect: Dialect
    /// `nil` when the key could not be read.
    let keyID: String?
    var timings = PhaseTimings()
    /// Since the welcome; `nil` when there was none.
    var uptime: Duration?
    let end: SessionEnd

    /// One line of JSON, without its end: times in RFC 3339, phases in milliseconds, `up` in seconds.
    var line: String {
        var buffer = ByteBuffer()
        buffer.writeStaticString(#"{"at":"#)
        buffer.writeJSONString(self.at.rfc3339)
        buffer.writeStaticString(#","controller":"#)
        buffer.writeJSONString("\(self.controller)")
        buffer.writeStaticString(#","dialect":"#)
        buffer.writeJSONString(self.dialect.rawValue)
        if let keyID {
            buffer.writeStaticString(#","keyId":"#)
            buffer.writeJSONString(keyID)
        }
        buffer.writeStaticString(#","phases":"#)
        buffer.writePhases(self.timings)
        if let uptime {
            buffer.writeStaticString(#","up":"#)
            buffer.writeString("\(uptime.seconds)")
        }
        buffer.writeStaticString(#","end":"#)
        buffer.writeJSONString(self.end.code)
        buffer.writeStaticString(#","reason":"#)
        buffer.writeJSONString("\(self.end)")
        buffer.writeStaticString("}")
        return String(buffer: buffer)
    }
}

extension ByteBuffer {
    /// `{"dns":1.2,"tcp":0.4}`, in milliseconds.
    mutating func writePhases(_ timings: PhaseTimings) {
        self.writeStaticString("{")
        for (index, entry) in timings.entries.enumerated() {
            if index > 0 { self.writeStaticString(",") }
            self.writeJSONString(entry.phase.rawValue)
            self.writeString(":\((entry.duration * 1000).seconds)")
        }
        self.writeStaticString("}")
    }
}
