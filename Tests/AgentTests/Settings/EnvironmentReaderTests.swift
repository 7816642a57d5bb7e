import Testing

@testable import Agent

@Suite struct EnvironmentReaderTests {
    private enum Color: String, CaseIterable {
        case red
        case blue
    }

    @Test func anEmptyVariableCountsAsUnset() {
        var reader = EnvironmentReader(["S": "", "I": "", "B": "", "C": ""])
        #expect(reader.string("S") == nil)
        #expect(reader.integer("I", default: 7, in: 1...9) == 7)
        let value = reader.boolean("B", default: true)
        #expect(value)
        #expect(reader.choice("C", default: Color.blue) == .blue)
        #expect(reader.problems.isEmpty)
    }

    @Test(arguments: [
        ("a", ["a"]), (" a , b,", ["a", "b"]), (",,", []), ("", []),
    ])
    func readsAList(text: String, list: [String]) {
        #expect(EnvironmentReader(["L": text]).list("L") == list)
    }

    @Test(arguments: [("1", 1), ("9", 9), ("+5", 5), ("007", 7)])
    func readsAnInteger(text: String, value: Int) {
        var reader = EnvironmentReader(["I": text])
        #expect(reader.integer("I", default: 3, in: 1...9) == value)
        #expect(reader.problems.isEmpty)
    }

    @Test(arguments: ["0", "10", "-1", "abc", "0x5", "1.5", " 5", "5s", "99999999999999999999"])
    func refusesAnIntegerOutsideItsRangeAndSaysWhichIsAccepted(text: String) {
        var reader = EnvironmentReader(["I": text])
        #expect(reader.integer("I", default: 3, in: 1...9) == 3)
        #expect(reader.problems == ["I is '\(text)'; it must be a whole number from 1 to 9"])
    }

    @Test(arguments: [
        ("1", true), ("true", true), ("TRUE", true), ("yes", true), ("Y", true), ("on", true), ("0", false),
        ("false", false), ("No", false), ("n", false), ("OFF", false),
    ])
    func readsABoolean(text: String, value: Bool) {
        var reader = EnvironmentReader(["B": text])
        #expect(reader.boolean("B", default: !value) == value)
        #expect(reader.problems.isEmpty)
    }

    @Test(arguments: ["2", "maybe", " true", "t"])
    func refusesWhatIsNoBoolean(text: String) {
        var reader = EnvironmentReader(["B": text])
        let value = reader.boolean("B", default: true)
        #expect(value)
        #expect(reader.problems == ["B is '\(text)'; it must be true or false"])
    }

    @Test func readsAChoiceInAnyCaseAndNamesThemAllWhenItIsNone() {
        var reader = EnvironmentReader(["C": "BLUE", "D": "green"])
        #expect(reader.choice("C", default: Color.red) == .blue)
        #expect(reader.choice("D", default: Color.red) == .red)
        #expect(reader.problems == ["D is 'green'; it must be one of red, blue"])
    }
}
