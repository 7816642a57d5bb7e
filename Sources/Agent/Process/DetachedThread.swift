import Base
import CProcess
import Glibc

/// A thread outside every pool, for work that may block for as long as a disk or a pipe does.
enum DetachedThread {
    /// Runs `body` and ends. The process does not wait for it.
    ///
    /// - Parameter name: at most 15 bytes, as `ps -L` shows it.
    /// - Throws: `AgentError` when the process cannot start a thread.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) throws(AgentError) {
        let work = Unmanaged.passRetained(Work(name: name, body: body))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let work = Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                lookout_name_thread(work.name)
                work.body()
                return nil
            },
            work.toOpaque()
        )
        guard failure == 0 else {
            work.release()
            throw AgentError(.tooFewThreads, "no thread for \"\(name)\": \(SystemFault(failure))")
        }
        pthread_detach(thread)
    }

    private final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }
}
