import Base
import NIOCore

/// Something that happened to a container.
package struct EngineEvent: Hashable, Sendable {
    package var action: String
    package var containerID: String
    package var containerName: String
    package var image: String
    /// As the engine gives them, sorted by name.
    package var attributes: [ContainerRecord.Pair]
    /// Nanoseconds since 1970, by the engine's clock.
    package var time: Int
    /// False where the engine tells only the second, in which it happened at any moment.
    package var hasNanoseconds = true

    /// What changes how a container looks. Everything else, above all what health checks do every few seconds
    /// (`exec_create`, `exec_start`, `exec_die`), is noise.
    static let relevant: Set = [
        "create", "start", "stop", "die", "kill", "restart", "pause", "unpause", "destroy", "rename", "update", "oom",
        "health_status",
    ]

    /// - Parameter actions: those that count, without what Docker writes behind a colon.
    /// - Returns: `nil` for what is no event of a container, or another action.
    static func read(_ line: ByteBuffer, of actions: Set<String> = Self.relevant) -> EngineEvent? {
        line.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            guard let event = try? self.read(&scanner) else { return nil }
            return actions.contains(event.kind) ? event : nil
        }
    }

    /// The action without its argument: Docker writes `health_status: healthy` and `exec_create: /bin/sh`.
    package var kind: String { String(self.action.prefix { $0 != ":" }) }

    /// Whether a container is new, gone, or called something else.
    var movesName: Bool { ["create", "destroy", "rename"].contains(self.action) }

    /// The value of one of its attributes.
    package func attribute(_ name: String) -> String? { self.attributes.first { $0.key == name }?.value }

    private static func read(_ scanner: inout JSONScanner) throws(JSONError) -> EngineEvent? {
        guard try scanner.beginObject() else { return nil }
        var type = "container"
        var seconds = 0
        var event = EngineEvent(action: "", containerID: "", containerName: "", image: "", attributes: [], time: 0)
        while let key = try scanner.nextKey() {
            switch key {
            case "Type":
                type = try scanner.readString()?.decoded ?? ""
            case "Action":
                event.action = try scanner.readString()?.decoded ?? ""
            case "time":
                seconds = try scanner.readInteger() ?? 0
            case "timeNano":
                event.time = try scanner.readInteger() ?? 0
            case "Actor":
                try event.readActor(&scanner)
            default:
                _ = try scanner.skipValue()
            }
        }
        if type == "container", event.action == "remove" {
            // Podman's word for it.
            event.action = "destroy"
        }
        if event.time == 0 {
            event.time = seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue
            event.hasNanoseconds = false
        }
        return type == "container" && !event.containerID.isEmpty ? event : nil
    }

    private mutating func readActor(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let key = try scanner.nextKey() {
            switch key {
            case "ID":
                self.containerID = try scanner.readString()?.decoded ?? ""
            case "Attributes":
                guard try scanner.beginObject() else { continue }
                while let name = try scanner.nextKey()?.decoded {
                    guard let value = try scanner.readString()?.decoded else { continue }
                    self.attributes.append(ContainerRecord.Pair(name, value))
                }
            default:
                _ = try scanner.skipValue()
            }
        }
        self.attributes.sort { $0.key < $1.key }
        self.containerName = self.attribute("name") ?? ""
        self.image = self.attribute("image") ?? ""
    }
}
