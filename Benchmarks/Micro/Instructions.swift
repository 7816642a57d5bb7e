import Foundation

/// Counts instructions by running one step under valgrind, twice: what the program itself needs falls out.
enum Instructions {
    static var valgrind: String? {
        ["/usr/bin/valgrind", "/usr/local/bin/valgrind"].first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Of one run of the step.
    static func count(_ step: Step, valgrind: String) throws -> Double {
        let (few, many) = step.oneIn > 1 ? (2, 6) : (200, 1200)
        let difference = try self.total(step.name, many, valgrind) - self.total(step.name, few, valgrind)
        return Double(difference) / Double(many - few)
    }

    private static func total(_ step: String, _ iterations: Int, _ valgrind: String) throws -> Int {
        let process = Process()
        process.executableURL = URL(filePath: valgrind)
        process.arguments = [
            "--tool=callgrind", "--callgrind-out-file=/dev/null", CommandLine.arguments[0],
            "--only", step, "--iterations", "\(iterations)",
        ]
        let errors = Pipe()
        process.standardError = errors
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard let line = text.split(separator: "\n").first(where: { $0.contains("Collected :") }),
            let count = line.split(separator: " ").last.flatMap({ Int($0) })
        else { throw NoCount(text: text) }
        return count
    }

    private struct NoCount: Error, CustomStringConvertible {
        let text: String

        var description: String { "valgrind counted nothing:\n\(self.text.suffix(2000))" }
    }
}
