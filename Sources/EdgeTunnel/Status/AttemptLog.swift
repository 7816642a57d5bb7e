import Base
import DockerBridge
import Drydock
import NIOCore

/// The last attempts, newest last, kept across restarts when there is a folder for it.
///
/// The file has one JSON object per line and is replaced as a whole, so that a reader never sees half of it.
struct AttemptLog: Sendable {
    static let capacity = 50
    static let fileName = "attempts.jsonl"
    /// Fifty lines, each with a reason of 512 bytes and a message of 512, six bytes each where they have to be escaped, take
    /// some 320 KiB.
    private static let maximumFileBytes = 512 * 1024

    /// Each a JSON object.
    private(set) var lines: [String] = []
    private let path: String?

    /// - Parameter folder: `nil` keeps nothing beyond the process.
    /// - Throws: never: what cannot be read is forgotten, since it only informs.
    init(folder: String?) {
        self.path = folder.map { "\($0)/\(Self.fileName)" }
        guard let path, let text = Self.read(path) else { return }
        self.lines = text.split(separator: "\n").suffix(Self.capacity).map(String.init).filter { line in
            var line = line
            return line.withUTF8 { JSONText.validate(UnsafeRawBufferPointer($0)) == .object }
        }
    }

    /// - Returns: why the file could not be written, or `nil`.
    mutating func append(_ record: AttemptRecord) -> String? {
        self.lines.append(record.line)
        if self.lines.count > Self.capacity { self.lines.removeFirst() }
        guard let path else { return nil }
        return Self.replace(path, with: self.lines.map { "\($0)\n" }.joined())
    }

    private static func read(_ path: String) -> String? {
        guard let bytes = try? RegularFile.read(path, maximumBytes: self.maximumFileBytes) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func replace(_ path: String, with text: String) -> String? {
        do throws(SystemFault) {
            try NewFile.replace(path, with: text)
            return nil
        } catch {
            return "\(path): \(error)"
        }
    }
}

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
