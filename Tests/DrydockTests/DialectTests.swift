import Testing

@testable import Drydock

@Suite struct DialectTests {
    @Test(
        arguments: [
            (.portwing, "/api/portwing/ws", "portwing/1.0"), (.lookout, "/api/lookout/ws", "lookout/1.0"),
        ] as [(Dialect, String, String)]
    )
    func everyDialectHasItsNames(dialect: Dialect, path: String, name: String) {
        #expect(dialect.path == path)
        #expect(dialect.protocolName == name)
    }

    @Test func eachIsTheOtherOfTheOther() {
        for dialect in Dialect.allCases {
            #expect(dialect.other != dialect)
            #expect(dialect.other.other == dialect)
        }
    }
}
