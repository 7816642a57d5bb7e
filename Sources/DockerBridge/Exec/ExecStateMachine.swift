/// The life of one exec session.
///
/// ```
/// creating ──created──▶ starting ──upgraded──▶ sizing ──▶ running ──output ended──▶ inspecting ──▶ ended
///                                       └────── no size ────▲
/// every state ──failed / end──▶ ended
/// ```
///
/// A value: the owner talks to the engine. Input that arrives early waits with the owner; the machine only says
/// when it may go.
struct ExecStateMachine: ~Copyable {
    private enum State: Equatable {
        case creating
        case starting(engineID: String)
        case sizing(engineID: String)
        case running(engineID: String)
        case inspecting
        case ended
    }

    enum Action: Equatable {
        case none
        case start(engineID: String)
        case resize(engineID: String, TerminalSize)
        /// Tell the sink, then send what waits.
        case becomeReady
        /// Ask for the exit code.
        case inspect(engineID: String)
        case end(ExecEnd)
    }

    private var state = State.creating
    /// The newest size not yet sent: between two answers of the engine only the last one matters.
    private var pendingSize: TerminalSize?
    private var isResizing = false

    init(initialSize: TerminalSize?) {
        self.pendingSize = initialSize
    }

    /// Whether input may go to the engine.
    var isRunning: Bool { if case .running = self.state { true } else { false } }
    var isOver: Bool { self.state == .ended }

    /// Set while the process may be running.
    var startedID: String? {
        switch self.state {
        case .starting(let engineID), .sizing(let engineID), .running(let engineID): engineID
        case .creating, .inspecting, .ended: nil
        }
    }

    mutating func created(engineID: String) -> Action {
        switch self.state {
        case .creating:
            self.state = .starting(engineID: engineID)
            return .start(engineID: engineID)
        case .ended:
            // Ended by the client while the engine was creating it; it never starts.
            return .none
        case .starting, .sizing, .running, .inspecting:
            preconditionFailure("an exec was created twice")
        }
    }

    /// The engine switched to raw bytes.
    mutating func upgraded() -> Action {
        switch self.state {
        case .starting(let engineID):
            guard let size = self.pendingSize else {
                self.state = .running(engineID: engineID)
                return .becomeReady
            }
            self.state = .sizing(engineID: engineID)
            self.pendingSize = nil
            self.isResizing = true
            return .resize(engineID: engineID, size)
        case .ended:
            return .none
        case .creating, .sizing, .running, .inspecting:
            preconditionFailure("an exec was upgraded out of turn")
        }
    }

    mutating func resizeRequested(_ size: TerminalSize) -> Action {
        switch self.state {
        case .running(let engineID) where !self.isResizing:
            self.isResizing = true
            return .resize(engineID: engineID, size)
        case .creating, .starting, .sizing, .running:
            self.pendingSize = size
            return .none
        case .inspecting, .ended:
            return .none
        }
    }

    /// The engine answered a resize, well or not: a wrong size is no reason to end a session.
    mutating func resized() -> Action {
        self.isResizing = false
        switch self.state {
        case .sizing(let engineID):
            // The terminal changed again meanwhile: no later event asks for that size.
            if let size = self.pendingSize.take() {
                self.isResizing = true
                return .resize(engineID: engineID, size)
            }
            self.state = .running(engineID: engineID)
            return .becomeReady
        case .running(let engineID):
            guard let size = self.pendingSize.take() else { return .none }
            self.isResizing = true
            return .resize(engineID: engineID, size)
        case .creating, .starting, .inspecting, .ended:
            return .none
        }
    }

    /// The engine closed the stream after all output: the process is over.
    mutating func outputEnded() -> Action {
        switch self.state {
        case .starting(let engineID), .sizing(let engineID), .running(let engineID):
            self.state = .inspecting
            return .inspect(engineID: engineID)
        case .creating, .inspecting, .ended:
            return .none
        }
    }

    mutating func inspected(exitCode: Int?) -> Action {
        switch self.state {
        case .inspecting: self.end(ExecEnd(reason: "exited", exitCode: exitCode))
        case .creating, .starting, .sizing, .running, .ended: .none
        }
    }

    /// Something broke; `what` is the wire reason, without paths of this host.
    mutating func failed(_ what: String) -> Action {
        switch self.state {
        case .ended: .none
        case .creating: self.end(ExecEnd(reason: "create exec failed: \(what)"))
        case .starting: self.end(ExecEnd(reason: "start exec failed: \(what)"))
        case .sizing, .running, .inspecting: self.end(ExecEnd(reason: "error: \(what)"))
        }
    }

    /// The session is to end now, whatever it is doing.
    mutating func end(_ end: ExecEnd) -> Action {
        guard self.state != .ended else { return .none }
        self.state = .ended
        return .end(end)
    }
}
