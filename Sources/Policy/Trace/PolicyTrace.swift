import Base

/// Recorded requests, and what a policy would have said to each of them.
package struct PolicyTrace: Sendable {
    /// A day of a busy controller.
    package static let maximumBytes = 64 << 20
    private static let maximumLineBytes = 64 << 10
    /// Values of one line, labels and all.
    private static let maximumValues = 1_000

    package let lines: [TraceLine]

    /// Blank lines do not count.
    ///
    /// - Throws: all that is wrong.
    package init(_ text: [UInt8]) throws(PolicyFaults) {
        var (lines, faults) = ([TraceLine](), PolicyFaults())
        var (start, number) = (0, 0)
        while start < text.count {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            let line = text[start..<end]
            (start, number) = (end + 1, number + 1)
            guard line.contains(where: { !$0.isJSONSpace }) else { continue }
            do throws(TraceLine.Fault) {
                lines.append(try Self.line(line, number))
            } catch {
                faults.add(.init(line: number, sentence: error.sentence))
            }
        }
        guard faults.isEmpty else { throw faults }
        self.lines = lines
    }

    private static func line(_ bytes: ArraySlice<UInt8>, _ number: Int) throws(TraceLine.Fault) -> TraceLine {
        guard bytes.count <= Self.maximumLineBytes else {
            throw TraceLine.Fault("has \(bytes.count) bytes; at most \(Self.maximumLineBytes) are read")
        }
        let node: JSONNode
        do throws(JSONError) {
            node = try JSONNode(parsing: Array(bytes), maximumValues: Self.maximumValues)
        } catch {
            throw TraceLine.Fault("is not JSON: \(error.reason.rawValue) at byte \(error.offset)")
        }
        return try TraceLine(node, number: number)
    }

    /// What came out for one line.
    package struct Result: Sendable, Equatable {
        package let line: TraceLine
        package let operation: Operation
        package let decision: PolicyDecision

        package var isExpected: Bool { self.decision.isAllowed == self.line.expectsAllowed }
    }

    /// - Parameter operation: what a request is, by its method and path.
    package func replay(_ policy: HostPolicy, operation: (_ method: String, _ path: String) -> Operation) -> [Result] {
        self.lines.map { line in
            let operation =
                switch line.request {
                case .operation(let operation): operation
                case .http(let method, let path): operation(method, path)
                }
            return Result(line: line, operation: operation, decision: policy.decide(operation, line.facts))
        }
    }
}
