import Foundation
import Testing

@testable import Base

@Suite struct JSONFieldsTests {
    private func parse(_ text: String) -> JSONFields? { JSONFields(Array(text.utf8).span) }

    @Test func readsTopLevelFieldsAndChecksTheRest() throws {
        let fields = try #require(
            self.parse(
                #" {"a" : "x\n\u00e9\ud83d\ude00\/", "n":-1.5e+3,"i":42, "o":{"a":[1,{"b":null}]},"t":true,"e":[],"f":{}} "#
            )
        )
        #expect(fields.text("a") == "x\né😀/")
        #expect(fields.fields["n"] == .number("-1.5e+3"))
        #expect(fields.integer("i") == 42)
        #expect(fields.fields["o"] == .other && fields.fields["t"] == .other)
        #expect(fields.text("i") == nil && fields.integer("a") == nil)
    }

    @Test(arguments: [
        "", " ", "{", "}", "[]", "1", "\"a\"", "null", "{}{}", "{} x", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}",
        "{a:1}",
        "{'a':1}", "{\"a\":01}", "{\"a\":1.}", "{\"a\":.5}", "{\"a\":1e}", "{\"a\":+1}", "{\"a\":tru}", "{\"a\":\"x}",
        "{\"a\":\"\u{1}\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u123", "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\ud800\\u0041\"}",
        "{\"a\":\"\\udc00\"}", "{\"a\":[1,]}", "{\"a\":[1 2]}", "{\"a\":NaN}", "\u{feff}{}",
    ])
    func refusesWhatIsNotOneObject(text: String) {
        #expect(self.parse(text) == nil)
    }

    @Test func refusesBytesThatAreNotText() {
        #expect(JSONFields(([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d] as [UInt8]).span) == nil)
    }

    @Test func depthIsBounded() {
        let depth = JSONNesting.maximumDepth - 1
        func nested(_ depth: Int) -> String {
            "{\"a\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + "}"
        }
        #expect(self.parse(nested(depth)) != nil)
        #expect(self.parse(nested(100_000)) == nil)
    }

    /// Foundation is the second opinion: whatever it refuses, we refuse, and texts agree.
    @Test func agreesWithFoundationOnDamagedInput() throws {
        let sound = Array(#"{"enrollment_token":"a\u0041","public_key":"b","n":[1,2.5,{"x":null}]}"#.utf8)
        for index in sound.indices {
            for byte in Array("\"\\{}[]:,x0 \u{7f}".utf8) {
                var damaged = sound
                damaged[index] = byte
                guard let ours = JSONFields(damaged.span) else { continue }
                let theirs = try? JSONSerialization.jsonObject(with: Data(damaged)) as? [String: Any]
                #expect(theirs != nil, "\(String(decoding: damaged, as: UTF8.self))")
                #expect(ours.text("public_key") == theirs?["public_key"] as? String)
            }
        }
    }
}
