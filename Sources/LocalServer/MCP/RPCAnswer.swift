import DockerBridge
import NIOCore

/// Writes JSON-RPC 2.0 answers.
enum RPCAnswer {
    /// - Parameter result: JSON.
    static func result(_ result: ByteBuffer, id: ByteBuffer?) -> ByteBuffer {
        var body = self.start(id)
        body.writeStaticString(#","result":"#)
        body.writeImmutableBuffer(result)
        body.writeStaticString("}")
        return body
    }

    static func fault(_ fault: RPCRequest.Fault) -> ByteBuffer {
        var body = self.start(fault.id)
        body.writeString(#","error":{"code":\#(fault.code),"message":"#)
        body.writeJSONString(fault.message)
        body.writeStaticString("}}")
        return body
    }

    private static func start(_ id: ByteBuffer?) -> ByteBuffer {
        var body = ByteBuffer(string: #"{"jsonrpc":"2.0","id":"#)
        if let id { body.writeImmutableBuffer(id) } else { body.writeStaticString("null") }
        return body
    }
}
