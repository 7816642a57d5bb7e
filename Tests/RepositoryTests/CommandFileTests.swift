import Testing

/// The program holds one file per command. What a command does lies in the module that it is about.
@Suite struct CommandFileTests {
    /// Of the program as a whole: its entry and exit status, and the options that two commands share.
    private static let others: Set = ["Main.swift", "CommandFailure.swift", "RuleOptions.swift"]

    @Test func everyOtherFileIsACommand() throws {
        let files = try SourceTree.files(under: "Sources/Lookout", endingIn: ".swift")
        // Those of the program itself, and of a command with commands below it.
        let registered = files.map(\.text).filter { $0.contains("subcommands: [") }.joined()
        for file in files {
            let name = file.path.replacing("Sources/Lookout/", with: "")
            guard !Self.others.contains(name) else { continue }
            let command = name.replacing(".swift", with: "")
            #expect(command.hasSuffix("Command"), "\(file)")
            #expect(file.text.contains("struct \(command): "), "\(file)")
            #expect(registered.contains("\(command).self"), "\(command) is not registered")
        }
    }
}
