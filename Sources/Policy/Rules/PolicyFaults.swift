import Base

/// What is wrong with a text of rules, all of it.
package struct PolicyFaults: Error, Sendable, Equatable, CustomStringConvertible {
    /// One thing that is wrong, and where.
    package struct Fault: Error, Sendable, Equatable, CustomStringConvertible {
        /// From 1 on; 0 for the text as a whole.
        package let line: Int
        /// What is wrong, then what to write instead. Printable and bounded, whatever the text holds.
        package let sentence: String

        package var description: String { self.line > 0 ? "line \(self.line): \(self.sentence)" : self.sentence }
    }

    /// More are only counted: they are read by a person who mends them from the top.
    package static let maximumTold = 50

    /// In the order of their lines.
    package private(set) var faults: [Fault] = []
    /// Those that are not told of.
    package private(set) var untold = 0

    package init() {}

    package var isEmpty: Bool { self.faults.isEmpty }

    package mutating func add(_ fault: Fault) {
        if self.faults.count < Self.maximumTold {
            self.faults.append(fault)
        } else {
            self.untold += 1
        }
    }

    /// One for each fault.
    package var sentences: [String] {
        self.faults.map(\.description) + (self.untold > 0 ? ["and \(self.untold) more lines are wrong"] : [])
    }

    package var description: String { self.sentences.joined(separator: "; ") }
}

extension StringProtocol {
    /// For a message about a line or a setting: at most 64 characters, none of them invisible.
    var quoted: String { "'\(Printable.short(String(self), limit: 64))'" }
}
