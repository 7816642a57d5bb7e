import DockerBridge
import NIOCore
import Testing

@testable import LocalServer

@Suite struct RequestReaderTests {
    /// Everything that is read from `text`, cut into pieces of `size` bytes: head line, body, and how it ended.
    private static func read(_ text: String, piece size: Int = .max) -> (
        heads: [RequestHead], body: String, end: String
    ) {
        var reader = RequestReader()
        var heads: [RequestHead] = []
        var body = ""
        var rest = ByteBuffer(string: text)
        do throws(RequestFault) {
            while let piece = rest.readSlice(length: min(size, rest.readableBytes)), piece.readableBytes > 0 {
                reader.received(piece)
                while case .event(let event) = try reader.next() {
                    switch event {
                    case .head(let head): heads.append(head)
                    case .bytes(let bytes): body += String(buffer: bytes)
                    case .end: reader.expectNext()
                    }
                }
            }
            return (heads, body, "waits")
        } catch {
            return (heads, body, "\(error.status)")
        }
    }

    private static let host = "Host: x\r\n"

    @Test(arguments: [1, 2, 3, 7, 4096])
    func twoRequestsInARowAreReadHoweverTheyAreCut(size: Int) {
        let text =
            "POST /a?b=c HTTP/1.1\r\n\(Self.host)Content-Length: 3\r\nX-Thing:  v \r\n\r\nabc"
            + "POST /d HTTP/1.1\r\n\(Self.host)Transfer-Encoding: chunked\r\n\r\n2;e=1\r\nde\r\n1\r\nf\r\n0\r\nT: t\r\n\r\n"
            + "GET /g HTTP/1.1\r\n\(Self.host)\r\n"
        let (heads, body, end) = Self.read(text, piece: size)
        #expect(heads.map { "\($0.method) \($0.target)" } == ["POST /a?b=c", "POST /d", "GET /g"])
        #expect(heads.map(\.body) == [.sized(3), .chunked, .none])
        #expect(heads[0].headers == [.init("X-Thing", "v")])
        #expect(body == "abcdef")
        #expect(end == "waits")
    }

    /// Whatever two readers could understand differently.
    @Test(arguments: [
        (
            "both lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
            "400"
        ),
        ("length twice", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n", "400"),
        ("length list", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\n", "400"),
        ("signed length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\n\r\n", "400"),
        (
            "coding twice",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "400"
        ),
        ("other coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "501"),
        ("hidden coding", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding : chunked\r\n\r\n", "400"),
        ("1.0 with coding", "POST / HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
        ("folded line", "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", "400"),
        ("bare line feed", "GET / HTTP/1.1\nHost: x\r\n\r\n", "400"),
        ("bare line feeds", "GET / HTTP/1.1\r\nHost: x\n\n", "400"),
        ("bare carriage return", "GET / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", "400"),
        ("zero byte", "GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", "400"),
        ("no host", "GET / HTTP/1.1\r\n\r\n", "400"),
        ("two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"),
        ("garbage", "hello\r\n\r\n", "400"),
        ("two blanks", "GET  / HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        ("a TLS hello", "\u{16}\u{3}\u{1}", "400"),
        ("version 2", "GET / HTTP/2.0\r\nHost: x\r\n\r\n", "505"),
        ("chunk size", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n", "400"),
        ("chunk line", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\na", "400"),
        ("chunk end", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "400"),
        (
            "huge chunk",
            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(String(repeating: "f", count: 16))\r\n",
            "400"
        ),
    ])
    func ambiguousRequestsAreRefused(_ name: String, _ text: String, _ status: String) {
        #expect(Self.read(text).end == status, "\(name)")
        #expect(Self.read(text, piece: 1).end == status, "\(name), byte by byte")
    }

    @Test func aHeadHasABound() {
        let field = "A: \(String(repeating: "a", count: 1000))\r\n"
        let fits = "GET / HTTP/1.1\r\n\(Self.host)\(String(repeating: field, count: 60))\r\n"
        #expect(Self.read(fits, piece: 65536).heads.count == 1)
        let large = "GET / HTTP/1.1\r\n\(Self.host)\(String(repeating: field, count: 70))"
        #expect(Self.read(large, piece: 65536).end == "431")
    }

    @Test func credentialsAndHopByHopFieldsAreSetAside() {
        let text = """
            GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nX-LOOKOUT-Token: t\r\nX-Portwing-Nonce: n\r
            X-Dd-Agent-Secret: s\r\nX-Registry-Auth: keep\r\nConnection: keep-alive, X-Drop\r\nX-Drop: 1\r\nTE: gzip\r
            Keep-Alive: 5\r\nProxy-Authorization: p\r\nAccept-Encoding: gzip\r\n\r\n
            """
        let head = Self.read(text).heads[0]
        #expect(head.headers == [.init("X-Registry-Auth", "keep"), .init("Accept-Encoding", "gzip")])
        let names = ["Authorization", "X-LOOKOUT-Token", "X-Portwing-Nonce", "X-Dd-Agent-Secret"]
        #expect(head.credentials.map(\.name) == names)
        #expect(head.keepsAlive)
    }

    @Test(arguments: [
        ("http://host:1/a?b", "/a?b"), ("http://host", "/"), ("HTTP://host?q", "/?q"), ("/x", "/x"), ("*", "*"),
    ])
    func anAbsoluteFormIsCutDown(target: String, expected: String) {
        #expect(Self.read("GET \(target) HTTP/1.1\r\n\(Self.host)\r\n").heads.first?.target == expected)
    }

    @Test(arguments: ["//version", "/api/../version", "/./x", "/a//b", "/a/.."])
    func uncleanPathsAreNoticed(target: String) {
        #expect(Self.read("GET \(target) HTTP/1.1\r\n\(Self.host)\r\n").heads.first?.pathProblem != nil)
        #expect(Self.read("GET /api/containers/ HTTP/1.1\r\n\(Self.host)\r\n").heads.first?.pathProblem == nil)
    }

    @Test(arguments: [
        ("Connection: Upgrade\r\nUpgrade: tcp\r\n", "tcp"),
        ("Connection: keep-alive, UPGRADE\r\nUpgrade: h2c\r\n", "h2c"),
        ("Upgrade: tcp\r\n", nil), ("Connection: upgrade\r\n", nil),
    ])
    func anUpgradeNeedsBothFields(fields: String, expected: String?) {
        #expect(Self.read("POST / HTTP/1.1\r\n\(Self.host)\(fields)\r\n").heads.first?.upgrade == expected)
    }

    private static let health = "GET /health HTTP/1.1\r\n\(host)X-Pad: \(String(repeating: "p", count: 1000))\r\n\r\n"

    /// Reads `pieces` of `text` over and over, and answers each request at once.
    ///
    /// - Returns: the most storage that the reader kept while it waited.
    private static func storage(of text: String, piece size: Int, pieces: Int) throws -> Int {
        let bytes = Array(text.utf8)
        var reader = RequestReader()
        var most = 0
        for number in 0..<pieces {
            reader.received(ByteBuffer(bytes: (0..<size).map { bytes[(number * size + $0) % bytes.count] }))
            while case .event(let event) = try reader.next() {
                if case .end = event { reader.expectNext() }
            }
            most = max(most, reader.storageBytes)
        }
        return most
    }

    @Test(arguments: [
        health + "POST /a HTTP/1.1\r\n\(host)Content-Length: 3\r\n\r\nabc",
        "POST /a HTTP/1.1\r\n\(host)Transfer-Encoding: chunked\r\n\r\n1;e=\(String(repeating: "x", count: 997))\r\na\r\n0\r\n\r\n",
    ])
    func requestsThatNeverEndWhereAReadEndsDoNotAddUp(text: String) throws {
        // A mebibyte; the length of the request and of a read have no common divisor, or few.
        #expect(try Self.storage(of: text, piece: 4096, pieces: 256) <= 4 * 4096)
    }

    @Test func aLargeHeadLeavesNoStorageBehindWithTheBeginningOfTheNext() throws {
        let pad = String(repeating: "p", count: 60_000)
        let text = "GET /health HTTP/1.1\r\n\(Self.host)X-Pad: \(pad)\r\n\r\nG"
        var reader = RequestReader()
        var rest = ByteBuffer(string: text)
        while let piece = rest.readSlice(length: min(4096, rest.readableBytes)), piece.readableBytes > 0 {
            reader.received(piece)
            while case .event(let event) = try reader.next() {
                if case .end = event { reader.expectNext() }
            }
        }
        #expect(reader.bufferedBytes == 1)
        #expect(reader.storageBytes <= ByteBuffer.spareBytes + 2)
    }
}
