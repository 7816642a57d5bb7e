import Testing

@testable import Agent

@Suite struct EngineCheckTests {
    @Test(arguments: ["1.41", "1.45", "2.0"])
    func anEngineOfTheRangeIsGood(api: String) {
        let check = EngineCheck.judge(version: "26.1.5", api: api, oldest: "1.24")
        #expect(check == .good("engine", "engine 26.1.5, API 1.24 to \(api)"))
    }

    @Test(arguments: ["1.40", "1.9", "0.99", "", "new"])
    func anOlderOneIsNot(api: String) {
        let check = EngineCheck.judge(version: "19.03", api: api, oldest: "1.12")
        #expect(!check.isGood)
        #expect(check.text.contains("1.41 (Docker 20.10): upgrade the engine"))
    }
}
