import Testing

@testable import Policy

@Suite struct PresetTests {
    private static let look = """
        system.ping system.version system.info system.df system.events system.auth \
        containers.list containers.inspect containers.logs containers.stats containers.top containers.changes \
        containers.wait exec.inspect images.list images.inspect images.history networks.list networks.inspect \
        volumes.list volumes.inspect agent.findings agent.metrics
        """
    private static let operate = """
        \(look) containers.start containers.stop containers.restart containers.kill containers.pause \
        containers.unpause containers.rename containers.resize
        """
    private static let update = """
        \(operate) images.pull images.remove images.distribution images.tag containers.create containers.remove \
        containers.update networks.connect networks.disconnect
        """

    @Test(arguments: [
        (Preset.look, look), (.operate, operate), (.update, update),
        (.exec, "exec.create exec.start exec.inspect exec.resize containers.attach containers.resize"),
        (.files, "containers.archive.read containers.archive.write containers.export"),
    ])
    func aPresetHoldsItsOperations(preset: Preset, names: String) {
        #expect(Set(preset.operations.operations.map(\.rawValue)) == Set(names.split(separator: " ").map(String.init)))
    }

    @Test func allHoldsWhatNoTableKnows() {
        #expect(Preset.all.operations == .all && Preset.all.operations.contains(.unknown))
        let others = Preset.allCases.filter { $0 != .all }
        #expect(others.allSatisfy { !$0.operations.contains(.unknown) })
    }

    @Test func lookChangesNothing() {
        #expect(Preset.look.operations.operations.allSatisfy { $0.effect == .reads })
    }

    /// Each of them makes something run that no rule has looked at.
    @Test(arguments: [Operation.imagesCommit, .imagesBuild, .swarmWrite, .pluginsWrite, .agentCompose, .imagesLoad])
    func whatRunsUnjudgedIsInNoPresetButAll(operation: Operation) {
        #expect(Preset.allCases.filter { $0.operations.contains(operation) } == [.all])
    }

    // MARK: POLICY

    @Test(arguments: [
        ("look", [Preset.look]), ("operate+exec", [.operate, .exec]), (" look + files ", [.look, .files]),
        ("all", [.all]),
    ])
    func aSettingJoinsPresets(text: String, presets: [Preset]) throws {
        #expect(try Preset.list(text) == presets)
    }

    @Test(arguments: [
        ("lok", "'lok' is not a preset: use look, operate, update, exec, files, all, joined by +"),
        ("look,exec", "'look,exec' is not a preset"), ("look+", "'' is not a preset"), ("LOOK", "'LOOK' is not"),
        ("look+exec.create", "'exec.create' is not a preset, so write a rule in POLICY_FILE"),
        ("exec.*", "'exec.*' is not a preset, so write a rule in POLICY_FILE"),
        ("a\u{1b}b", "'a?b'"), (String(repeating: "+", count: 201), "has 201 bytes"),
    ])
    func whatASettingCannotSayIsNamed(text: String, words: String) {
        let fault = #expect(throws: Preset.SettingFault.self) { try Preset.list(text) }
        #expect(fault?.description.contains(words) == true)
    }

    @Test(arguments: [
        ([Preset.look, .operate], "operate"), ([.exec, .look], "look+exec"),
        ([.update, .files, .look], "update+files"),
        ([.look, .look], "look"), ([.all, .exec], "all"),
    ])
    func aSettingLeavesOutWhatAnotherPresetHolds(presets: [Preset], text: String) {
        #expect(Preset.setting(presets) == text)
    }

    @Test(arguments: [
        (Operation.containersRestart, Preset?.some(.operate)), (.systemPing, .look), (.containersResize, .exec),
        (.imagesPull, .update), (.containersExport, .files), (.imagesBuild, nil), (.unknown, nil),
    ])
    func theSmallestPresetOfAnOperationIsFound(operation: Operation, preset: Preset?) {
        #expect(Preset.smallest(with: operation) == preset)
    }
}
