import ArgumentParser
import Testing

@testable import Lookout

@Suite struct EnvCommandTests {
    @Test func aVariableOfTheAgentMayBeNamed() throws {
        #expect(try EnvCommand.parse([]).name == nil)
        #expect(try EnvCommand.parse(["PORT"]).name == "PORT")
    }

    @Test(arguments: ["PATH", "port", ""]) func anotherNameIsAWrongCall(name: String) {
        #expect(throws: (any Error).self) { try EnvCommand.parse([name]) }
    }
}
