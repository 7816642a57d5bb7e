import Base
import DockerBridge
import Drydock
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
        let object = ByteBuffer(jsonObject: { json in
            json.member("at", self.at.rfc3339)
            json.member("controller", "\(self.controller)")
            json.member("dialect", self.dialect.rawValue)
            json.member("keyId", self.keyID)
            json.object("phases") { $0.members(self.timings) }
            json.member("up", self.uptime?.seconds)
            json.member("end", self.end.code)
            json.member("reason", "\(self.end)")
        })
        return String(buffer: object)
    }
}

extension JSONWriter<ByteBuffer> {
    /// `"dns":1.2,"tcp":0.4`, in milliseconds.
    mutating func members(_ timings: PhaseTimings) {
        for entry in timings.entries {
            self.key(named: entry.phase.rawValue)
            self.value((entry.duration * 1000).seconds)
        }
    }
}
