import HTTPWire
import Testing

@testable import DockerBridge

@Suite struct BridgeRequestTests {
    private static func request(
        _ method: String = "GET",
        _ target: String = "/info",
        _ headers: [(String, String)] = []
    ) -> BridgeRequest {
        BridgeRequest(
            method: method,
            target: target,
            asker: .agent,
            headers: headers.map { BridgeRequest.Header($0.0, $0.1) }
        )
    }

    @Test(arguments: ["GET", "POST", "M-SEARCH", "a!#$%&'*+-.^_`|~0", String(repeating: "M", count: 32)])
    func aTokenIsAMethod(method: String) {
        #expect(Self.request(method).problem() == nil)
    }

    @Test(arguments: ["", "G ET", "GET\r\n", "GÉT", "GET/", "(GET)", "GET:", String(repeating: "M", count: 33)])
    func anythingElseIsNot(method: String) {
        #expect(Self.request(method).problem() == "method must be an HTTP token of at most 32 characters")
    }

    @Test func aBadTargetIsReported() {
        #expect(Self.request("GET", "/a b").problem() == "path holds a space; percent-encode it")
    }

    @Test(arguments: ["", "a", "a b\tc", "é", "\"quoted\"", "~"])
    func aValueMayHoldAnyText(value: String) {
        #expect(Self.request("GET", "/", [("X-A", value)]).problem() == nil)
    }

    @Test(arguments: ["a\r\nX: b", "a\n", "\r", "a\u{0}", "\u{7f}", "\u{1f}"])
    func aValueMayNotHoldControlCharacters(value: String) {
        #expect(
            Self.request("GET", "/", [("X-B", "fine"), ("X-A", value)]).problem()
                == "value of header X-A holds a control character"
        )
    }

    @Test(arguments: ["", "X A", "X:", "X\n", "É"])
    func aNameIsAToken(name: String) {
        #expect(Self.request("GET", "/", [(name, "a")]).problem() == "header name is not an HTTP token")
    }

    @Test func exactlyTheTokenBytesOfTheStandardAreTokenBytes() {
        let expected = Set("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        #expect(Set((UInt8.min...UInt8.max).filter(\.isTokenByte)) == expected)
    }
}
