import Testing

@testable import Auth

@Suite struct PEMListTests {
    private static func block(_ label: String, _ base64: String) -> String {
        "-----BEGIN \(label)-----\n\(base64)\n-----END \(label)-----\n"
    }

    private static func list(_ text: String) -> PEMList { PEMList(Array(text.utf8)) }

    @Test func everyBlockIsAnEntry() {
        let text = "first\n" + Self.block("A", "AAAA") + "\nsecond\n" + Self.block("B B", "AQID\nBAU=")
        #expect(
            Self.list(text).entries == [
                .init(label: "A", contents: [0, 0, 0]), .init(label: "B B", contents: [1, 2, 3, 4, 5]),
            ]
        )
        #expect(Self.list(text).emptiness == nil)
    }

    @Test(
        arguments: [
            "-----BEGIN A-----\nAAAA\n", "-----BEGIN A-----\n-----END A-----\n",
            "-----BEGIN A-----\nA*\n-----END A-----\n",
            "-----BEGIN A-----\nAAAA\n-----END B-----\n",
        ]
    )
    func aBrokenBlockDoesNotHideTheOthers(broken: String) {
        let good = Self.block("G", "AAAA")
        let entries = Self.list(good + broken + good).entries
        #expect(entries.map(\.label) == ["G", "A", "G"])
        #expect(entries.map { $0.contents == nil } == [false, true, false])
    }

    @Test func aByteOrderMarkIsSkipped() {
        let good = Self.block("G", "AAAA")
        #expect(Self.list("\u{feff}" + good).entries == Self.list(good).entries)
    }

    @Test func aTextWithoutBlocksSaysWhatItIs() {
        #expect(Self.list("").emptiness == "is empty")
        #expect(Self.list("text").emptiness == "contains no line -----BEGIN CERTIFICATE-----")
        #expect(Self.list(" " + Self.block("A", "AAAA")).emptiness == "has an indented PEM block")
        #expect(PEMList([0xfe, 0xff, 0, 0x2d]).emptiness == "is UTF-16 text; save it as UTF-8")
    }
}
