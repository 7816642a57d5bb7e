import Glibc
import Synchronization

/// Says which worlds were being lived in when the process traps: a precondition or an assertion of the agent's ends the
/// whole run, and without its seed nobody could follow.
enum CrashNote {
    /// One for each kind, since the kinds may run at the same time.
    private static let seeds = [4 of Atomic<UInt64>].init { _ in Atomic(0) }

    static func begin(_ seed: UInt64) {
        self.install
        self.seeds[Int(seed % 4)].store(seed, ordering: .relaxed)
    }

    static func end(_ seed: UInt64) {
        self.seeds[Int(seed % 4)].store(0, ordering: .relaxed)
    }

    private static let install: Void = {
        for number in [SIGILL, SIGTRAP, SIGSEGV, SIGABRT] {
            signal(number) { number in
                for index in 0..<4 { CrashNote.tell(CrashNote.seeds[index].load(ordering: .relaxed)) }
                signal(number, SIG_DFL)
                raise(number)
            }
        }
    }()

    /// Allocates nothing: whatever crashed may have been the allocator.
    private static func tell(_ seed: UInt64) {
        guard seed != 0 else { return }
        let text: StaticString =
            "\nthe simulation crashed; again: swift test --filter SimulationTests with SIMULATION_SEED="
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
