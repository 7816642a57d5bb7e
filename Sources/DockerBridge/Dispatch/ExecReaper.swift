import Base
import Glibc
import Logging
import NIOCore

/// What becomes of an exec's process whose session is over before it.
package enum ExecOrphans: String, CaseIterable, Sendable {
    case kill
    case leave
}

/// Ends processes of exec sessions that have ended.
///
/// The engine's API has no call for that, and closing an exec's connection ends only a process that reads its standard
/// input and has no terminal. So the engine is asked for the process's id, and the process is sent SIGHUP, as when a
/// terminal is closed, and SIGKILL a second later. Where the process is not visible, closing was all that can be done;
/// what still runs is logged. A session may be over while the engine is still on its way to start the process, and closing
/// the connection does not call that off: a process without an exit code is looked for again.
///
/// Concurrency: lives on the event loop of its dispatcher.
final class ExecReaper {
    /// How many times, a grace apart, to look again for a process that was not started yet: an engine under load takes
    /// seconds for that.
    private static let looksForStart = 10

    struct Orphan {
        let engineID: String
        /// As the session named it.
        let container: String
    }

    private enum Step {
        case hangUp
        case kill
        case lookAgain
    }

    /// Owns the reaper. Where it is gone, so is the way to the engine, and nothing can be ended any more.
    private weak var dispatcher: RequestDispatcher?
    private let processes: HostProcesses
    private var pending = 0
    private var whenIdle: [() -> Void] = []

    init(dispatcher: RequestDispatcher, processes: HostProcesses) {
        self.dispatcher = dispatcher
        self.processes = processes
    }

    func reap(_ orphan: Orphan, logger: Logger) {
        self.pending += 1
        self.proceed(.hangUp, orphan, logger, looksForStart: Self.looksForStart)
    }

    /// Calls `body` when nothing is left to do, at once if so now.
    func notifyWhenIdle(_ body: @escaping () -> Void) {
        if self.pending == 0 { body() } else { self.whenIdle.append(body) }
    }

    private func proceed(_ step: Step, _ orphan: Orphan, _ logger: Logger, looksForStart: Int = 0) {
        guard let dispatcher = self.dispatcher else { return self.done() }
        dispatcher.collect(BridgeRequest(method: "GET", target: "/exec/\(orphan.engineID)/json", asker: .agent)) {
            result in
            guard case .success(let response) = result, response.isSuccess else {
                self.giveUp(orphan, "the engine does not tell how it is", logger)
                return
            }
            guard let id = ExecMessages.runningProcess(response.body) else {
                if looksForStart > 0, ExecMessages.exitCode(response.body) == nil {
                    self.later { self.proceed(step, orphan, logger, looksForStart: looksForStart - 1) }
                    return
                }
                logger.debug("exec process ended", metadata: Self.metadata(orphan))
                self.done()
                return
            }
            let container = JSONMember.text("ContainerID", of: response.body) ?? ""
            self.act(step, on: id, container: container, orphan, logger)
        }
    }

    private func act(_ step: Step, on id: Int32, container: String, _ orphan: Orphan, _ logger: Logger) {
        guard step != .lookAgain else {
            self.giveUp(orphan, "it does not end", logger)
            return
        }
        guard self.processes.isVisible(id, container) else {
            // Closing its input may need a moment to have an effect.
            if step == .hangUp {
                self.later { self.proceed(.kill, orphan, logger) }
            } else {
                self.giveUp(
                    orphan,
                    "it is not visible from here: the agent does not share the host's process ids",
                    logger
                )
            }
            return
        }
        guard self.processes.signal(id, step == .hangUp ? SIGHUP : SIGKILL) else {
            self.giveUp(orphan, "the agent may not signal it", logger)
            return
        }
        self.later { self.proceed(step == .hangUp ? .kill : .lookAgain, orphan, logger) }
    }

    private func later(_ body: @escaping () -> Void) {
        guard let dispatcher = self.dispatcher else { return self.done() }
        dispatcher.eventLoop.assumeIsolated().scheduleTask(in: self.processes.grace, body)
    }

    private func giveUp(_ orphan: Orphan, _ why: String, _ logger: Logger) {
        var metadata = Self.metadata(orphan)
        metadata["reason"] = "\(why)"
        logger.warning("the process of a lost exec session may still run", metadata: metadata)
        self.done()
    }

    private func done() {
        self.pending -= 1
        guard self.pending == 0 else { return }
        for body in Swift.exchange(&self.whenIdle, with: []) { body() }
    }

    private static func metadata(_ orphan: Orphan) -> Logger.Metadata {
        ["exec": "\(orphan.engineID)", "container": "\(orphan.container)"]
    }
}

/// The small JSON answers of the engine's exec API.
enum ExecMessages {
    /// The id of a created exec: hexadecimal, because it becomes part of a path.
    static func engineID(_ body: ByteBuffer) -> String? {
        JSONMember.text("Id", of: body).flatMap { ContainerReference.isValid($0) ? $0 : nil }
    }

    static func exitCode(_ body: ByteBuffer) -> Int? {
        JSONMember.integer("ExitCode", of: body)
    }

    /// The id of an exec's process as the engine's host numbers it; `nil` when it does not run.
    static func runningProcess(_ body: ByteBuffer) -> Int32? {
        guard JSONMember.bool("Running", of: body) == true else { return nil }
        return JSONMember.integer("Pid", of: body).flatMap { $0 > 1 ? Int32(exactly: $0) : nil }
    }
}
