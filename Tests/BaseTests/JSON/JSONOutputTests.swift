import Support
import Testing

@testable import Base

@Suite struct JSONOutputTests {
    @Test(arguments: [
        ("", #""""#),
        ("plain", #""plain""#),
        ("\"\\/", #""\"\\/""#),
        ("\u{8}\u{9}\u{A}\u{C}\u{D}", #""\b\t\n\f\r""#),
        ("\u{0}\u{1}\u{B}\u{E}\u{1F}\u{7F}", #""\u0000\u0001\u000b\u000e\u001f"# + "\u{7F}\""),
        ("é€🚀<>&\u{2028}", "\"é€🚀<>&\u{2028}\""),
    ])
    func onlyWhatMustBeEscapedIs(text: String, json: String) {
        #expect(written(Array(text.utf8)) == json)
        var output = Array("before".utf8)
        output.appendJSON(quoting: text)
        #expect(String(decoding: output, as: UTF8.self) == "before" + json)
    }

    @Test func aMarkIsFoundInEveryPlace() {
        for byte in UInt8.min..<0x80 {
            for place in 0..<20 {
                var text = [UInt8](repeating: 0x61, count: 20)
                text[place] = byte
                #expect(written(text) == reference(text), "byte \(byte) at \(place)")
            }
        }
    }

    @Test(arguments: UTF8CheckTests.sequences)
    func everyMaximalSubpartBecomesOneReplacement(bytes: [UInt8], sequence: UTF8Check.Sequence) {
        for place in [0, 1, 6, 7, 8] {
            let text = [UInt8](repeating: 0x61, count: place) + bytes
            #expect(written(text) == reference(text), "at \(place)")
            #expect(written(text + [0x62]) == reference(text + [0x62]), "at \(place), more behind")
        }
    }

    @Test(arguments: [41, 42, 43, 44] as [UInt64])
    func agreesWithAPlainWriter(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for _ in 0..<300 {
            let text = random.nearlyText(Int.random(in: 0...120, using: &random))
            #expect(written(text) == reference(text), "seed \(seed): \(text)")
        }
    }

    @Test(arguments: [100, 5000])
    func aTextThatIsAllEscapesGrowsSixfold(count: Int) {
        let text = [UInt8](repeating: 1, count: count)
        #expect(written(text).utf8.count == 6 * count + 2)
        #expect(written(text) == reference(text))
    }

    @Test(
        arguments: [
            (0, "0"), (7, "7"), (-7, "-7"), (10, "10"), (99, "99"), (100, "100"), (-100, "-100"),
            (.max, "9223372036854775807"), (.min, "-9223372036854775808"),
        ] as [(Int, String)]
    )
    func integersAreWrittenInFull(value: Int, digits: String) {
        var output = Array("n=".utf8)
        output.appendJSON(value)
        #expect(String(decoding: output, as: UTF8.self) == "n=" + digits)
    }

    private func written(_ text: [UInt8]) -> String {
        var output: [UInt8] = []
        text.withUnsafeBytes { output.appendJSON(quoting: $0) }
        return String(validating: output, as: UTF8.self) ?? "not UTF-8"
    }

    /// The same by way of the standard library's own repair.
    private func reference(_ text: [UInt8]) -> String {
        let short: [Unicode.Scalar: String] = [
            "\"": "\\\"", "\\": "\\\\", "\u{8}": "\\b", "\t": "\\t", "\n": "\\n", "\u{C}": "\\f", "\r": "\\r",
        ]
        let escaped = String(decoding: text, as: UTF8.self).unicodeScalars.map { scalar in
            if let escape = short[scalar] { return escape }
            guard scalar.value < 0x20 else { return String(scalar) }
            return "\\u00" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
        }
        return "\"" + escaped.joined() + "\""
    }
}
