import Logging
import Support

/// Hands every log line to a test: the message, then the fields by name.
struct LogMailbox: LogHandler {
    let lines: Mailbox<String>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    static func logger(_ lines: Mailbox<String>) -> Logger {
        Logger(label: "test") { _ in LogMailbox(lines: lines) }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
        self.lines.put("\(event.message)\(fields.joined())")
    }
}
