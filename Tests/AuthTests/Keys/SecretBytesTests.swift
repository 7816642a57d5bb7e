import Auth
import Testing

@Suite struct SecretBytesTests {
    @Test func keepsACopyOfItsBytes() {
        var original: [UInt8] = [1, 2, 3]
        let secret = SecretBytes(copying: original.span)
        original[0] = 9
        let sum = secret.withBytes { bytes in bytes.indices.map { Int(bytes[$0]) } }
        #expect(sum == [1, 2, 3])
        #expect(secret.count == 3)
    }

    @Test func passesAnErrorOnWhileItIsFilled() {
        struct Refused: Error {}
        #expect(throws: Refused.self) {
            _ = try SecretBytes(count: 8) { bytes throws(Refused) in
                bytes[0] = 1
                throw Refused()
            }
        }
    }
}
