import ContainerWatch
import Testing

@testable import Agent

@Suite struct PaintTests {
    @Test(
        arguments: [
            (false, true, [:], true), (true, true, [:], false), (false, false, [:], false),
            (false, true, ["NO_COLOR": ""], true), (false, true, ["NO_COLOR": "1"], false),
            (false, true, ["TERM": "dumb"], false), (false, true, ["TERM": "xterm"], true),
        ] as [(Bool, Bool, [String: String], Bool)]
    )
    func coloursNeedATerminalAndAreOffOnRequest(
        noColor: Bool,
        isTerminal: Bool,
        environment: [String: String],
        isColoured: Bool
    ) {
        let paint = Paint.forOutput(noColor: noColor, isTerminal: isTerminal, environment: environment)
        switch paint {
        case .ansi: #expect(isColoured)
        case .none: #expect(!isColoured)
        }
    }
}
