import NIOCore
import Testing

@testable import DockerBridge

@Suite struct ResponseHeadTests {
    private static func fields(_ lines: String...) throws -> ResponseHead.Fields {
        var buffer = ByteBuffer(string: (["HTTP/1.1 200 OK"] + lines + ["", ""]).joined(separator: "\r\n"))
        return try #require(try ResponseHeadParser.parse(&buffer)).head.fields
    }

    private static func joined(_ fields: ResponseHead.Fields) -> [String] {
        var result: [String] = []
        fields.forEachJoined { name, value in
            result.append("\(String(decoding: name, as: UTF8.self))=\(String(decoding: value, as: UTF8.self))")
        }
        return result
    }

    @Test func fieldsKeepTheirOrderAndTheirCase() throws {
        #expect(Self.joined(try Self.fields("Zeta: 1", "alpha: 2", "Mid: ")) == ["Zeta=1", "alpha=2", "Mid="])
    }

    @Test func repeatedFieldsAreJoinedWhereTheFirstStood() throws {
        let fields = try Self.fields("A: 1", "B: x", "a: 2", "C: y", "A:", "A: 3")
        #expect(Self.joined(fields) == ["A=1, 2, , 3", "B=x", "C=y"])
    }

    @Test func theFirstValueIsFoundInAnyCase() throws {
        let fields = try Self.fields("Content-Type:  text/plain ", "CONTENT-TYPE: other")
        #expect(fields.first("content-type") == "text/plain")
        #expect(fields.first("content-typ") == nil)
        #expect(ResponseHead.Fields.none.first("content-type") == nil)
        #expect(Self.joined(.none).isEmpty)
    }
}
