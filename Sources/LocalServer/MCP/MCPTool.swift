import DockerBridge
package import NIOCore

/// One tool that an assistant may call. All of them only read.
package protocol MCPTool: Sendable {
    var name: String { get }
    var description: String { get }
    /// JSON Schema of the arguments.
    var inputSchema: StaticString { get }
    /// - Parameter arguments: a JSON object.
    /// - Throws: `MCPToolFailure`.
    func call(_ arguments: ByteBuffer) async throws -> MCPToolResult
}

extension MCPTool {
    /// The schema of a tool that takes no arguments.
    static var noArguments: StaticString { #"{"type":"object","properties":{},"additionalProperties":false}"# }
}

/// What a tool found out.
package struct MCPToolResult: Sendable {
    /// JSON, for clients that read text.
    var text: ByteBuffer
    /// A JSON object, for clients that read structured content.
    var structured: ByteBuffer

    /// A result that is an object by itself.
    init(_ object: ByteBuffer) {
        self.text = object
        self.structured = object
    }

    /// A list, which structured content must wrap into an object.
    init(list: ByteBuffer, member: StaticString) {
        self.text = list
        self.structured = ByteBuffer(string: "{\"\(member)\":")
        self.structured.writeImmutableBuffer(list)
        self.structured.writeStaticString("}")
    }
}

/// Why a tool has no result: a sentence for the assistant that asked.
package struct MCPToolFailure: Error, Equatable {
    let text: String

    init(_ text: String) {
        self.text = text
    }

    init(_ error: any Error) {
        self.text = (error as? MCPToolFailure)?.text ?? BridgeError.words(of: error)
    }
}
