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
        var list = ByteBuffer()
        list.writeJSON { json in
            json.array { json in
                for entry in entries { json.object { entry.write(into: &$0) } }
            }
        }
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
                switch key {
                case "Id":
                    self.id = try scanner.readString()?.decoded ?? ""
                case "Names":
                    self.names = try scanner.readStrings() ?? []
                case "Image":
                    self.image = try scanner.readString()?.decoded ?? ""
                case "State":
                    self.state = try scanner.readString()?.decoded ?? ""
                case "Status":
                    self.status = try scanner.readString()?.decoded ?? ""
                case "Labels":
                    guard try scanner.beginObject() else { continue }
                    while let name = try scanner.nextKey()?.decoded {
                        guard let value = try scanner.readString()?.decoded else { continue }
                        self.labels.append(ContainerRecord.Pair(name, value))
                    }
                default:
                    _ = try scanner.skipValue()
                }
            }
        }

        func write(into json: inout JSONWriter<ByteBuffer>) {
            json.member("id", self.id)
            json.array("names", of: self.names)
            json.member("image", self.image)
            json.member("state", self.state)
            json.member("status", self.status)
            guard !self.labels.isEmpty else { return }
            json.object("labels") { json in
                for label in self.labels { json.member(named: label.key, SecretName.shown(label.value, of: label.key)) }
            }
        }
    }
}
