import Glibc
import Synchronization

/// The processes below this one: programs that it runs and waits for, and orphans that the kernel hands to it.
///
/// As process 1 of a container, or as a subreaper, the agent becomes the parent of every process below it whose own parent
/// has ended. Such an orphan occupies a place in the process table until its parent asks for its status; at a limit
/// of 64 processes that soon is the end of all work. The status of a program that a caller waits for must not be taken from
/// them, so this is also where those are registered, from before they start until after their status is known.
package final class ChildProcesses: Sendable {
    package static let shared = ChildProcesses()

    /// One program that is run, and everything that it starts.
    struct Family: Sendable {
        fileprivate let number: Int
        /// In the environment of the program, and so in that of what it starts: how a process is recognised that has left the
        /// program's group.
        let mark: (name: String, value: String)
    }

    private struct State {
        var adopts = false
        var lastNumber = 0
        /// By the number of their family; `nil` while the program is being started.
        var programs: [Int: pid_t?] = [:]
    }

    /// Between two looks whether processes have ended.
    private static let interval = Duration.milliseconds(20)
    /// The same, once a family has not ended within `promptness`: each look reads the process table.
    private static let longInterval = Duration.milliseconds(250)
    private static let promptness = Duration.seconds(1)
    /// How long SIGKILL is sent. A process in uninterruptible sleep, or of another user, does not end by it.
    static let killLimit = Duration.seconds(5)

    private let state = Mutex(State())

    // MARK: Orphans

    /// From here on orphans are reaped whenever `reapOrphans` is called, and whenever a program of ours has ended.
    package func adoptOrphans() {
        self.state.withLock { $0.adopts = true }
        self.reapOrphans()
    }

    /// Takes the status of every child process that has ended and that no caller waits for. Does not block.
    package func reapOrphans() {
        self.state.withLock { state in
            // A program that is being started has a process already and no entry yet; its end of the start calls again.
            guard state.adopts, !state.programs.values.contains(nil) else { return }
            let own = Set(state.programs.values.compactMap(\.self))
            while let pid = Self.firstZombie() {
                guard !own.contains(pid) else {
                    // The kernel shows one at a time, and this one is not ours to take: those behind it are looked up.
                    for pid in ProcessTable.read().zombies(of: getpid()) where !own.contains(pid) { Self.reap(pid) }
                    return
                }
                Self.reap(pid)
            }
        }
    }

    private static func firstZombie() -> pid_t? {
        var information = siginfo_t()
        guard waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0 else { return nil }
        let pid = information._sifields._sigchld.si_pid
        return pid > 0 ? pid : nil
    }

    private static func reap(_ pid: pid_t) {
        var information = siginfo_t()
        _ = waitid(P_PID, id_t(pid), &information, WEXITED | WNOHANG)
    }

    // MARK: Programs

    /// A program is about to be started.
    func begin() -> Family {
        self.state.withLock { state in
            state.lastNumber += 1
            state.programs[state.lastNumber] = .some(nil)
            return Family(
                number: state.lastNumber,
                mark: (name: "LOOKOUT_COMPOSE_CALL", value: "\(getpid()).\(state.lastNumber)")
            )
        }
    }

    /// - Parameter pid: leads a process group.
    func started(_ family: Family, _ pid: pid_t) {
        self.state.withLock { $0.programs[family.number] = pid }
        self.reapOrphans()
    }

    /// Its status is known, and its family has ended.
    func ended(_ family: Family) {
        self.state.withLock { _ = $0.programs.removeValue(forKey: family.number) }
        self.reapOrphans()
    }

    /// Ends what is left of a family whose program has ended: SIGTERM, and SIGKILL to those still there after `grace`.
    ///
    /// - Parameters:
    ///   - killLimit: how long SIGKILL is sent before the processes are given up.
    ///   - signal: sends a signal to a process.
    /// - Returns: the processes that were given up.
    func end(
        _ family: Family,
        grace: Duration,
        killLimit: Duration = killLimit,
        signal: @escaping @Sendable (pid_t, Int32) -> Void = { _ = kill($0, $1) }
    ) async -> Set<pid_t> {
        // The program has been waited for with its task cancelled, perhaps; this wait is not to be cut short by that.
        await Task {
            let start = ContinuousClock.Instant.now
            var told: Set<pid_t> = []
            while case let seen = self.members(of: family), !seen.members.isEmpty || seen.isUndecided {
                let elapsed = ContinuousClock.Instant.now - start
                guard elapsed < grace + killLimit else { return seen.members }
                let isOver = elapsed >= grace
                for pid in seen.members where isOver || told.insert(pid).inserted {
                    signal(pid, isOver ? SIGKILL : SIGTERM)
                }
                try? await Task.sleep(for: elapsed < Self.promptness ? Self.interval : Self.longInterval)
            }
            return []
        }.value
    }

    /// - Returns: the members, and whether there is a process that may turn out to be one: it is just replacing its program.
    private func members(of family: Family) -> (members: Set<pid_t>, isUndecided: Bool) {
        // Not known of a program that could not be started, and of one whose start was cancelled.
        let group = self.state.withLock { $0.programs[family.number] ?? nil }
        // As a rule there is nothing left, and no need to look at every process of the host.
        guard Self.hasChildren || group.map({ kill(-$0, 0) == 0 }) == true else { return ([], false) }
        let table = ProcessTable.read()
        let variable = "\(family.mark.name)=\(family.mark.value)"
        var members = group.map(table.members(of:)) ?? []
        var isUndecided = false
        for pid in table.descendants(of: getpid()) where !members.contains(pid) {
            switch ProcessTable.hasVariable(variable, pid) {
            case true?: members.insert(pid)
            case false?: break
            case nil: isUndecided = true
            }
        }
        return (members, isUndecided)
    }

    private static var hasChildren: Bool {
        var information = siginfo_t()
        return waitid(P_ALL, 0, &information, WEXITED | WNOHANG | WNOWAIT) == 0
    }

    // MARK: The end

    /// For the end of the process: waits until every program and its family has ended, at most for `limit`, and kills what is
    /// left.
    package func end(within limit: Duration) async {
        let deadline = ContinuousClock.Instant.now + limit
        while self.state.withLock({ !$0.programs.isEmpty }), ContinuousClock.Instant.now < deadline {
            try? await Task.sleep(for: Self.interval)
        }
        self.killAll()
    }

    /// For an exit without delay: kills every program that runs, with its group, and all orphans. Does not wait.
    package func killAll() {
        let adopts = self.state.withLock { state in
            for case let pid? in state.programs.values { kill(-pid, SIGKILL) }
            return state.adopts
        }
        guard adopts, Self.hasChildren else { return }
        for pid in ProcessTable.read().descendants(of: getpid()) { kill(pid, SIGKILL) }
    }
}
