import Foundation
import Support
import Testing

@testable import Base

@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter<[UInt8]>) -> Void) -> String {
        var json = JSONWriter([UInt8]())
        body(&json)
        return String(decoding: json.finish(), as: UTF8.self)
    }

    @Test func commasStandBetweenMembersAndElementsOnly() {
        let text = self.written { json in
            json.object { json in
                json.object("empty") { _ in }
                json.array("none") { _ in }
                json.object("one") { $0.member("a", 1) }
                json.array("several") { json in
                    json.value(1)
                    json.array { _ in }
                    json.object { _ in }
                    json.value("x")
                    json.raw("null")
                    json.value(false)
                }
                json.array("texts", of: ["a", "b"])
                json.member("last", true)
            }
        }
        #expect(
            text
                == #"{"empty":{},"none":[],"one":{"a":1},"several":[1,[],{},"x",null,false],"texts":["a","b"],"last":true}"#
        )
    }

    @Test func aMemberWithoutAValueIsLeftOut() {
        let text = self.written { json in
            json.object { json in
                json.member("text", nil as String?)
                json.member("number", nil as Int?)
                json.member("fraction", nil as Double?)
                json.member("here", "x" as String?)
            }
        }
        #expect(text == #"{"here":"x"}"#)
    }

    @Test func namesFromElsewhereAreEscaped() {
        let text = self.written { json in
            json.object { json in
                json.member(named: "a\"b", "\u{1}")
                json.key(named: "\n")
                json.value(2)
            }
        }
        #expect(text == #"{"a\"b":"\u0001","\n":2}"#)
    }

    @Test(arguments: [(0.5, "0.5"), (2, "2.0"), (-1e300, "-1e+300"), (.nan, "null"), (.infinity, "null")])
    func aNumberThatJSONDoesNotHaveIsNull(_ number: Double, _ text: String) {
        #expect(self.written { $0.value(number) } == text)
    }

    @Test func membersWithoutAnObjectAreWrittenOneAfterTheOther() {
        let text = self.written { json in
            json.member("a", 1)
            json.member("b", "c")
        }
        #expect(text == #""a":1,"b":"c""#)
    }

    /// Trees of any shape: the scanner takes them, and Foundation reads what was written.
    @Test(arguments: [71, 72, 73] as [UInt64]) func everyTreeIsValidJSON(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<100 {
            var values = 0
            let text = self.written { Self.write(&$0, depth: 0, &values, &random) }
            let kind = Array(text.utf8).withUnsafeBytes { JSONText.validate($0) }
            #expect(kind != nil, "seed \(seed): \(text)")
            let read = try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
            #expect(Self.count(read) == values, "seed \(seed): \(text)")
        }
    }

    private static func write(
        _ json: inout JSONWriter<[UInt8]>,
        depth: Int,
        _ values: inout Int,
        _ random: inout SplitMix
    ) {
        values += 1
        switch Int.random(in: 0..<(depth < 5 ? 6 : 4), using: &random) {
        case 0: json.value(Int.random(in: -1000...1000, using: &random))
        case 1: json.value(String(repeating: "é\"", count: Int.random(in: 0...20, using: &random)))
        case 2: json.value(Bool.random(using: &random))
        case 3: json.value(0.25)
        case 4:
            json.array { json in
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    self.write(&json, depth: depth + 1, &values, &random)
                }
            }
        default:
            json.object { json in
                for index in 0..<Int.random(in: 0...4, using: &random) {
                    json.key(named: "name \(index)")
                    self.write(&json, depth: depth + 1, &values, &random)
                }
            }
        }
    }

    private static func count(_ value: Any) -> Int {
        switch value {
        case let array as [Any]: array.reduce(1) { $0 + self.count($1) }
        case let object as [String: Any]: object.values.reduce(1) { $0 + self.count($1) }
        default: 1
        }
    }
}
