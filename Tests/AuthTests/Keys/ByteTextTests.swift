import Foundation
import Testing

@testable import Auth

@Suite struct ByteTextTests {
    @Test func agreesWithFoundationForEveryLength() {
        for count in 0...100 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255) }
            let text = Base64.encode(bytes)
            #expect(ByteText.base64(bytes.span, .standard) == text)
            #expect(ByteText.base64(bytes.span, .standardUnpadded) == text.replacing("=", with: ""))
            #expect(ByteText.base64(bytes.span, .urlUnpadded) == Base64.encodeURL(bytes))
            #expect(ByteText.decode(text, .standard) == bytes)
            #expect(ByteText.decode(Base64.encodeURL(bytes), .urlUnpadded) == bytes)
        }
    }

    @Test(arguments: ["A", "AA", "AA=", "AA===", "AA==AA==", "AB==", "AA==\n", " AA==", "A-==", "AAA", "ÄA=="])
    func refusesSloppyText(text: String) {
        #expect(ByteText.decode(text, .standard) == nil)
    }

    @Test func printsHexInLowercase() {
        #expect(ByteText.hex(([0x00, 0x0f, 0xa5, 0xff] as [UInt8]).span) == "000fa5ff")
    }
}
