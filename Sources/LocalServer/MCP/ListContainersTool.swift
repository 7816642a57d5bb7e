import Base
package import DockerBridge
package import NIOCore

/// `list_containers`: every container of the host, in any state.
package struct ListContainersTool: MCPTool {
    /// Bytes of the engine's answer: ten thousand containers.
    private static let listLimit = 32 << 20

    package let name = "list_containers"
    package let description = "Lists all containers of this host: id, names, image, state, status and labels."
    package let inputSchema: StaticString = #"{"type":"object","properties":{},"additionalProperties":false}"#
    private let engine: EngineAPI

    package init(engine: EngineAPI) {
        self.engine = engine
    }

    package func call(_ arguments: ByteBuffer) async throws -> MCPToolResult {
        let target = "/containers/json?all=1"
        let answer = try await self.engine.get(target, limit: Self.listLimit, timeout: .seconds(30))
        guard answer.isSuccess, let entries = Entry.list(answer.body) else {
            throw MCPToolFailure("listing containers: the engine answers \(answer.status)")
        }
        var list = ByteBuffer(string: "[")
        for (index, entry) in entries.enumerated() {
            if index > 0 { list.writeStaticString(",") }
            entry.write(into: &list)
        }
        list.writeStaticString("]")
        return MCPToolResult(list: list, member: "containers")
    }

    private struct Entry {
        var id = ""
        var names: [String] = []
        var image = ""
        var state = ""
        var status = ""
        var labels: [ContainerRecord.Pair] = []

        static func list(_ body: ByteBuffer) -> [Entry]? {
            body.withUnsafeReadableBytes { bytes in
                var scanner = JSONScanner(bytes)
                return try? Self.list(&scanner)
            }
        }

        private static func list(_ scanner: inout JSONScanner) throws(JSONError) -> [Entry]? {
            guard scanner.nextKind() == .array, try scanner.beginArray() else { return nil }
            var entries: [Entry] = []
            while try scanner.nextElement() {
                guard try scanner.beginObject() else { continue }
                entries.append(try Entry(&scanner))
            }
            return entries
        }

        private init(_ scanner: inout JSONScanner) throws(JSONError) {
            while let key = try scanner.nextKey() {
                if key.isEqual(to: "Id") {
                    self.id = try scanner.readString()?.decoded ?? ""
                } else if key.isEqual(to: "Names") {
                    self.names = try scanner.readStrings() ?? []
                } else if key.isEqual(to: "Image") {
                    self.image = try scanner.readString()?.decoded ?? ""
                } else if key.isEqual(to: "State") {
                    self.state = try scanner.readString()?.decoded ?? ""
                } else if key.isEqual(to: "Status") {
                    self.status = try scanner.readString()?.decoded ?? ""
                } else if key.isEqual(to: "Labels"), try scanner.beginObject() {
                    while let name = try scanner.nextKey()?.decoded {
                        guard let value = try scanner.readString()?.decoded else { continue }
                        self.labels.append(ContainerRecord.Pair(name, value))
                    }
                } else {
                    _ = try scanner.skipValue()
                }
            }
        }

        func write(into buffer: inout ByteBuffer) {
            var object = JSONObjectWriter(&buffer)
            object.write("id", self.id, into: &buffer)
            object.key("names", into: &buffer)
            buffer.writeStaticString("[")
            for (index, name) in self.names.enumerated() {
                if index > 0 { buffer.writeStaticString(",") }
                buffer.writeJSONString(name)
            }
            buffer.writeStaticString("]")
            object.write("image", self.image, into: &buffer)
            object.write("state", self.state, into: &buffer)
            object.write("status", self.status, into: &buffer)
            if !self.labels.isEmpty {
                object.key("labels", into: &buffer)
                var members = JSONObjectWriter(&buffer)
                for label in self.labels {
                    members.write(label.key, SecretName.shown(label.value, of: label.key), into: &buffer)
                }
                members.end(&buffer)
            }
            object.end(&buffer)
        }
    }
}
