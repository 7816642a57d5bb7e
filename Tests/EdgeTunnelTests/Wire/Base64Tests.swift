import Support
import Testing

@testable import EdgeTunnel

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"), ("\u{0}\u{0}\u{0}", "AAAA"),
    ])
    func encodesTheVectorsOfTheStandard(plain: String, text: String) {
        #expect(encoded(Array(plain.utf8)) == text)
    }

    @Test func everyCharacterOfTheAlphabetIsReachedInEveryPlace() {
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
        for shift in 0..<64 {
            let text = String(repeating: alphabet, count: 2).dropFirst(shift).prefix(64)
            #expect(encoded(decoded(Array(text.utf8))!) == String(text))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func agreesWithAPlainEncoderAtEveryLength(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for count in 0..<200 {
            let bytes = random.bytes(count)
            #expect(encoded(bytes) == reference(bytes), "seed \(seed), \(count) bytes")
        }
    }

    @Test func lengthCountsThePadding() {
        #expect([0, 1, 2, 3, 4, 6, 32_768].map(Base64.encodedLength) == [0, 4, 4, 4, 8, 8, 43_692])
    }
}

func encoded(_ bytes: [UInt8]) -> String {
    let text = output(capacity: Base64.encodedLength(bytes.count)) { destination in
        bytes.withUnsafeBytes { Base64.encode($0, into: destination) }
    }
    return String(decoding: text, as: UTF8.self)
}

/// Base64 as a beginner would write it: a string of bits, six at a time.
func reference(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    var bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
    while bits.count % 6 != 0 {
        bits.append(0)
    }
    var text = ""
    for start in stride(from: 0, to: bits.count, by: 6) {
        text.append(alphabet[bits[start..<(start + 6)].reduce(0) { $0 * 2 + Int($1) }])
    }
    return text + String(repeating: "=", count: (4 - text.count % 4) % 4)
}
