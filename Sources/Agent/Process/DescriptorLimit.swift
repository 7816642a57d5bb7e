import Base
import Glibc

/// How many files and sockets the process may have open.
enum DescriptorLimit {
    /// What the event loops, the log, the signals and a handful of connections take. With fewer the network library ends the
    /// process with a trap when it starts its loops.
    static let fewest = 64

    /// Takes all that the system allows: a proxied request needs two sockets, and the usual 1,024 are for programs that
    /// use `select`.
    ///
    /// - Throws: `AgentError` where that is not enough to work at all.
    static func raise() throws(AgentError) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        if let problem = Self.problem(limit.rlim_max) { throw AgentError(.tooFewDescriptors, problem) }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    static func problem(_ limit: rlim_t) -> String? {
        guard limit < Self.fewest else { return nil }
        return
            "the agent may open \(limit) files, and needs \(Self.fewest) at least; raise LimitNOFILE= of the unit, `--ulimit "
            + "nofile` of the container or `ulimit -n`"
    }
}
