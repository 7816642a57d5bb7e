import Glibc

/// How many files and sockets the process may have open.
enum DescriptorLimit {
    /// Takes all that the system allows: a proxied request needs two sockets, and the usual 1,024 are for programs that
    /// use `select`.
    static func raise() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
