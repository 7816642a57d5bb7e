import NIOCore

/// Something that happened to a container.
package struct EngineEvent: Equatable, Sendable {
    package var action: String
    package var containerID: String
    package var containerName: String
    package var image: String
    /// As the engine gives them, sorted by name.
    package var attributes: [ContainerRecord.Pair]
    /// Nanoseconds since 1970, by the engine's clock.
    package var time: Int

    /// What changes how a container looks. Everything else, above all what health checks do every few seconds
    /// (`exec_create`, `exec_start`, `exec_die`), is noise.
    private static let relevant: Set = [
        "create", "start", "stop", "die", "kill", "restart", "pause", "unpause", "destroy", "rename", "update", "oom",
        "health_status",
    ]

    /// - Returns: `nil` for what is no event of a container, or noise.
    static func read(_ line: ByteBuffer) -> EngineEvent? {
        line.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            return try? self.read(&scanner)
        }
    }

    private static func read(_ scanner: inout JSONScanner) throws(JSONError) -> EngineEvent? {
        guard try scanner.beginObject() else { return nil }
        var type = "container"
        var seconds = 0
        var event = EngineEvent(action: "", containerID: "", containerName: "", image: "", attributes: [], time: 0)
        while let key = try scanner.nextKey() {
            if key.isEqual(to: "Type") {
                type = try scanner.readString()?.decoded ?? ""
            } else if key.isEqual(to: "Action") {
                event.action = try scanner.readString()?.decoded ?? ""
            } else if key.isEqual(to: "time") {
                seconds = try scanner.readInteger() ?? 0
            } else if key.isEqual(to: "timeNano") {
                event.time = try scanner.readInteger() ?? 0
            } else if key.isEqual(to: "Actor") {
                try event.readActor(&scanner)
            } else {
                _ = try scanner.skipValue()
            }
        }
        if event.time == 0 { event.time = seconds.multipliedReportingOverflow(by: 1_000_000_000).partialValue }
        return type == "container" && !event.containerID.isEmpty && self.isRelevant(event.action) ? event : nil
    }

    /// Docker writes `health_status: healthy`.
    private static func isRelevant(_ action: String) -> Bool {
        self.relevant.contains(String(action.prefix { $0 != ":" }))
    }

    private mutating func readActor(_ scanner: inout JSONScanner) throws(JSONError) {
        guard try scanner.beginObject() else { return }
        while let key = try scanner.nextKey() {
            if key.isEqual(to: "ID") {
                self.containerID = try scanner.readString()?.decoded ?? ""
            } else if key.isEqual(to: "Attributes"), scanner.nextKind() == .object {
                _ = try scanner.beginObject()
                while let name = try scanner.nextKey()?.decoded {
                    guard let value = try scanner.readString()?.decoded else { continue }
                    self.attributes.append(ContainerRecord.Pair(name, value))
                }
            } else {
                _ = try scanner.skipValue()
            }
        }
        self.attributes.sort { $0.key < $1.key }
        self.containerName = self.attributes.first { $0.key == "name" }?.value ?? ""
        self.image = self.attributes.first { $0.key == "image" }?.value ?? ""
    }
}
