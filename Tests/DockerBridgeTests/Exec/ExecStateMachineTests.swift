import Testing

@testable import DockerBridge

enum ExecPhase: CaseIterable, Codable {
    case creating
    case starting
    /// The first size is on its way to the engine.
    case sizing
    case running
    /// Running, and a new size is on its way.
    case resizing
    case inspecting
    case ended
}

enum ExecEvent: CaseIterable, Codable {
    case created
    case upgraded
    case resizeRequested
    case resized
    case outputEnded
    case inspected
    case failed
    case end
}

struct ExecRow: Sendable, CustomTestStringConvertible {
    let phase: ExecPhase
    let event: ExecEvent
    /// `nil` for a trap.
    let action: String?
    let next: ExecPhase

    var testDescription: String { "\(self.event) while \(self.phase)" }
}

@Suite struct ExecStateMachineTests {
    // MARK: The table

    static let rows = ExecPhase.allCases.flatMap { phase in
        ExecEvent.allCases.map { event in
            let (action, next) = Self.outcome(phase, event)
            return ExecRow(phase: phase, event: event, action: action, next: next)
        }
    }

    private static func outcome(_ phase: ExecPhase, _ event: ExecEvent) -> (String?, ExecPhase) {
        switch (phase, event) {
        case (.ended, _): ("none", .ended)
        case (_, .end): ("end bye", .ended)

        case (.creating, .created): ("start x1", .starting)
        case (.starting, .created), (.sizing, .created), (.running, .created), (.resizing, .created),
            (.inspecting, .created):
            (nil, phase)

        case (.starting, .upgraded): ("become ready", .running)
        case (.creating, .upgraded), (.sizing, .upgraded), (.running, .upgraded), (.resizing, .upgraded),
            (.inspecting, .upgraded):
            (nil, phase)

        case (.running, .resizeRequested): ("resize x1 to 100x30", .resizing)
        case (.creating, .resizeRequested), (.starting, .resizeRequested), (.sizing, .resizeRequested),
            (.resizing, .resizeRequested), (.inspecting, .resizeRequested):
            ("none", phase)

        case (.sizing, .resized): ("become ready", .running)
        case (.resizing, .resized): ("none", .running)
        case (.creating, .resized), (.starting, .resized), (.running, .resized), (.inspecting, .resized):
            ("none", phase)

        case (.starting, .outputEnded), (.sizing, .outputEnded), (.running, .outputEnded), (.resizing, .outputEnded):
            ("inspect x1", .inspecting)
        case (.creating, .outputEnded), (.inspecting, .outputEnded): ("none", phase)

        case (.inspecting, .inspected): ("end exited 3", .ended)
        case (.creating, .inspected), (.starting, .inspected), (.sizing, .inspected), (.running, .inspected),
            (.resizing, .inspected):
            ("none", phase)

        case (.creating, .failed): ("end create exec failed: broken", .ended)
        case (.starting, .failed): ("end start exec failed: broken", .ended)
        case (.sizing, .failed), (.running, .failed), (.resizing, .failed), (.inspecting, .failed):
            ("end error: broken", .ended)
        }
    }

    @Test(arguments: rows.filter { $0.action != nil })
    func everyEventDoesWhatTheTableSays(row: ExecRow) {
        var machine = Self.machine(in: row.phase)
        let action = Self.put(row.event, to: &machine)
        #expect(action.words == row.action)
        let isRunning = machine.isRunning
        #expect(isRunning == (row.next == .running || row.next == .resizing))
        let isOver = machine.isOver
        #expect(isOver == (row.next == .ended))
        let next = Self.phase(of: machine)
        // A size that was asked for early shows up in the next phase, which has a test of its own.
        if row.event != .resizeRequested { #expect(next == row.next) }
    }

    @Test(arguments: rows.filter { $0.action == nil })
    func ourOwnMistakesTrap(row: ExecRow) async {
        await #expect(processExitsWith: .failure) { [phase = row.phase as ExecPhase, event = row.event as ExecEvent] in
            var machine = ExecStateMachineTests.machine(in: phase)
            _ = ExecStateMachineTests.put(event, to: &machine)
        }
    }

    // MARK: Sizes

    @Test func theFirstSizeIsSetBeforeReady() {
        var machine = ExecStateMachine(initialSize: TerminalSize(columns: 80, rows: 24))
        let words = [
            machine.created(engineID: "x1"), machine.upgraded(), machine.resized(), machine.resized(),
        ].map(\.words)
        #expect(words == ["start x1", "resize x1 to 80x24", "become ready", "none"])
    }

    @Test func theNewestOfSeveralEarlySizesWins() {
        var machine = ExecStateMachine(initialSize: TerminalSize(columns: 80, rows: 24))
        _ = machine.resizeRequested(Self.size(90))
        _ = machine.created(engineID: "x1")
        _ = machine.resizeRequested(Self.size(91))
        let first = machine.upgraded()
        #expect(first.words == "resize x1 to 91x30")
    }

    @Test func sizesThatComeDuringAResizeAreSentAsOne() {
        var machine = Self.machine(in: .resizing)
        let early = [machine.resizeRequested(Self.size(90)), machine.resizeRequested(Self.size(91))]
        let later = [machine.resized(), machine.resized()]
        #expect((early + later).map(\.words) == ["none", "none", "resize x1 to 91x30", "none"])
    }

    @Test func aSizeThatComesWhileTheFirstIsSetIsSetToo() {
        var machine = Self.machine(in: .sizing)
        let early = machine.resizeRequested(Self.size(90))
        let later = [machine.resized(), machine.resized()]
        #expect(([early] + later).map(\.words) == ["none", "resize x1 to 90x30", "become ready"])
    }

    // MARK: Helpers

    private static func size(_ columns: Int) -> TerminalSize { TerminalSize(columns: columns, rows: 30)! }

    fileprivate static func machine(in phase: ExecPhase) -> ExecStateMachine {
        var machine = ExecStateMachine(initialSize: phase == .sizing ? TerminalSize(columns: 80, rows: 24) : nil)
        if phase == .creating { return machine }
        if phase == .ended {
            _ = machine.end(ExecEnd(reason: "earlier"))
            return machine
        }
        _ = machine.created(engineID: "x1")
        if phase == .starting { return machine }
        _ = machine.upgraded()
        if phase == .resizing { _ = machine.resizeRequested(Self.size(90)) }
        if phase == .inspecting { _ = machine.outputEnded() }
        return machine
    }

    fileprivate static func put(_ event: ExecEvent, to machine: inout ExecStateMachine) -> ExecStateMachine.Action {
        switch event {
        case .created: machine.created(engineID: "x1")
        case .upgraded: machine.upgraded()
        case .resizeRequested: machine.resizeRequested(Self.size(100))
        case .resized: machine.resized()
        case .outputEnded: machine.outputEnded()
        case .inspected: machine.inspected(exitCode: 3)
        case .failed: machine.failed("broken")
        case .end: machine.end(ExecEnd(reason: "bye"))
        }
    }

    /// Finds out where a machine stands by what it says; it is used up by that.
    private static func phase(of machine: consuming ExecStateMachine) -> ExecPhase {
        if machine.isOver { return .ended }
        if machine.isRunning { return machine.resizeRequested(Self.size(7)) == .none ? .resizing : .running }
        if machine.resized() == .becomeReady { return .sizing }
        switch machine.failed("asked").words {
        case "end create exec failed: asked": return .creating
        case "end start exec failed: asked": return .starting
        default: return .inspecting
        }
    }
}

extension ExecStateMachine.Action {
    fileprivate var words: String {
        switch self {
        case .none: "none"
        case .start(let id): "start \(id)"
        case .resize(let id, let size): "resize \(id) to \(size.columns)x\(size.rows)"
        case .becomeReady: "become ready"
        case .inspect(let id): "inspect \(id)"
        case .end(let end): "end \(end.reason)\(end.exitCode.map { " \($0)" } ?? "")"
        }
    }
}
