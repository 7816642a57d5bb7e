import Testing

@testable import HTTPWire

@Suite struct WireHeadTests {
    private static func request(_ text: String, maximumFields: Int = 100) throws -> String? {
        try Array(text.utf8).withUnsafeBytes { bytes in
            guard let head = try WireRequestHead.parse(bytes, maximumFields: maximumFields) else { return nil }
            let names = head.fields.map { String(decoding: $0.name(in: bytes), as: UTF8.self) }
            let end = head.bodyEnd.map { "\($0)" } ?? "no body"
            return "\(String(decoding: bytes[head.target], as: UTF8.self)) \(end) \(names)"
        }
    }

    @Test func fieldsOfTheConnectionAreSetApart() throws {
        let fields = "Host: h\r\nA: 1\r\nConnection: close, b\r\nB: 2\r\nTE: x\r\nContent-Length: 3\r\n"
        #expect(try Self.request("PUT /x?y HTTP/1.1\r\n\(fields)\r\n") == #"/x?y length(3) ["A", "B"]"#)
    }

    /// What an answer says about its own hop is for whoever asked, and for nobody behind.
    @Test(arguments: [false, true]) func fieldsOfTheHopStayInAnAnswerThatIsNotPassedOn(keeps: Bool) throws {
        let text =
            "HTTP/1.1 407 x\r\nProxy-Authenticate: NTLM\r\nConnection: x-note, close\r\nX-Note: 1\r\n"
            + "Content-Length: 0\r\nA: 1\r\n\r\n"
        try Array(text.utf8).withUnsafeBytes { bytes in
            let head = try #require(
                try WireResponseHead.parse(bytes, maximumBytes: 1024, maximumFields: 9, keepsHopFields: keeps)
            )
            let ofTheHop = keeps ? ["Proxy-Authenticate", "Connection", "X-Note"] : []
            let names = head.fields.map { String(decoding: $0.name(in: bytes), as: UTF8.self) }
            #expect(names == ofTheHop + ["Content-Length", "A"])
            #expect(!head.keepsAlive)
            #expect(head.bodyEnd == .length(0))
        }
    }

    @Test func aHeadWithoutItsEndIsNotOne() throws {
        #expect(try Self.request("GET / HTTP/1.1\r\nHost: h\r\n") == nil)
        #expect(try Self.request("GET /") == nil)
        #expect(try Self.request("") == nil)
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\n\r\n", WireFault.missingHost),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .repeatedHost),
        ("GET / HTTP/3\r\n\r\n", .version), ("GET /\r\n\r\n", .startLine), ("GET / HTTP/1.1\n\r\n", .lineEnd),
        ("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", .expectation),
        ("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n", .tooManyFields),
        ("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", .unknownCoding),
        ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .misplacedCoding),
        ("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", .repeatedLength),
        ("GET / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", .length), ("GET / HTTP/1.1\r\nA : 1\r\n\r\n", .field),
        ("GET / HTTP/1.1\r\nA: \u{1}\r\n\r\n", .controlCharacter),
        ("GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .ambiguousEnd),
    ])
    func everyFaultHasItsName(text: String, fault: WireFault) {
        #expect(throws: fault) { try Self.request(text, maximumFields: 2) }
    }

    /// Letters outside ASCII that Unicode calls upper case of an ASCII letter name no field.
    @Test func optionsAreComparedAsASCII() throws {
        let head = "GET / HTTP/1.1\r\nHost: h\r\nConnection: \u{212a}eep, X-\u{212a}\r\nKeep: 1\r\nX-K: 1\r\n\r\n"
        try Array(head.utf8).withUnsafeBytes { bytes in
            let head = try #require(try WireRequestHead.parse(bytes, maximumFields: 9))
            #expect(head.fields.map { head.connection.names($0.name(in: bytes)) } == [false, false])
        }
    }

    @Test func theEndOfAHeadIsFoundHoweverItIsCut() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: h\r\n\r\nrest".utf8)
        var search = HeadSearch()
        let found = (0...bytes.count).compactMap { count in
            bytes.prefix(count).withUnsafeBytes { search.end(in: $0) }.map { (count, $0) }
        }
        let length = bytes.count - 4
        #expect(found.first?.0 == length)
        #expect(found.allSatisfy { $0.1 == length })
    }

    @Test func everyOtherEndIsFoundToo() {
        for text in ["a\n\nrest", "a\r\n\nrest"] {
            var search = HeadSearch()
            #expect(Array(text.utf8).withUnsafeBytes { search.end(in: $0) } == text.utf8.count - 4)
        }
    }
}
