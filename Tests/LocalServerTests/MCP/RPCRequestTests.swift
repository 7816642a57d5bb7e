import NIOCore
import Testing

@testable import LocalServer

@Suite struct RPCRequestTests {
    private static func parse(_ text: String) -> Result<RPCRequest, RPCRequest.Fault> {
        Result { () throws(RPCRequest.Fault) in try RPCRequest(parsing: ByteBuffer(string: text)) }
    }

    private static func request(_ text: String) throws -> RPCRequest { try self.parse(text).get() }

    @Test(arguments: ["", "x", "[]", #"[{"jsonrpc":"2.0"}]"#, #"{"jsonrpc":"2.0""#, "null", "1", #"{"a":1}x"#])
    func whatIsNoObjectIsAParseError(_ text: String) {
        guard case .failure(let fault) = Self.parse(text) else {
            Issue.record("taken")
            return
        }
        #expect(fault == .parse)
    }

    @Test(
        arguments: [
            (#"{"id":1}"#, "1"), (#"{"jsonrpc":"1.0","id":"a"}"#, #""a""#), (#"{"jsonrpc":2,"id":null}"#, nil),
            (#"{"jsonrpc":"2","id":{}}"#, nil),
        ] as [(String, String?)]
    )
    func anotherVersionIsRefusedUnderTheSameID(_ text: String, _ id: String?) {
        guard case .failure(let fault) = Self.parse(text) else {
            Issue.record("taken")
            return
        }
        #expect(fault.code == -32600)
        #expect(fault.message == #"jsonrpc must be "2.0""#)
        #expect(fault.id.map { String(buffer: $0) } == id)
    }

    @Test func theIDStaysWhatItWas() throws {
        for id in ["1", "-7.5e3", #""a\"b""#, #""""#] {
            let request = try Self.request(#"{"jsonrpc":"2.0","method":"ping","id": \#(id) }"#)
            #expect(request.id.map { String(buffer: $0) } == id)
            #expect(request.method == "ping")
        }
    }

    @Test func parametersAreOnlyAnObject() throws {
        let with = try Self.request(#"{"jsonrpc":"2.0","params":{"name":"x"}}"#)
        #expect(with.params.map { String(buffer: $0) } == #"{"name":"x"}"#)
        #expect(try Self.request(#"{"jsonrpc":"2.0","params":[1]}"#).params == nil)
    }
}
