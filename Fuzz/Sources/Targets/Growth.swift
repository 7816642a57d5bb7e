import Base
import ContainerWatch
import Glibc

extension Targets {
    private static let everyRule: ContainerCheck = {
        var selection = RuleSelection()
        selection.profile = .full
        return ContainerCheck(selection)
    }()

    /// A document with one entry many times: eight times as many entries take eight times as long, and not sixty-four.
    ///
    /// The input has three lines: what stands before the entries, an entry in which `#` is its number, what stands behind them.
    /// This build is too optimised for the counter of the tests, so it measures the thread's own time, and only a factor and a
    /// time that no noise explains count.
    static func growth(_ bytes: UnsafeRawBufferPointer) {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 2, omittingEmptySubsequences: false)
        guard lines.count == 3, lines[1].count <= 256, bytes.count <= 1_024 else { return }
        let (few, many) = (500, 4_000)
        let short = self.document(lines, few)
        // What is no JSON costs next to nothing and says nothing.
        guard (try? JSONNode(parsing: short)) != nil else { return }
        let long = self.document(lines, many)
        let (less, more) = (self.milliseconds(short), self.milliseconds(long))
        guard more > 300, more > 24 * less else { return }
        // Once more: the machine may have been busy with something else.
        let again = (self.milliseconds(short), self.milliseconds(long))
        precondition(
            again.1 < 300 || again.1 < 24 * again.0,
            "\(again.0) ms for \(few) entries, \(again.1) ms for \(many)"
        )
    }

    private static func document(_ lines: [Slice<UnsafeRawBufferPointer>], _ count: Int) -> [UInt8] {
        var bytes = Array(lines[0])
        for number in 0..<count {
            if number > 0 { bytes.append(UInt8(ascii: ",")) }
            for byte in lines[1] {
                if byte == UInt8(ascii: "#") { bytes += "\(10_000 + number)".utf8 } else { bytes.append(byte) }
            }
        }
        return bytes + lines[2]
    }

    private static func milliseconds(_ text: [UInt8]) -> Int {
        var (start, end) = (timespec(), timespec())
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
        var input = InspectInput(text)
        var findings: [Finding] = []
        while let document = try? input.next() { findings += self.everyRule.findings(in: document) }
        _ = Report(containersInspected: 1, findings: findings).json.compact
        if let request = try? CreateRequest(text, name: "a") { findings = self.everyRule.findings(in: request) }
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
        return (end.tv_sec - start.tv_sec) * 1_000 + (end.tv_nsec - start.tv_nsec) / 1_000_000
    }
}
