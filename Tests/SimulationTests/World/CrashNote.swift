import Glibc
import Synchronization

/// Says which worlds were being lived in when the process traps: a precondition or an assertion of the agent's ends the
/// whole run, and without its seed nobody could follow.
enum CrashNote {
    /// What a world is a world of.
    enum Subject {
        case tunnel
        case server

        /// One for each kind, since the kinds may run at the same time.
        fileprivate func slot(of seed: UInt64) -> Int {
            switch self {
            case .tunnel: Int(seed % CrashNote.tunnelSlots)
            case .server: Int(CrashNote.tunnelSlots + seed % CrashNote.serverSlots)
            }
        }
    }

    private static let tunnelSlots: UInt64 = 4
    private static let serverSlots: UInt64 = 2
    private static let seeds = [6 of Atomic<UInt64>].init { _ in Atomic(0) }

    static func begin(_ seed: UInt64, _ subject: Subject) {
        self.install
        self.seeds[subject.slot(of: seed)].store(seed, ordering: .relaxed)
    }

    static func end(_ seed: UInt64, _ subject: Subject) {
        self.seeds[subject.slot(of: seed)].store(0, ordering: .relaxed)
    }

    private static let install: Void = {
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGABRT] {
            signal(number) { number in
                for index in 0..<6 {
                    CrashNote.tell(CrashNote.seeds[index].load(ordering: .relaxed), isServer: index >= 4)
                }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }()

    /// Allocates nothing: whatever crashed may have been the allocator.
    private static func tell(_ seed: UInt64, isServer: Bool) {
        guard seed != 0 else { return }
        let text: StaticString =
            isServer
            ? "\nthe simulation crashed; again: swift test --filter ServerSimulationTests with SIMULATION_SERVER_SEED="
            : "\nthe simulation crashed; again: swift test --filter SimulationTests with SIMULATION_SEED="
        write(2, text.utf8Start, text.utf8CodeUnitCount)
        var digits = [20 of UInt8](repeating: 0)
        var (rest, count) = (seed, 0)
        repeat {
            digits[19 - count] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
            count += 1
        } while rest > 0
        withUnsafeBytes(of: &digits) { _ = write(2, $0.baseAddress! + 20 - count, count) }
        write(2, "\n", 1)
    }
}
