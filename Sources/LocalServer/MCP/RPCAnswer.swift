import Base
import DockerBridge
import NIOCore

/// Writes JSON-RPC 2.0 answers.
enum RPCAnswer {
    /// - Parameter result: JSON.
    static func result(_ result: ByteBuffer, id: ByteBuffer?) -> ByteBuffer {
        self.answer(id) { json in
            json.key("result")
            json.raw(result)
        }
    }

    static func fault(_ fault: RPCRequest.Fault) -> ByteBuffer {
        self.answer(fault.id) { json in
            json.object("error") { json in
                json.member("code", fault.code)
                json.member("message", fault.message)
            }
        }
    }

    private static func answer(_ id: ByteBuffer?, _ body: (inout JSONWriter<ByteBuffer>) -> Void) -> ByteBuffer {
        ByteBuffer(jsonObject: { json in
            json.member("jsonrpc", "2.0")
            json.key("id")
            if let id { json.raw(id) } else { json.raw("null") }
            body(&json)
        })
    }
}
