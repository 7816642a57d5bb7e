import ArgumentParser
import CAllocations
import Foundation

/// Measures the steps that a frame goes through, one by one.
@main
struct BenchMicro: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench-micro",
        abstract: "Measures the steps that a frame goes through: time, allocations and, with valgrind, instructions."
    )

    @Option(help: "Runs one step only and prints nothing.")
    var only: String?

    @Option(help: "How often a step runs.")
    var iterations = 20_000

    func run() throws {
        let steps = Step.all()
        if let only {
            guard let step = steps.first(where: { $0.name == only }) else {
                throw ValidationError(
                    "there is no step '\(only)'; there are \(steps.map(\.name).joined(separator: ", "))"
                )
            }
            step.run(self.iterations)
            return
        }
        let valgrind = Instructions.valgrind
        if valgrind == nil {
            let note = "bench-micro: no valgrind here, instructions are not counted\n"
            FileHandle.standardError.write(Data(note.utf8))
        }
        print("| Step | Bytes | ns | MiB/s | Allocations | Instructions |")
        print("|---|---|---|---|---|---|")
        for step in steps {
            let iterations = max(1, self.iterations / step.oneIn)
            step.run(max(1, iterations / 10))
            let allocations = step.allocations(iterations)
            let seconds = step.seconds(iterations) / Double(iterations)
            let rate = step.bytes > 0 ? String(format: "%.0f", Double(step.bytes) / seconds / 1_048_576) : ""
            let instructions = try valgrind.map { try Instructions.count(step, valgrind: $0) }
            let counted = instructions.map { String(format: "%.0f", $0) } ?? ""
            print(
                "| \(step.name) | \(step.bytes) | \(String(format: "%.0f", seconds * 1e9)) | \(rate) "
                    + "| \(String(format: "%.1f", allocations)) | \(counted) |"
            )
        }
    }
}

extension Step {
    func run(_ count: Int) {
        for _ in 0..<count { self.body() }
    }

    /// The least of five: whatever else the machine does only adds to it.
    func seconds(_ count: Int) -> Double {
        (0..<5).map { _ in
            let start = ContinuousClock.now
            self.run(count)
            return start.duration(to: .now) / .seconds(1)
        }.min()!
    }

    /// Of one run.
    func allocations(_ count: Int) -> Double {
        let before = allocations_of_this_thread()
        self.run(count)
        return Double(allocations_of_this_thread() - before) / Double(count)
    }
}
