import Testing

@testable import Base

@Suite struct JSONScannerTests {
    @Test func aRequestFrameIsReadInPlace() throws {
        let text = #" {"type" : "request", "data":{"requestId":"r-1","body":{"n":1.0, "x":[ ]} ,"headers":{}} } "#
        var found: [String] = []
        try scan(text) { scanner in
            #expect(try scanner.beginObject())
            while let key = try scanner.nextKey() {
                if key.isEqual(to: "type") {
                    found.append(try scanner.readString()?.decoded ?? "-")
                } else {
                    #expect(try scanner.beginObject())
                    while let key = try scanner.nextKey() {
                        let range = try scanner.skipValue()
                        found.append(
                            key.decoded + "=" + Array(text.utf8)[range].map { String(UnicodeScalar($0)) }.joined()
                        )
                    }
                }
            }
            try scanner.end()
        }
        #expect(found == ["request", "requestId=\"r-1\"", "body={\"n\":1.0, \"x\":[ ]}", "headers={}"])
    }

    @Test(
        arguments: [
            ("{}", .object), ("  []", .array), ("\"", .string), ("-", .number), ("7", .number), ("t", .bool),
            ("f", .bool),
            ("n", .null), ("x", nil), ("", nil), ("]", nil),
        ] as [(String, JSONText.Kind?)]
    )
    func theFirstByteTellsTheKind(text: String, kind: JSONText.Kind?) throws {
        try scan(text) { scanner in
            let next = scanner.nextKind()
            #expect(next == kind)
        }
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("42", 42), ("-42", -42), ("\"42\"", 42), ("\"-42\"", -42),
            ("9223372036854775807", .max), ("-9223372036854775808", .min), ("\"9223372036854775807\"", .max),
            ("9223372036854775808", nil), ("-9223372036854775809", nil), ("18446744073709551615", nil),
            ("92233720368547758070", nil), ("1.0", nil), ("1e3", nil), ("\"\"", nil), ("\"-\"", nil), ("\"+1\"", nil),
            ("\" 1\"", nil), ("\"1.5\"", nil), ("\"abc\"", nil), ("true", nil), ("null", nil), ("[1]", nil),
            ("{}", nil),
        ] as [(String, Int?)]
    )
    func integersMayBeNumbersOrStrings(text: String, value: Int?) throws {
        try scan("[\(text) ,7]") { scanner in
            #expect(try scanner.beginArray())
            #expect(try scanner.nextElement())
            #expect(try scanner.readInteger() == value)
            #expect(try scanner.nextElement())
            #expect(try scanner.readInteger() == 7)
            #expect(try !scanner.nextElement())
            try scanner.end()
        }
    }

    @Test(
        arguments: [
            ("true", true), (" false", false), ("null", nil), ("\"true\"", nil), ("1", nil), ("[true]", nil),
        ] as [(String, Bool?)]
    )
    func onlyTrueAndFalseAreBooleans(text: String, value: Bool?) throws {
        try scan(text) { scanner in
            #expect(try scanner.readBool() == value)
            try scanner.end()
        }
    }

    @Test(arguments: [
        (#"["ab","c"]"#, JSONScanner.BoundedStrings.strings(["ab", "c"])),
        (#"["","","","",""]"#, .strings(["", "", "", "", ""])),
        (#"["abc","c"]"#, .tooLong), (#"["","","","","",""]"#, .tooLong), (#"["abcdef"]"#, .tooLong),
        ("[]", .strings([])), (#"["\n", "c"]"#, .strings(["\n", "c"])),
        (#"["abcdef",7]"#, nil), (#"["sh",1,"x"]"#, nil), (#"[["sh"]]"#, nil), ("\"sh\"", nil), ("null", nil),
        ("{}", nil),
        ("7", nil),
    ])
    func aListOfStringsHoldsNothingElseAndHasALimit(text: String, value: JSONScanner.BoundedStrings?) throws {
        try scan(text) { scanner in
            #expect(try scanner.readStrings(maximumBytes: 5) == value)
            try scanner.end()
        }
    }

    @Test(arguments: ["1", "null", "[\"x\"]", "{\"a\":\"x\"}", "true"])
    func aValueOfAnotherTypeIsPassedOver(text: String) throws {
        try scan(text) { scanner in
            #expect(try scanner.readString() == nil)
            try scanner.end()
        }
        try scan("\"x\"") { scanner in
            #expect(try !scanner.beginObject())
            try scanner.end()
        }
        try scan("{\"a\":[]}") { scanner in
            #expect(try !scanner.beginArray())
            try scanner.end()
        }
    }

    @Test(
        arguments: [
            ("{\"a\":1", .cut, 6), ("{\"a\":1]", .noComma, 6), ("{\"a\":1 \"b\":2}", .noComma, 7),
            ("{\"a\":1,}", .noKey, 7),
            ("{,}", .noKey, 1), ("{1:2}", .noKey, 1), ("{\"a\" 1}", .noColon, 5), ("{\"a\":}", .noValue, 5),
            ("{\"a\":tru}", .badLiteral, 5), ("{\"a\":-x}", .badNumber, 6), ("{\"a\":\"\n\"}", .controlCharacter, 6),
            ("{\"a\":\"\\q\"}", .badEscape, 6), ("{} x", .trailingBytes, 3), ("{", .cut, 1), ("", .cut, 0),
            ("?", .noValue, 0),
            ("{\"a\"", .cut, 4), ("{\"a", .cut, 3), ("{\"a\":1,", .cut, 7),
        ] as [(String, JSONError.Reason, Int)]
    )
    func anErrorNamesTheReasonAndThePlace(text: String, reason: JSONError.Reason, offset: Int) {
        let expected = JSONError(reason, at: offset)
        #expect(throws: expected, "walking") { try scan(text) { try self.walk(&$0) } }
        #expect(throws: expected, "skipping") {
            try scan(text) { scanner in
                _ = try scanner.skipValue()
                try scanner.end()
            }
        }
    }

    @Test func brokenUTF8AndDeepNestingAreNamedToo() {
        #expect(throws: JSONError(.badUTF8, at: 2)) {
            try ([0x22, 0x61, 0xFF, 0x22] as [UInt8]).withUnsafeBytes { bytes in
                var scanner = JSONScanner(bytes)
                _ = try scanner.readString()
            }
        }
        #expect(throws: JSONError(.tooDeep, at: 512)) {
            try scan(String(repeating: "[", count: 513)) { _ = try $0.skipValue() }
        }
    }

    @Test func emptyMemoryWithoutAnAddressIsACutText() {
        var scanner = JSONScanner(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(throws: JSONError(.cut, at: 0)) { try scanner.skipValue() }
    }

    private func walk(_ scanner: inout JSONScanner) throws {
        if try scanner.beginObject() {
            while try scanner.nextKey() != nil {
                _ = try scanner.skipValue()
            }
        }
        try scanner.end()
    }

    private func scan(_ text: String, _ body: (inout JSONScanner) throws -> Void) throws {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            try body(&scanner)
        }
    }
}
