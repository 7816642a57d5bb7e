import Support
import Testing

@testable import Base

@Suite struct JSONTextTests {
    @Test(
        arguments: [
            ("{}", .object), ("[]", .array), ("\"\"", .string), ("0", .number), ("true", .bool), ("false", .bool),
            ("null", .null), (" \t\r\n[ ] \n", .array), ("{ \"a\" : [ 1 , {} ] }", .object), ("\"é🚀\"", .string),
            ("18446744073709551615", .number), ("1.0", .number), ("-0", .number), ("-0.5e-10", .number),
            ("1E+400", .number),
            ("{\"a\":1,\"a\":2}", .object), (#""\"\\\/\b\f\n\r\t\u00e9\uD800""#, .string), ("[[],[[]],{}]", .array),
            ("\"\u{7F}\"", .string),
        ] as [(String, JSONText.Kind)]
    )
    func aCompleteValueHasItsKind(text: String, kind: JSONText.Kind) {
        #expect(validated(Array(text.utf8)) == kind)
    }

    @Test(arguments: [
        "", " ", "OK", "{} {}", "{}{}", "1 2", "{", "[", "\"", "[1,]", "[,1]", "[1 2]", "[1}", "{]", "{,}", "{\"a\"}",
        "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "{a:1}", "{1:2}", "{\"a\":1 \"b\":2}", "]", "}", "tru", "trueX", "nul",
        "True", "NaN", "Infinity", "01", "-", "+1", ".5", "1.", "1e", "1e+", "--1", "0x10", "1_0", "'a'", "\"a\nb\"",
        "\"\t\"", #""\x""#, #""\u12G4""#, #""\u123""#, #""\"#, "[1]]", "/**/1", "\u{FEFF}1", "1\u{0}", "\u{A0}1",
        "[\u{B}]",
    ])
    func anythingElseIsRefused(text: String) {
        #expect(validated(Array(text.utf8)) == nil)
    }

    @Test(arguments: UTF8CheckTests.sequences)
    func stringsMustBeUTF8(bytes: [UInt8], sequence: UTF8Check.Sequence) {
        for place in [0, 3, 6, 7, 8] {
            let text = Array("{\"k\":\"".utf8) + [UInt8](repeating: 0x61, count: place) + bytes + Array("\"}".utf8)
            let isValid = sequence == .valid(bytes.count)
            #expect((validated(text) == .object) == isValid)
        }
    }

    @Test func valuesMayBeNested512DeepAndNotDeeper() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let pairs = 512 / close.utf8.count
            let deepest = String(repeating: open, count: pairs) + "1" + String(repeating: close, count: pairs)
            #expect(validated(Array(deepest.utf8)) != nil)
            #expect(validated(Array("[\(deepest)]".utf8)) == nil)
        }
        #expect(validated([UInt8](repeating: UInt8(ascii: "["), count: 1_000_000)) == nil)
    }

    @Test(arguments: [51, 52, 53, 54] as [UInt64])
    func agreesWithAPlainParserOnDamagedTexts(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<300 {
            var text = Array(randomValue(depth: 4, using: &random).utf8)
            #expect(validated(text) == PlainJSON.kind(of: text))
            #expect(validated(text) != nil, "seed \(seed): \(String(decoding: text, as: UTF8.self))")
            let place = Int.random(in: 0..<text.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: text.remove(at: place)
            case 1: text[place] = Array("{}[],:\"\\0-+.eEtfn u".utf8).randomElement(using: &random)!
            default: text[place] = UInt8.random(in: .min ... .max, using: &random)
            }
            #expect(validated(text) == PlainJSON.kind(of: text), "seed \(seed): \(text)")
        }
    }

    @Test func everyPrefixOfATextIsRefused() {
        let text = Array(#"{"a":[1.5e3,"x\n\u00e9é",{"b":null}],"c":{"d":[true,false]}}"#.utf8)
        for count in 0..<text.count {
            #expect(validated(Array(text[..<count])) == nil, "\(count) bytes")
        }
        #expect(validated(text) == .object)
    }

    @Test func marksTheFirstMeaningfulByteOfEight() {
        for byte in UInt8.min ... .max {
            let isMeaningful = byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C
            for place in 0..<8 {
                let word = UInt64(0x6161_6161_6161_6161) & ~(0xFF << (8 * place)) | UInt64(byte) << (8 * place)
                let first = JSONText.marks(in: word).trailingZeroBitCount / 8
                #expect(first == (isMeaningful ? place : 8), "byte \(byte) at \(place)")
            }
        }
    }

    private func validated(_ bytes: [UInt8]) -> JSONText.Kind? {
        bytes.withUnsafeBytes { JSONText.validate($0) }
    }
}

/// A valid text with all kinds of values, escapes and whitespace.
private func randomValue(depth: Int, using random: inout SplitMix) -> String {
    let space = ["", "", "", " ", "\n\t", "\r "]
    func gap() -> String { space.randomElement(using: &random)! }
    func string() -> String {
        let parts = ["a", "longer than eight", "é", "🚀", #"\n"#, #"\""#, #"\\"#, #"\u00e9"#, #"\ud83d\ude80"#, "/", ""]
        return "\""
            + (0..<Int.random(in: 0...4, using: &random)).map { _ in parts.randomElement(using: &random)! }.joined()
            + "\""
    }
    func members(_ member: () -> String) -> String {
        (0..<Int.random(in: 0...4, using: &random)).map { _ in gap() + member() + gap() }.joined(separator: ",")
    }
    switch Int.random(in: 0...(depth > 0 ? 6 : 4), using: &random) {
    case 0: return string()
    case 1:
        return ["0", "-0", "1.5", "-12e3", "3E+07", "10000000000000000000000", "0.001e-9"].randomElement(
            using: &random
        )!
    case 2: return "true"
    case 3: return "false"
    case 4: return "null"
    case 5: return "[" + members { randomValue(depth: depth - 1, using: &random) } + gap() + "]"
    default:
        return "{" + members { string() + gap() + ":" + gap() + randomValue(depth: depth - 1, using: &random) } + gap()
            + "}"
    }
}
