import Base
import DockerBridge
import NIOCore

/// A JSON-RPC 2.0 request, as far as an MCP server needs one.
struct RPCRequest {
    /// Echoed as it came; `nil` for a notification.
    var id: ByteBuffer?
    var method = ""
    /// `params`, as it came; `nil` where it is missing or no object.
    var params: ByteBuffer?

    struct Fault: Error, Equatable {
        var code: Int
        var message: String
        var id: ByteBuffer?
        /// Of the HTTP answer.
        var status = 200
        /// JSON.
        var data: ByteBuffer?

        static let parse = Fault(code: -32700, message: "parse error")

        /// Whether the body is no request at all.
        var isMalformed: Bool { [-32700, -32600].contains(self.code) }
    }

    /// - Throws: what the client is told; arrays are not taken, MCP has no batches any more.
    init(parsing body: ByteBuffer) throws(Fault) {
        var version: String?
        var ranges: (id: Range<Int>?, params: Range<Int>?) = (nil, nil)
        var method: String?
        let isObject = body.withUnsafeReadableBytes { bytes -> Bool in
            guard JSONText.validate(bytes) == .object else { return false }
            var scanner = JSONScanner(bytes)
            do throws(JSONError) {
                _ = try scanner.beginObject()
                while let key = try scanner.nextKey() {
                    switch key {
                    case "jsonrpc":
                        version = try scanner.readString()?.decoded
                    case "method":
                        method = try scanner.readString()?.decoded
                    case "id":
                        let isUsable = [.string, .number].contains(scanner.nextKind())
                        let range = try scanner.skipValue()
                        ranges.id = isUsable ? range : nil
                    case "params":
                        let isObject = scanner.nextKind() == .object
                        let range = try scanner.skipValue()
                        ranges.params = isObject ? range : nil
                    default:
                        _ = try scanner.skipValue()
                    }
                }
                return true
            } catch {
                return false
            }
        }
        guard isObject else { throw .parse }
        func slice(_ range: Range<Int>) -> ByteBuffer {
            body.getSlice(at: body.readerIndex + range.lowerBound, length: range.count)!
        }
        self.id = ranges.id.map(slice)
        self.params = ranges.params.map(slice)
        guard version == "2.0" else {
            throw Fault(code: -32600, message: "jsonrpc must be \"2.0\"", id: self.id)
        }
        self.method = method ?? ""
    }
}

/// Writes JSON-RPC 2.0 answers.
enum RPCAnswer {
    /// - Parameter result: JSON.
    static func result(_ result: ByteBuffer, id: ByteBuffer?) -> ByteBuffer {
        self.answer(id) { json in
            json.key("result")
            json.raw(result)
        }
    }

    /// What stands for the id of a request that has none that could be read.
    enum MissingID {
        /// As JSON-RPC has it.
        case null
        /// As revision 2026-07-28 of MCP has it, whose ids are strings and numbers.
        case omitted
    }

    static func fault(_ fault: RPCRequest.Fault, withoutID: MissingID = .null) -> ByteBuffer {
        self.answer(fault.id, withoutID: withoutID) { json in
            json.object("error") { json in
                json.member("code", fault.code)
                json.member("message", fault.message)
                if let data = fault.data {
                    json.key("data")
                    json.raw(data)
                }
            }
        }
    }

    private static func answer(
        _ id: ByteBuffer?,
        withoutID: MissingID = .null,
        _ body: (inout JSONWriter<ByteBuffer>) -> Void
    ) -> ByteBuffer {
        ByteBuffer(jsonObject: { json in
            json.member("jsonrpc", "2.0")
            if let id {
                json.key("id")
                json.raw(id)
            } else if withoutID == .null {
                json.key("id")
                json.raw("null")
            }
            body(&json)
        })
    }
}
