import ContainerWatch

/// Audits what `docker inspect` printed into files. Asks no engine.
struct AuditFiles {
    let audit: Audit

    /// - Parameter paths: `-` is standard input.
    /// - Throws: `CommandFailure` with status 2, naming the file and what is wrong with it.
    func report(_ paths: [String]) throws -> Report {
        var findings: [Finding] = []
        var count = 0
        var shared = SharedPaths()
        for path in paths {
            var input = InspectInput(try Self.bytes(path))
            do throws(InputFault) {
                while let document = try input.next() {
                    count += 1
                    shared.add(document)
                    findings += self.audit.findings(in: document)
                }
            } catch {
                throw CommandFailure("\(path == "-" ? "standard input" : path): \(error)", status: 2)
            }
        }
        return Report(containersInspected: count, findings: findings + self.audit.findings(among: shared))
    }

    /// - Throws: `CommandFailure` with status 2.
    static func bytes(_ path: String) throws -> [UInt8] {
        do {
            return try FileInput.bytes(path)
        } catch let failure as CommandFailure {
            throw CommandFailure(failure.description, status: 2)
        }
    }
}
