import Support
import Testing

@testable import EdgeTunnel

@Suite struct Base64DecodeTests {
    @Test(arguments: [
        ("", ""), ("Zg==", "f"), ("Zg", "f"), ("Zm8=", "fo"), ("Zm8", "fo"), ("Zm9v", "foo"), ("Zm9vYg", "foob"),
        ("Zh==", "f"),
    ])
    func paddingMayBeThereOrNot(text: String, plain: String) {
        #expect(decoded(text) == Array(plain.utf8))
    }

    @Test(arguments: ["+/+/", "-_-_", "+_-/"])
    func bothAlphabetsMeanTheSame(text: String) {
        #expect(decoded(text) == [0xFB, 0xFF, 0xBF])
        #expect(
            decoded(String(repeating: text, count: 9)) == Array(repeatElement([0xFB, 0xFF, 0xBF], count: 9).joined())
        )
    }

    @Test(arguments: [
        "=", "==", "A", "A=", "A==", "A===", "AA=", "AA===", "AAA==", "AAAA=", "AAAA==", "AAAA====", "AAAAA", "A=AA",
        "AA==AA==", "====", "A A=", "AA\n==", "AAA*",
    ])
    func refusesWhatIsNotBase64(text: String) {
        #expect(decoded(text) == nil)
        #expect(decoded(String(repeating: "A", count: 32) + text) == nil)
    }

    @Test func everyForeignByteIsRefusedInEveryPlace() {
        let alphabet = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_".utf8)
        for byte in UInt8.min ... .max {
            for place in 0..<24 {
                var text = [UInt8](repeating: UInt8(ascii: "Q"), count: 28)
                text[place] = byte
                #expect((decoded(text) != nil) == alphabet.contains(byte), "byte \(byte) at \(place)")
            }
        }
    }

    @Test(arguments: [4, 5, 6] as [UInt64])
    func givesBackWhatWasEncoded(seed: UInt64) {
        var random = SplitMix(seed: seed)
        for count in 0..<200 {
            let bytes = random.bytes(count)
            let text = encoded(bytes)
            #expect(decoded(text) == bytes, "seed \(seed), \(count) bytes")
            #expect(decoded(text.filter { $0 != "=" }) == bytes, "seed \(seed), \(count) bytes, unpadded")
        }
    }

    @Test func decodesInPlace() {
        let bytes = Array(0..<201 as Range<UInt8>)
        var memory = Array(encoded(bytes).utf8)
        let count = memory.withUnsafeMutableBytes { Base64.decode(UnsafeRawBufferPointer($0), into: $0.baseAddress!) }
        #expect(count == bytes.count)
        #expect(Array(memory.prefix(bytes.count)) == bytes)
    }
}

private func decoded(_ text: String) -> [UInt8]? {
    decoded(Array(text.utf8))
}

func decoded(_ text: [UInt8]) -> [UInt8]? {
    var isValid = true
    let bytes = output(capacity: Base64.maximumDecodedLength(text.count)) { destination in
        let count = text.withUnsafeBytes { Base64.decode($0, into: destination) }
        isValid = count != nil
        return count ?? 0
    }
    return isValid ? bytes : nil
}
