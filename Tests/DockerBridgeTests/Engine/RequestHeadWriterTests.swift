import NIOCore
import Testing

@testable import DockerBridge

@Suite struct RequestHeadWriterTests {
    private static func text(_ request: BridgeRequest, upgrade: String? = nil) -> String {
        let buffer = RequestHeadWriter.write(
            request,
            versionPrefix: "/v1.47",
            upgrade: upgrade,
            allocator: ByteBufferAllocator()
        )
        return String(buffer: buffer)
    }

    @Test func aGetHasNoBodyAndNoLength() {
        #expect(
            Self.text(
                BridgeRequest(
                    method: "GET",
                    target: "/info?a=b",
                    asker: .agent,
                    headers: [BridgeRequest.Header("accept", "x")]
                )
            )
                == "GET /v1.47/info?a=b HTTP/1.1\r\nHost: docker\r\naccept: x\r\n\r\n"
        )
        #expect(!Self.text(BridgeRequest(method: "HEAD", target: "/", asker: .agent)).contains("Content-Length"))
    }

    @Test(arguments: [
        (EngineAddress.Transport.unix(path: "/s"), "docker"), (.tcp(host: "10.0.0.7", port: 2375), "10.0.0.7:2375"),
        (.tcp(host: "::1", port: 3000), "[::1]:3000"),
    ])
    func theHostIsTheOneThatIsDialled(transport: EngineAddress.Transport, host: String) {
        #expect(EngineAddress(transport).httpHost == host)
        let head = RequestHeadWriter.write(
            BridgeRequest(method: "GET", target: "/v1.47/x", asker: .agent),
            host: EngineAddress(transport).httpHost,
            versionPrefix: "",
            upgrade: nil,
            allocator: ByteBufferAllocator()
        )
        #expect(String(buffer: head) == "GET /v1.47/x HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "PATCH"])
    func othersWithoutABodySayThatItIsEmpty(method: String) {
        #expect(
            Self.text(BridgeRequest(method: method, target: "/x", asker: .agent))
                == "\(method) /v1.47/x HTTP/1.1\r\nHost: docker\r\nContent-Length: 0\r\n\r\n"
        )
    }

    @Test func aBodyFollowsRightBehindItsHead() {
        let request = BridgeRequest(method: "POST", target: "/x", asker: .agent, body: ByteBuffer(string: "{\"é\":1}"))
        #expect(Self.text(request).hasSuffix("Content-Length: 8\r\n\r\n{\"é\":1}"))
        let get = BridgeRequest(method: "GET", target: "/x", asker: .agent, body: ByteBuffer())
        #expect(Self.text(get).hasSuffix("Content-Length: 0\r\n\r\n"))
    }

    @Test func aVersionIsPutInFrontWhereNoneIs() {
        #expect(
            Self.text(BridgeRequest(method: "GET", target: "/v1.43/x", asker: .agent)).hasPrefix("GET /v1.43/x HTTP")
        )
        var request = BridgeRequest(method: "GET", target: "/version", asker: .agent)
        request.takesVersionPrefix = false
        #expect(Self.text(request).hasPrefix("GET /version HTTP"))
    }

    @Test func anUpgradeIsAskedFor() {
        #expect(
            Self.text(BridgeRequest(method: "POST", target: "/x", asker: .agent), upgrade: "tcp")
                == "POST /v1.47/x HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                + "Content-Length: 0\r\n\r\n"
        )
    }
}
