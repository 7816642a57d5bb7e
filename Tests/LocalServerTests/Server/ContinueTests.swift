import NIOCore
import Support
import Testing

@testable import LocalServer

/// A client that waits with its body (`Expect: 100-continue`) hears from the engine whether to send it.
@Suite(.timeLimit(.minutes(1))) struct ContinueTests {
    struct Upload: Sendable, CustomTestStringConvertible {
        let field: String
        let body: String
        var testDescription: String { self.field }
    }

    static let uploads = [
        Upload(field: "Content-Length: 5", body: "hello"),
        Upload(field: "Transfer-Encoding: chunked", body: "5\r\nhello\r\n0\r\n\r\n"),
    ]

    private static let continuation = "HTTP/1.1 100 Continue\r\n\r\n"

    private let bench = EmbeddedBench()

    /// A client whose request the engine has without its body.
    private func client(with upload: Upload) throws -> EmbeddedClient {
        let client = try self.bench.client()
        try client.say(
            "PUT /containers/web/archive HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n"
                + "\(upload.field)\r\nExpect: 100-continue\r\n\r\n"
        )
        #expect(client.text == "")
        return client
    }

    @Test(arguments: uploads) func theBodyIsSentWhenTheEngineAsksForIt(upload: Upload) throws {
        let client = try self.client(with: upload)
        try self.bench.engineSays(Self.continuation)
        #expect(client.text == Self.continuation)
        try self.bench.engineSays(Self.continuation)
        #expect(client.text == Self.continuation, "it is said once")
        try client.say(upload.body)
        #expect(client.text.hasSuffix("HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n"))
        let request = try #require(self.bench.engine.requests.first)
        #expect(request.body == "hello")
        #expect(request.lines == ["Host: docker", "Expect: 100-continue", upload.field])
        try client.say(ListenerBench.get("/next", ""))
        #expect(self.bench.engine.requests.count == 2, "the connection goes on")
    }

    @Test(arguments: uploads) func anEarlyRefusalSparesTheUpload(upload: Upload) throws {
        let client = try self.client(with: upload)
        try self.bench.engineSays("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")
        #expect(client.text == "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
        #expect(client.hasHeardTheEnd, "where the next request would begin is not known")
        #expect(self.bench.engine.requests.isEmpty)
    }

    @Test(arguments: uploads) func aClientThatDoesNotWaitIsNotToldTo(upload: Upload) throws {
        let client = try self.client(with: upload)
        try client.say(upload.body)
        try self.bench.pass(.seconds(10))
        #expect(client.text == "HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n")
        #expect(self.bench.engine.requests.map(\.body) == ["hello"])
    }

    /// A filter between agent and engine may have dropped the field.
    @Test(arguments: uploads) func anEngineThatSaysNothingIsNotWaitedForLong(upload: Upload) throws {
        let client = try self.client(with: upload)
        try self.bench.pass(.seconds(2))
        #expect(client.text == "")
        try self.bench.pass(.seconds(3))
        #expect(client.text == Self.continuation)
        try client.say(upload.body)
        #expect(client.text.hasSuffix("HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n"))
    }

    @Test func anEmptyBodyIsNotWaitedFor() throws {
        let client = try self.bench.client()
        let fields = "Content-Length: 0\r\nExpect: 100-continue\r\n"
        try client.say(
            "POST /x HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n\(fields)\r\n"
        )
        #expect(client.text == "HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n")
        #expect(self.bench.engine.requests.first?.lines == ["Host: docker", "Content-Length: 0"])
    }
}
