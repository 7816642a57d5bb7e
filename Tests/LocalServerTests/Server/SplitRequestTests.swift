import Foundation
import Support
import Testing

@testable import LocalServer

/// TCP may cut a request anywhere. Each request of a corpus is sent whole and cut at every byte, over the real handler and
/// the real engine client, with reads on demand as on a socket: the engine and the client see the same.
@Suite(.timeLimit(.minutes(1))) struct SplitRequestTests {
    struct Case: CustomTestStringConvertible {
        let testDescription: String
        let text: String

        init(_ name: String, _ line: String, _ fields: String = "", _ body: String = "") {
            self.testDescription = name
            self.text = Self.request(line, fields, body)
        }

        init(_ name: String, raw text: String) {
            self.testDescription = name
            self.text = text
        }

        static func request(_ line: String, _ fields: String = "", _ body: String = "") -> String {
            "\(line) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(ListenerBench.token)\r\n\(fields)\r\n\(body)"
        }
    }

    private static let chunked = "Transfer-Encoding: chunked\r\n"
    private static let upgrade = "Connection: Upgrade\r\nUpgrade: tcp\r\n"

    static let corpus = [
        Case("no body", "GET /x?a=%2F"),
        Case("sized", "POST /x", "Content-Length: 5\r\n", "hello"),
        Case("sized 0", "POST /x", "Content-Length: 0\r\n"),
        Case("chunked", "POST /x", Self.chunked, "5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n"),
        Case("extensions", "POST /x", Self.chunked, "5;a=b;c\r\nhello\r\n03;x=\"y\"\r\nabc\r\n0;z\r\n\r\n"),
        Case("trailers", "POST /x", Self.chunked, "a\r\n0123456789\r\n0\r\nA: b\r\nC: d\r\n\r\n"),
        Case("expects", "POST /x", "Content-Length: 5\r\nExpect: 100-continue\r\n", "hello"),
        Case("expects, chunked", "POST /x", Self.chunked + "Expect: 100-continue\r\n", "2\r\nhi\r\n0\r\n\r\n"),
        Case("upgrade", "POST /exec/1/start", Self.upgrade + "Content-Length: 2\r\n", "{}typed"),
        Case("upgrade, chunked", "POST /exec/1/start", Self.upgrade + Self.chunked, "2\r\n{}\r\n0\r\n\r\ntyped"),
        Case("raw without an upgrade", "POST /containers/1/attach?stdin=1", "Content-Length: 2\r\n", "{}typed"),
        Case("own route", "GET /_lookout/echo", "Content-Length: 3\r\n", "abc"),
        Case("own route, chunked", "GET /_lookout/echo", Self.chunked, "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"),
        Case("public route", raw: "GET /health HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case("no credentials", raw: "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"),
        Case(
            "refused, sized",
            raw: "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello" + Case.request("GET /y")
        ),
        Case("refused, chunked", raw: "POST /x HTTP/1.1\r\nHost: x\r\n\(Self.chunked)\r\n2\r\nhi\r\n0\r\n\r\n"),
        Case(
            "refused, expects",
            raw: "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi"
        ),
        Case(
            "public, body",
            raw: "GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" + Case.request("GET /y")
        ),
        Case("too large", "GET /_lookout/echo", "Content-Length: 65537\r\n", "abc"),
        Case("credential twice", "GET /x", "Authorization: Bearer x\r\n"),
        Case("bad path", "GET //x"),
        Case("connect", "CONNECT x:1"),
        Case("options", "OPTIONS *"),
        Case("malformed", raw: "GET / HTTP/1.1\r\nHost : x\r\n\r\n"),
        Case("malformed chunk", "POST /x", Self.chunked, "1\r\nab\r\n"),
        Case("not http", raw: "hello\r\n\r\n"),
        Case("version 1.0", raw: "GET /x HTTP/1.0\r\nAuthorization: Bearer \(ListenerBench.token)\r\n\r\n"),
        Case(
            "pipelined",
            raw: Case.request("GET /1")
                + Case.request("POST /2", Self.chunked, "2;e=1\r\nde\r\n1\r\nf\r\n0\r\nT: t\r\n\r\n")
                + Case.request("POST /3", "Content-Length: 3\r\n", "abc")
                + Case.request("GET /4", "Connection: close\r\n")
        ),
    ]

    /// Where every run of the fuzzer begins.
    private static func seeds() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
            path: "../../../Fuzz/Corpus/request"
        )
        return try FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil)
            .map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    }

    @Test func theFuzzersSeedsAreTheSameHoweverTheyAreCut() throws {
        let seeds = try Self.seeds()
        #expect(seeds.count >= 5)
        for seed in seeds {
            let whole = try Self.outcome([seed])
            for index in seed.utf8.indices.dropFirst() {
                #expect(try Self.outcome([String(seed[..<index]), String(seed[index...])]) == whole, "\(seed)")
            }
        }
    }

    /// What the engine and the client see.
    struct Outcome: Equatable {
        var requests: [String]
        var answer: String
        var hasEnded: Bool
    }

    private struct Echo: RouteGroup {
        func route(_ method: String, _ path: Substring) -> AgentRoute? {
            switch path {
            case "/_lookout/echo":
                AgentRoute("/_lookout/echo") { $1.send(PlainAnswer(200, contentType: "text/plain", body: $0.body)) }
            case "/health": AgentRoute("/health", isPublic: true) { $1.send(PlainAnswer(200, "well")) }
            default: nil
            }
        }
    }

    private static func outcome(_ pieces: [String]) throws -> Outcome {
        let bench = EmbeddedBench(groups: [Echo()]) { request, peer in
            if request.target.hasPrefix("/exec") {
                peer.upgrade(then: "early")
            } else if request.target.contains("/attach") {
                peer.takeOver(then: "early")
            } else {
                peer.respond(200, "\(request.target) \(request.body)")
            }
        }
        let client = try bench.client()
        for piece in pieces { try client.say(piece) }
        return Outcome(
            requests: bench.engine.requests.map { "\($0.method) \($0.target) \($0.lines) \($0.body)" },
            answer: client.text,
            hasEnded: client.hasHeardTheEnd
        )
    }

    @Test(arguments: Self.corpus)
    func aRequestCutAnywhereIsTheSameRequest(_ request: Case) throws {
        let whole = try Self.outcome([request.text])
        #expect(!whole.answer.isEmpty)
        for index in request.text.utf8.indices.dropFirst() {
            let pieces = [String(request.text[..<index]), String(request.text[index...])]
            #expect(try Self.outcome(pieces) == whole, "cut before \(pieces[1].debugDescription)")
        }
        #expect(try Self.outcome(request.text.utf8.map { String(UnicodeScalar($0)) }) == whole, "byte by byte")
    }
}
