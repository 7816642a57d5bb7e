import Base
import DockerBridge
import Logging
import NIOCore

/// How a log line looks.
enum LogFormat: String, CaseIterable {
    /// One JSON object per line: `time`, `level`, `msg`, then the fields.
    case json
    /// For eyes: the same without the quotes.
    case text
    /// `text` for the journal of systemd: the priority in front, as sd-daemon(3) has it, and no time, which the journal adds.
    case journal
}

/// Makes lines of what is logged.
///
/// Values come from peers and users, so invisible characters never reach the output as they are.
struct LogOutput: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let format: LogFormat
    private let write: @Sendable (String) -> Void

    init(
        format: LogFormat,
        level: Logger.Level,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.format = format
        self.logLevel = level
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = self.metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        self.write(
            LogLine(
                time: .now,
                level: event.level,
                message: event.message.description,
                fields: fields.map { ($0.key, $0.value.description) }
            ).text(self.format)
        )
    }
}

/// One line, ready to be written.
struct LogLine {
    let time: LogTime
    let level: Logger.Level
    let message: String
    let fields: [(name: String, value: String)]

    func text(_ format: LogFormat) -> String {
        var line = ByteBuffer()
        switch format {
        case .json:
            line.writeJSON { json in
                json.object { json in
                    json.member("time", self.time.description)
                    json.member("level", self.levelName)
                    json.member("msg", self.message)
                    for field in self.fields { json.member(named: field.name, field.value) }
                }
            }
        case .text:
            line.writeString("\(self.time) ")
            self.write(to: &line)
        case .journal:
            line.writeString("<\(self.priority)>")
            self.write(to: &line)
        }
        return String(buffer: line).escaped + "\n"
    }

    private func write(to line: inout ByteBuffer) {
        line.writeString("\(self.levelName) \(self.message)")
        for field in self.fields {
            line.writeString(" \(field.name)=")
            line.writeJSONString(field.value)
        }
    }

    /// As in syslog(3).
    private var priority: Int {
        switch self.level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    private var levelName: String {
        switch self.level {
        case .trace, .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error, .critical: "ERROR"
        }
    }
}

/// A moment in UTC, printed as RFC 3339 with all nine digits of its nanoseconds, so that log lines align.
struct LogTime: CustomStringConvertible {
    let seconds: Int
    let nanoseconds: Int

    static var now: LogTime {
        let now = UnixTime.now
        return LogTime(seconds: Int(now.seconds), nanoseconds: Int(now.nanoseconds))
    }

    var description: String {
        let fraction = String(self.nanoseconds)
        let zeros = String(repeating: "0", count: max(0, 9 - fraction.count))
        return "\(UnixTime(seconds: Int64(self.seconds)).rfc3339.dropLast()).\(zeros)\(fraction)Z"
    }
}
