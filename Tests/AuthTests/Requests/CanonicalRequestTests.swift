import Auth
import Testing

@Suite struct CanonicalRequestTests {
    @Test(arguments: Vectors.all)
    func signsTheBytesOfTheVector(_ vector: Vector) {
        let bytes = vector.request.bytes
        #expect(bytes.count == vector.byteCount)
        #expect(SHA256Digest(of: bytes.span).hex == vector.digest)
    }

    @Test func isFiveLinesWithoutOneAtTheEnd() {
        let request = CanonicalRequest(method: "GET", target: "/x?", timestamp: -7, nonce: Nonce.random())
        let text = String(decoding: request.bytes, as: UTF8.self)
        #expect(text == "GET\n/x?\n\(Vectors.emptyBodyDigest)\n-7\n\(request.nonce)")
    }
}
