import Testing

/// HTTP/1.1 is read and written in one module. A second reader would refuse other things than the first, and what one of
/// two refuses and the other passes on is how requests are smuggled.
@Suite struct WireFormatTests {
    /// Files outside `HTTPWire` that may hold a line end of HTTP, and why.
    static let allowed = [
        "Sources/LocalServer/Listener/PlaintextRefusal.swift": "a fixed answer of HTTP/1.0, sent in front of the server"
    ]

    @Test func headsAndChunksAreReadAndWrittenByHTTPWireAlone() throws {
        for file in try SourceTree.files(under: "Sources", endingIn: ".swift") where !file.path.contains("/HTTPWire/") {
            guard Self.allowed[file.path] == nil else { continue }
            let lines = Self.wireLines(in: file.text)
            #expect(lines.isEmpty, "\(file): use HTTPWire instead of \(lines.joined(separator: " ┃ "))")
        }
    }

    @Test func whatIsListedIsThere() {
        for path in Self.allowed.keys { #expect(SourceTree.exists(path), "\(path)") }
    }

    @Test(arguments: [
        (#"head.writeString("Host: \(host)\r\n")"#, true), (#"    GET / HTTP/1.1\r"#, true),
        ("guard end == 0x0d0a else { return }", true), (#"line.last == UInt8(ascii: "\r")"#, false),
        (#"// ends in "\r\n""#, false), (#"case "\r": skip()"#, false),
    ])
    func aLineThatReadsOrWritesHTTPIsRecognised(_ line: String, isOne: Bool) {
        #expect(Self.wireLines(in: line).isEmpty != isOne)
    }

    private static func wireLines(in text: String) -> [String] {
        text.split(separator: "\n").filter { $0.contains("\\r") || $0.contains("0x0d0a") }.map(String.init).filter {
            let line = $0.drop { $0 == " " }
            guard !line.hasPrefix("//") else { return false }
            return line.contains(#"\r\n"#) || line.contains("0x0d0a") || line.hasSuffix(#"\r"#)
        }
    }
}
