package import Logging

/// Hands every log line to a test: the message, then the fields by name.
package struct LogMailbox: LogHandler {
    let lines: Mailbox<String>
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.debug

    package static func logger(_ lines: Mailbox<String>) -> Logger {
        Logger(label: "test") { _ in LogMailbox(lines: lines) }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
        self.lines.put("\(event.message)\(fields.joined())")
    }
}
