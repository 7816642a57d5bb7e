import Base
package import DockerBridge
package import NIOCore

/// `list_containers`: every container of the host, in any state.
package struct ListContainersTool: MCPTool {
    /// Bytes of the engine's answer: ten thousand containers.
    private static let listLimit = 32 << 20

    package let name = "list_containers"
    package let description = "Lists all containers of this host: id, names, image, state, status and labels."
    package let inputSchema = Self.noArguments
    private let engine: EngineAPI

    package init(engine: EngineAPI) {
        self.engine = engine
    }

    package func call(_ arguments: ByteBuffer) async throws -> MCPToolResult {
        let target = "/containers/json?all=1"
        let answer = try await self.engine.get(target, limit: Self.listLimit, timeout: .seconds(30))
        guard answer.isSuccess else { throw MCPToolFailure("listing containers: the engine answers \(answer.status)") }
        switch Self.list(answer.body) {
        case .success(let list): return MCPToolResult(list: list, member: "containers")
        case .failure(let fault): throw MCPToolFailure("listing containers: \(fault.words)")
        }
    }

    enum ListFault: Error, Equatable {
        case notAList
        case tooLarge

        var words: String {
            switch self {
            case .notAList: "the engine's answer is not a list of containers"
            case .tooLarge:
                "the list is larger than \(ListContainersTool.maximumBytes >> 20) MiB; inspect_container tells of one container"
            }
        }
    }

    /// Of the list that the tool gives: ten thousand containers with a few labels each.
    static let maximumBytes = 4 << 20

    /// Writes each entry as it is read, so that the list takes what it gives and one entry. Entries without an id are left out.
    static func list(_ body: ByteBuffer) -> Result<ByteBuffer, ListFault> {
        body.withUnsafeReadableBytes { bytes in
            var scanner = JSONScanner(bytes)
            do {
                return try Self.copied(&scanner)
            } catch {
                return .failure(.notAList)
            }
        }
    }

    private static func copied(_ scanner: inout JSONScanner) throws(JSONError) -> Result<ByteBuffer, ListFault> {
        guard scanner.nextKind() == .array, try scanner.beginArray() else { return .failure(.notAList) }
        var list = ByteBuffer(string: "[")
        while try scanner.nextElement() {
            guard try scanner.beginObject() else { continue }
            let entry = try Entry(&scanner)
            guard !entry.id.isEmpty else { continue }
            guard !entry.isTooLarge else { return .failure(.tooLarge) }
            if list.readableBytes > 1 { list.writeString(",") }
            list.writeJSON { json in json.object { entry.write(into: &$0) } }
            guard list.readableBytes < Self.maximumBytes else { return .failure(.tooLarge) }
        }
        list.writeString("]")
        return .success(list)
    }

    /// What the tool tells of one container.
    private struct Entry {
        var id = ""
        var names: [String] = []
        var image = ""
        var state = ""
        var status = ""
        var labels: [ContainerRecord.Pair] = []
        /// Whether it has more than the tool gives; what is more was not kept.
        var isTooLarge = false

        init(_ scanner: inout JSONScanner) throws(JSONError) {
            while let key = try scanner.nextKey() {
                switch key {
                case "Id":
                    self.id = try scanner.readString()?.decoded ?? ""
                case "Names":
                    switch try scanner.readStrings(maximumBytes: ListContainersTool.maximumBytes) {
                    case .strings(let names)?: self.names = names
                    case .tooLong?: self.isTooLarge = true
                    case nil: break
                    }
                case "Image":
                    self.image = try scanner.readString()?.decoded ?? ""
                case "State":
                    self.state = try scanner.readString()?.decoded ?? ""
                case "Status":
                    self.status = try scanner.readString()?.decoded ?? ""
                case "Labels":
                    let labels = try ContainerRecord.labels(&scanner, maximumBytes: ListContainersTool.maximumBytes)
                    if labels == nil { self.isTooLarge = true }
                    self.labels = labels ?? []
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
