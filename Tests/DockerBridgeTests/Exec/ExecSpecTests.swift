import Testing

@testable import DockerBridge

@Suite struct ExecSpecTests {
    @Test(arguments: [
        (1, 1, true), (65535, 65535, true), (80, 24, true), (0, 24, false), (80, 0, false),
        (65536, 24, false), (80, 65536, false), (-1, 24, false),
    ])
    func aTerminalHasAUsableSizeOrNone(columns: Int, rows: Int, isUsable: Bool) {
        let size = TerminalSize(columns: columns, rows: rows)
        #expect((size != nil) == isUsable)
        if isUsable {
            #expect(size?.columns == columns)
            #expect(size?.rows == rows)
        }
    }
}
